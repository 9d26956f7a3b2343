#include "node/peer/peer.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "base/wall_clock.h"

namespace tally::node::peer {

Peer::Peer(consensus::NodeId id, std::string name, const crypto::PublicKey& key,
           std::shared_ptr<Outbox> urgent, std::shared_ptr<Outbox> bulk)
    : id_(id),
      name_(std::move(name)),
      key_(key),
      urgent_(std::move(urgent)),
      bulk_(std::move(bulk)) {
    state_.id = id;
    state_.since = wall_now();
}

Outbox& Peer::outbox(Channel channel) const {
    return channel == Channel::urgent ? *urgent_ : *bulk_;
}

void Peer::set_address(std::string text, const boost::asio::ip::tcp::endpoint& endpoint) {
    const std::lock_guard lock(mutex_);
    state_.address = std::move(text);
    endpoint_ = endpoint;
}

std::optional<boost::asio::ip::tcp::endpoint> Peer::endpoint() const {
    const std::lock_guard lock(mutex_);
    return endpoint_;
}

void Peer::opened(Channel channel) {
    outbox(channel).open();
    const std::lock_guard lock(mutex_);
    errors_[channel == Channel::urgent ? kUrgent : kBulk].clear();
    if (channel != Channel::urgent) return;
    state_.reachable = true;
    state_.since = wall_now();
    spdlog::info("peer {} ({}): reachable", id_.value, name_);
}

void Peer::closed(Channel channel, const std::string& error) {
    outbox(channel).close();
    const std::lock_guard lock(mutex_);
    errors_[channel == Channel::urgent ? kUrgent : kBulk] = error;
    if (channel != Channel::urgent || !state_.reachable) return;
    state_.reachable = false;
    state_.since = wall_now();
    spdlog::warn("peer {} ({}): lost: {}", id_.value, name_, error);
}

void Peer::greeted(std::uint64_t incarnation) {
    {
        const std::lock_guard lock(mutex_);
        state_.incarnation = incarnation;
        errors_[kIncoming].clear();
    }
    for (Outbox* outbox : {urgent_.get(), bulk_.get()}) outbox->wake();
}

void Peer::said(const Hello& hello) {
    const std::lock_guard lock(mutex_);
    state_.rules_newest = hello.rules_newest;
}

void Peer::refused(const std::string& error) {
    const std::lock_guard lock(mutex_);
    if (errors_[kIncoming] != error) spdlog::warn("peer {} ({}): {}", id_.value, name_, error);
    errors_[kIncoming] = error;
}

void Peer::fault(const std::string& error) {
    const std::lock_guard lock(mutex_);
    ++state_.faults;
    errors_[kIncoming] = error;
    spdlog::warn("peer {} ({}): fault {}: {}", id_.value, name_, state_.faults, error);
}

void Peer::dropped() {
    const std::lock_guard lock(mutex_);
    ++state_.dropped;
}

PeerState Peer::state() const {
    const std::lock_guard lock(mutex_);
    PeerState state = state_;
    for (const std::string& error : errors_) {
        if (state.last_error.empty()) state.last_error = error;
    }
    return state;
}

}  // namespace tally::node::peer
