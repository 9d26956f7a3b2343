#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "consensus/types.h"
#include "ledger/ledger.h"
#include "storage/state_store.h"

namespace tally::node::driver {

/// What the driver hears of an applied block.
struct BlockApplied {
    consensus::Index index;
    consensus::Term term;
    consensus::Millis time{0};
    std::uint64_t entry_count = 0;  ///< leaves of the log after the block
    std::uint64_t sealed_size = 0;  ///< leaves of the log after the newest seal, 0 before the first
    std::vector<ledger::SubmissionResult> submissions;
};

/// A block that was applied, for all who wait for it: the keeper hears of the seal before the
/// driver hears of the block.
struct Applied {
    BlockApplied block;
    std::optional<storage::SealPoint> seal;
};

}  // namespace tally::node::driver
