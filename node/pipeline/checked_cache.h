#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "crypto/digest.h"
#include "ledger/submission.h"

namespace tally::node::pipeline {

using CheckedPointer = std::shared_ptr<const ledger::CheckedSubmission>;

/// Remembers checked submissions between admission, agreement and apply, so that each signature is
/// verified once. Bounded in bytes, oldest out first. Thread-safe.
class CheckedCache {
public:
    CheckedCache(crypto::Digest network, ledger::SubmissionBounds bounds, std::size_t bytes_max);

    /// The checked form of these bytes, from memory or computed now on the calling thread.
    CheckedPointer check(ByteView submission);
    CheckedPointer check(SharedBytes submission);

private:
    CheckedPointer find(const crypto::Digest& digest) const;
    CheckedPointer insert(ledger::CheckedSubmission checked);

    const crypto::Digest network_;
    const ledger::SubmissionBounds bounds_;
    const std::size_t bytes_max_;
    mutable std::mutex mutex_;
    std::map<crypto::Digest, CheckedPointer> entries_;  // guarded by mutex_
    std::deque<crypto::Digest> order_;                  // guarded by mutex_
    std::size_t bytes_ = 0;                             // guarded by mutex_
};

}  // namespace tally::node::pipeline
