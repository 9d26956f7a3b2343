#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "consensus/raw_node.h"
#include "node/driver/group_commit.h"
#include "storage/block_store.h"

namespace tally::simulation {

/// A node's stored blocks with the difference between written and synced made explicit. What is
/// durable lives in the memory twin of the block store, under the same rules for every write. One
/// group of appends is on its way to the disk at a time; a crash keeps it whole or not at all: a
/// store that replays a checksummed log sees a torn write as one that never happened.
class SimLog : public storage::BlockStore {
public:
    explicit SimLog(const crypto::Digest& network);

    /// The core handed this out: the log as it sees it from now on.
    void note_append(const consensus::LogWrite& write);
    /// The group is on its way; none was.
    void begin(node::driver::CommitGroup group);
    std::size_t waiting() const { return group_ ? 1 : 0; }
    /// It is durable now, and its messages may leave. An error says which rule it breaks.
    Result<node::driver::CommitGroup> finish();
    /// Power is lost; with `kept` above 0 the group on its way had reached the disk, unbeknown to
    /// the node.
    Status crash(std::size_t kept);
    /// As crash, of a disk that tears writes: the blocks arrived, the hard state did not.
    Status crash_torn();
    /// As crash, of a disk that lies: the last group that it called durable is gone as well.
    void crash_lying();

    /// What a copy of the disk holds: older with time.
    struct Copy {
        std::vector<consensus::Block> blocks;
        consensus::HardState hard_state;
    };
    Copy copy() const { return {blocks_, hard_state_}; }
    /// The disk is replaced by one that holds this, and the node sees that it is a copy. Nothing is
    /// on its way.
    Status put_back(const Copy& copy);
    bool is_recovering() const { return recovering_; }

    /// What is durable.
    const std::vector<consensus::Block>& blocks() const { return blocks_; }
    const consensus::HardState& hard_state() const { return hard_state_; }
    const consensus::Block* durable_block(consensus::Index index) const;
    /// The log as the core has it: durable blocks overlaid by the waiting writes.
    const consensus::Block* block(consensus::Index index) const;
    consensus::Index last() const { return consensus::Index(view_.size()); }

    Status write(const consensus::LogWrite& write) override;
    Result<std::vector<consensus::Block>> read(consensus::Index first, consensus::Index last,
                                               std::size_t bytes_max) const override;
    Result<consensus::PersistedState> load() const override;
    consensus::ChainTip tip() const override;
    consensus::ChainTip tip_before(consensus::Index index) const;
    consensus::Index committed() const override { return twin_->committed(); }
    Result<storage::Scrubbed> scrub(consensus::Index first, consensus::Index last,
                                    std::size_t bytes_max) override {
        return twin_->scrub(first, last, bytes_max);
    }
    Status mend(const consensus::Block& block) override { return twin_->mend(block); }

    std::optional<storage::SignedMark> signed_mark() const override { return twin_->signed_mark(); }
    Status remember_signed(const storage::SignedMark& mark) override {
        return twin_->remember_signed(mark);
    }
    Status put_checkpoint(const storage::StoredCheckpoint& checkpoint) override {
        return twin_->put_checkpoint(checkpoint);
    }
    Result<std::optional<storage::StoredCheckpoint>> checkpoint(std::uint64_t size) const override {
        return twin_->checkpoint(size);
    }
    Result<std::optional<storage::StoredCheckpoint>> certified_covering(
        std::uint64_t size) const override {
        return twin_->certified_covering(size);
    }
    Result<std::optional<storage::StoredCheckpoint>> latest_certified() const override {
        return twin_->latest_certified();
    }
    Result<bool> keep_evidence(const storage::Evidence& evidence) override {
        return twin_->keep_evidence(evidence);
    }
    Result<storage::KeptEvidence> evidence() const override { return twin_->evidence(); }

private:
    static void overlay(std::vector<consensus::Block>& blocks,
                        const std::vector<consensus::Block>& written);

    crypto::Digest network_;
    std::unique_ptr<storage::BlockStore> twin_;  // what is durable
    std::vector<consensus::Block> blocks_;       // the same blocks, for the oracles, from index 1
    std::vector<consensus::Block> view_;         // with all waiting writes
    consensus::HardState hard_state_;            // durable
    bool recovering_ = false;                    // durable
    std::optional<node::driver::CommitGroup> group_;
    std::vector<consensus::Block> blocks_before_;  // the last group that became durable
    consensus::HardState hard_state_before_;
};

}  // namespace tally::simulation
