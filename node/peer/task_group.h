#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "node/peer/connection.h"
#include "node/peer/task.h"

namespace tally::node::peer {

/// All coroutines and connections of one transport: nothing runs unknown to it, so that stopping
/// can wait for the last. Belongs to the network thread but for what says otherwise.
class TaskGroup : public std::enable_shared_from_this<TaskGroup> {
public:
    explicit TaskGroup(boost::asio::io_context& network);

    /// Runs `task` on the network thread. An exception that leaves it is logged under `name`.
    void spawn(Task<void> task, std::string name);
    /// From now on the connection's deadlines hold, and stop closes it.
    void watch(const std::shared_ptr<Connection>& connection);
    /// Begins to hold deadlines.
    void start();
    /// Closes every connection, now and in future.
    void stop();
    bool stopping() const { return stopping_; }

    /// True as soon as no coroutine is left. For other threads.
    bool wait_idle(std::chrono::milliseconds timeout);
    /// Whether the network thread has been seen at work. Thread-safe.
    bool started() const { return started_; }

private:
    static Task<void> hold_deadlines(std::shared_ptr<TaskGroup> self);
    void ended();

    static constexpr std::chrono::milliseconds kLookInterval{100};

    boost::asio::io_context& network_;
    boost::asio::steady_timer look_;
    std::vector<std::weak_ptr<Connection>> connections_;
    bool stopping_ = false;
    std::atomic<bool> started_{false};

    std::mutex mutex_;
    std::condition_variable idle_;
    std::size_t running_ = 0;  // guarded by mutex_
};

}  // namespace tally::node::peer
