#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace tally::node::pipeline {

/// Many producers, one consumer. Bounded by count: `push` answers false when full, `push_always` is
/// for events whose number another bound already limits (completions of our own work).
template <typename Event>
class EventQueue {
public:
    explicit EventQueue(std::size_t count_max) : count_max_(count_max) {}

    bool push(Event event) {
        {
            const std::lock_guard lock(mutex_);
            if (events_.size() >= count_max_) return false;
            events_.push_back(std::move(event));
        }
        ready_.notify_one();
        return true;
    }

    void push_always(Event event) {
        {
            const std::lock_guard lock(mutex_);
            events_.push_back(std::move(event));
        }
        ready_.notify_one();
    }

    /// Everything queued, at latest at the deadline (then possibly nothing).
    std::deque<Event> take_until(std::chrono::steady_clock::time_point deadline) {
        std::unique_lock lock(mutex_);
        ready_.wait_until(lock, deadline, [this] { return !events_.empty(); });
        return std::exchange(events_, {});
    }

    /// Everything queued; waits for at least one.
    std::deque<Event> take() {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [this] { return !events_.empty(); });
        return std::exchange(events_, {});
    }

private:
    const std::size_t count_max_;
    std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<Event> events_;  // guarded by mutex_
};

}  // namespace tally::node::pipeline
