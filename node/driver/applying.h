#pragma once

#include <vector>

#include "base/result.h"
#include "consensus/log_store.h"
#include "node/driver/notices.h"

namespace tally::node::driver {

/// What a network agrees on: turns the next block into derived data and publishes it. The process
/// has the credit rules behind it (pipeline/ledger_machine.h), a simulation what it wants.
class BlockMachine {
public:
    virtual ~BlockMachine() = default;
    /// Blocks come in order, each once. An error is for good.
    virtual Result<Applied> apply(const consensus::Block& block) = 0;
};

/// The order of applying (see applying.cpp). One thread; reads `blocks`, never writes it.
class Applying {
public:
    /// Both references outlive this. `applied`: what `machine` covers already.
    Applying(const consensus::LogStore& blocks, BlockMachine& machine, consensus::Index applied)
        : blocks_(blocks), machine_(machine), applied_(applied), target_(applied) {}

    /// Blocks up to here may be applied: committed, and durable in `blocks`. Never goes back.
    void apply_to(consensus::Index target);
    bool idle() const { return failed_ || applied_ >= target_; }
    consensus::Index applied() const { return applied_; }
    /// Applies the next block. Requires that it is not idle. An error (a block that cannot be read
    /// or applied) ends applying for good: it is idle ever after.
    Result<Applied> step();

private:
    const consensus::LogStore& blocks_;
    BlockMachine& machine_;
    consensus::Index applied_;
    consensus::Index target_;
    bool failed_ = false;
    std::vector<consensus::Block> read_;  // ahead, in order of use from the back
};

}  // namespace tally::node::driver
