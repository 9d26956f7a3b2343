#include "node/http/work_pool.h"

#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

namespace tally::node::http {

WorkPool::WorkPool(std::size_t threads, std::size_t queued_max) : queued_max_(queued_max) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

WorkPool::~WorkPool() { stop(); }

bool WorkPool::post(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (stopped_ || jobs_.size() >= queued_max_) return false;
        jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
    return true;
}

std::size_t WorkPool::queued() const {
    const std::lock_guard lock(mutex_);
    return jobs_.size();
}

void WorkPool::stop() {
    std::deque<Job> dropped;
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        dropped.swap(jobs_);
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

void WorkPool::run() {
    while (true) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
            if (stopped_) return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        try {
            job();
        } catch (const std::exception& exception) {
            // The job's exchange is let go with it, which answers the client.
            spdlog::error("http: a read ended: {}", exception.what());
        }
    }
}

}  // namespace tally::node::http
