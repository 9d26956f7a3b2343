#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "consensus/log_store.h"
#include "consensus/raw_node.h"

namespace tally::simulation {

/// A node's log with the difference between written and synced made explicit. Writes wait in order
/// until they are synced; a crash keeps any number of the oldest ones, whole, and drops the rest:
/// a store that replays a checksummed log sees a torn write as one that never happened.
class SimLog : public consensus::LogStore {
public:
    explicit SimLog(const crypto::Digest& network) : network_(network) {}

    void enqueue(consensus::AppendTask task);
    std::size_t waiting() const { return waiting_.size(); }
    /// Makes the oldest `count` writes durable and returns their tasks, whose messages may leave.
    std::vector<consensus::AppendTask> sync(std::size_t count);
    /// Power is lost while the oldest `kept` writes have reached the disk, unbeknown to the node.
    void crash(std::size_t kept);

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

private:
    static void overlay(std::vector<consensus::Block>& blocks,
                        const std::vector<consensus::Block>& written);

    crypto::Digest network_;
    std::vector<consensus::Block> blocks_;  // durable, from index 1
    std::vector<consensus::Block> view_;    // with all waiting writes
    consensus::HardState hard_state_;       // durable
    std::deque<consensus::AppendTask> waiting_;
};

}  // namespace tally::simulation
