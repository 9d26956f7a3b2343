#pragma once

// Internal: what a pool sums to, moved with each change of one of its contracts, and the alerts
// that follow from it.
#include <optional>

#include "ledger/rules_run.h"

namespace tally::ledger {

/// A pool as a change of one of its contracts leaves it.
struct PoolMove {
    PoolId pool;
    Amount balance = 0;
    std::uint64_t live = 0;
    std::uint64_t owned = 0;
    Amount rolled = 0;  ///< principal that the change marked into a worse bucket
};

/// What a change does to the pool that its contract is in, comes into or leaves; nothing where
/// there is none. overflow, or accepted; changes nothing.
Outcome plan_pool_move(Run& run, const Run::Change& change, std::optional<PoolMove>& move);
/// Sets the pool, and warns of what crosses its thresholds.
void set_pool(Run& run, const PoolMove& move);
/// Since when an issued pool is below its least balance, as it stands by now; warns when it fell.
void watch_balance(Run& run, const PoolId& id);

}  // namespace tally::ledger
