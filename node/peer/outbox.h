#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "node/peer/frame.h"
#include "node/peer/task.h"

namespace tally::node::peer {

/// What waits for one outgoing connection, bounded in bytes. Open while the connection is. Any
/// thread pushes; the coroutine that keeps the connection, on the network thread, takes.
class Outbox : public std::enable_shared_from_this<Outbox> {
public:
    enum class Push { queued, closed, full };

    Outbox(boost::asio::io_context& network, std::size_t bytes_max);

    /// Thread-safe, never blocks for long. `full` when the bytes waiting and being written would
    /// exceed the bound; a frame above the bound is taken when it is alone.
    Push push(Frame frame);
    /// Thread-safe; a hint that saves encoding for nobody.
    bool is_open() const { return open_; }

    // The rest is for the network thread.

    void open();
    /// Drops what waits.
    void close();
    /// The oldest frames, until they reach `bytes_max`, at least one; empty when none waits. They
    /// count as held until `written`.
    std::vector<Frame> take(std::size_t bytes_max);
    void written();

    /// Until something is pushed after an empty take, `wake` is called, or the time is over.
    Task<void> wait(std::chrono::milliseconds timeout);
    void wake() { timer_.cancel(); }

private:
    boost::asio::io_context& network_;
    const std::size_t bytes_max_;
    boost::asio::steady_timer timer_;  // network thread
    std::atomic<bool> open_{false};    // written under mutex_

    std::mutex mutex_;  // guards the rest
    std::deque<Frame> frames_;
    std::size_t waiting_bytes_ = 0;
    std::size_t writing_bytes_ = 0;
    bool taker_waits_ = false;  // the last take found nothing
};

}  // namespace tally::node::peer
