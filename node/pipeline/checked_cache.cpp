#include "node/pipeline/checked_cache.h"

#include <utility>

namespace tally::node::pipeline {

CheckedCache::CheckedCache(crypto::Digest network, ledger::SubmissionBounds bounds,
                           std::size_t bytes_max)
    : network_(network), bounds_(bounds), bytes_max_(bytes_max) {}

CheckedPointer CheckedCache::find(const crypto::Digest& digest) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(digest);
    return found == entries_.end() ? nullptr : found->second;
}

CheckedPointer CheckedCache::insert(ledger::CheckedSubmission checked) {
    auto pointer = std::make_shared<const ledger::CheckedSubmission>(std::move(checked));
    const std::lock_guard lock(mutex_);
    const auto [place, added] = entries_.emplace(pointer->digest, pointer);
    if (!added) return place->second;
    order_.push_back(pointer->digest);
    bytes_ += pointer->bytes->size();
    while (bytes_ > bytes_max_ && order_.size() > 1) {
        const auto oldest = entries_.find(order_.front());
        bytes_ -= oldest->second->bytes->size();
        entries_.erase(oldest);
        order_.pop_front();
    }
    return pointer;
}

CheckedPointer CheckedCache::check(ByteView submission) {
    if (auto known = find(crypto::domain_hash("submission", {submission}))) return known;
    return insert(ledger::check_submission(share(to_bytes(submission)), network_, bounds_));
}

CheckedPointer CheckedCache::check(SharedBytes submission) {
    if (auto known = find(crypto::domain_hash("submission", {*submission}))) return known;
    return insert(ledger::check_submission(std::move(submission), network_, bounds_));
}

}  // namespace tally::node::pipeline
