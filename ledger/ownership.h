#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ledger/contract.h"
#include "ledger/position.h"

// Whose the receivables of a contract are, were, and may become, and which pool they are in.
// Nothing of it is stored: it follows from the contract's events, for any date and as known at any
// entry.
namespace tally::ledger {

/// From a day on, until the next one's.
struct OwnedSince {
    MemberId owner;
    Day from = 0;
    std::uint64_t entry = 0;  ///< capture or settlement

    bool operator==(const OwnedSince&) const = default;
};
struct LivePledge {
    MemberId funder;
    Day since = 0;
    std::uint64_t entry = 0;
};
/// A sale that was offered and has not ended. Past its last day it can only be cancelled, declined
/// or replaced.
struct PendingSale {
    MemberId buyer;
    Amount price = 0;
    Day valid_until = 0;
    Day since = 0;
    std::uint64_t entry = 0;
    bool buyback = false;  ///< out of its pool, to the originator

    bool live_on(Day day) const { return day <= valid_until; }
};

struct Ownership {
    std::vector<OwnedSince> chain;  ///< ascending by day; the first is the originator
    std::optional<LivePledge> pledge;
    std::optional<PendingSale> pending;
    std::optional<PoolId> pool;  ///< see pool_of

    /// By what was settled last; its first day may lie ahead.
    const MemberId& owner() const { return chain.back().owner; }
    /// Of a day; the originator for one before the contract's first.
    const MemberId& owner_on(Day day) const;
    bool sold() const { return chain.size() > 1; }
};

Ownership ownership_of(const ContractBody& contract, const PointInTime& point = {});
/// Who owns it by now: in whose book it is, and who signs.
const MemberId& owner_of(const ContractBody& contract);
/// The pool that it was added to last, unless it was taken out or bought back. If that pool is
/// closed by now, the contract is in none.
std::optional<PoolId> pool_of(const ContractBody& contract);
/// The same with the entry that added it, which says at which of its places it is in it.
struct PooledSince {
    PoolId pool;
    std::uint64_t entry = 0;
};
std::optional<PooledSince> pooled_since(const ContractBody& contract);

}  // namespace tally::ledger
