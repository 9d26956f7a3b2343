#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tally::node::http {

/// A few threads for what would hold up the network thread: reads of the storage, large bodies. The
/// queue is bounded and says when it is full.
class WorkPool {
public:
    using Job = std::function<void()>;

    WorkPool(std::size_t threads, std::size_t queued_max);
    ~WorkPool();
    WorkPool(const WorkPool&) = delete;
    WorkPool& operator=(const WorkPool&) = delete;

    /// False when the queue is full or the pool is stopped; then the job was not taken.
    [[nodiscard]] bool post(Job job);
    std::size_t queued() const;
    /// Drops what is queued, waits for what runs. Not from a job.
    void stop();

private:
    void run();

    const std::size_t queued_max_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> jobs_;  // guarded by mutex_
    bool stopped_ = false;  // guarded by mutex_
    std::vector<std::thread> threads_;
};

}  // namespace tally::node::http
