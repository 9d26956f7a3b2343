#include "node/peer/outbox.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace tally::node::peer {

namespace asio = boost::asio;

Outbox::Outbox(asio::io_context& network, std::size_t bytes_max)
    : network_(network), bytes_max_(bytes_max), timer_(network) {}

Outbox::Push Outbox::push(Frame frame) {
    {
        const std::lock_guard lock(mutex_);
        if (!open_) return Push::closed;
        const std::size_t held = waiting_bytes_ + writing_bytes_;
        if (held != 0 && held + frame.size_bytes() > bytes_max_) return Push::full;
        waiting_bytes_ += frame.size_bytes();
        frames_.push_back(std::move(frame));
        if (!std::exchange(taker_waits_, false)) return Push::queued;
    }
    // The taker armed its timer before this can run: both happen on the network thread, and it does
    // not suspend between an empty take and its wait.
    asio::post(network_, [self = shared_from_this()] { self->wake(); });
    return Push::queued;
}

void Outbox::open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
}

void Outbox::close() {
    std::deque<Frame> dropped;  // freed outside the lock
    const std::lock_guard lock(mutex_);
    open_ = false;
    dropped.swap(frames_);
    waiting_bytes_ = 0;
    writing_bytes_ = 0;
    taker_waits_ = false;
}

std::vector<Frame> Outbox::take(std::size_t bytes_max) {
    std::vector<Frame> batch;
    const std::lock_guard lock(mutex_);
    std::size_t bytes = 0;
    while (!frames_.empty() && bytes < bytes_max) {
        bytes += frames_.front().size_bytes();
        batch.push_back(std::move(frames_.front()));
        frames_.pop_front();
    }
    waiting_bytes_ -= bytes;
    writing_bytes_ += bytes;
    taker_waits_ = batch.empty();
    return batch;
}

void Outbox::written() {
    const std::lock_guard lock(mutex_);
    writing_bytes_ = 0;
}

Task<void> Outbox::wait(std::chrono::milliseconds timeout) {
    timer_.expires_after(timeout);
    co_await timer_.async_wait(kAwait);
}

}  // namespace tally::node::peer
