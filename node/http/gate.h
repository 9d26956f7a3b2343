#pragma once

#include <functional>
#include <mutex>

namespace tally::node::http {

/// The way back to the network thread for answers. They come from threads that may outlive the
/// server and its io_context: once closed, the gate drops them.
class Gate {
public:
    using Post = std::function<void(std::function<void()>)>;

    explicit Gate(Post post) : post_(std::move(post)) {}

    /// Runs `work` on the network thread, unless closed.
    void post(std::function<void()> work) {
        const std::lock_guard lock(mutex_);
        if (post_) post_(std::move(work));
    }
    /// Afterwards nothing is posted any more.
    void close() {
        const std::lock_guard lock(mutex_);
        post_ = nullptr;
    }

private:
    std::mutex mutex_;
    Post post_;  // guarded by mutex_
};

}  // namespace tally::node::http
