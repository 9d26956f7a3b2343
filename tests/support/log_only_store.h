#pragma once

#include "storage/block_store.h"

namespace tally::testing {

/// A store of blocks for tests that need no more: it signs nothing, and keeps no checkpoint and no
/// evidence.
class LogOnlyStore : public storage::BlockStore {
public:
    std::optional<storage::SignedMark> signed_mark() const override { return std::nullopt; }
    Status remember_signed(const storage::SignedMark&) override { return {}; }
    Status put_checkpoint(const storage::StoredCheckpoint&) override { return {}; }
    Result<std::optional<storage::StoredCheckpoint>> checkpoint(std::uint64_t) const override {
        return std::optional<storage::StoredCheckpoint>{};
    }
    Result<std::optional<storage::StoredCheckpoint>> certified_covering(
        std::uint64_t) const override {
        return std::optional<storage::StoredCheckpoint>{};
    }
    Result<std::optional<storage::StoredCheckpoint>> latest_certified() const override {
        return std::optional<storage::StoredCheckpoint>{};
    }
    Result<bool> keep_evidence(const storage::Evidence&) override { return false; }
    Result<storage::KeptEvidence> evidence() const override { return storage::KeptEvidence{}; }
};

}  // namespace tally::testing
