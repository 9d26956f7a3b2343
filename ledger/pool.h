#pragma once

#include <cstdint>
#include <optional>

#include "crypto/digest.h"
#include "crypto/merkle.h"
#include "ledger/entry.h"
#include "ledger/transaction.h"
#include "ledger/types.h"

// Pools of receivables as the state has them (docs/CREDIT.md, "Pools").
namespace tally::ledger {

/// Values are part of the record format. An issued pool revolves or amortises: revolving_on.
enum class PoolStatus : std::uint8_t { draft = 1, sealed = 2, issued = 3, closed = 4 };

/// What was said of a pool, by which entry and from which value date on.
template <typename Body>
struct PoolStep {
    Body said;
    std::uint64_t entry = 0;
    Day on = 0;
};

/// Since when the balance is below the pool's least one. A day counts by how it ended: what rose
/// and fell again on one day of the book did not rise.
struct BelowSince {
    std::optional<Day> since;   ///< the book's newest day when it fell; nothing: it is not below
    std::optional<Day> before;  ///< what it was until it rose on `risen_on`
    Day risen_on = 0;

    bool operator==(const BelowSince&) const = default;
};

/// Principal of contracts that were marked into a worse bucket on one newest day of the book.
struct Rolled {
    Day on = 0;
    Amount amount = 0;
    bool warned = false;  ///< on that day

    bool operator==(const Rolled&) const = default;
};

/// A pool. A contract is in it from its POOL_ADD on, until its POOL_REMOVE or BUYBACK_SETTLE or
/// until the pool is closed.
struct PoolRecord {
    PoolCreate terms;
    std::uint64_t entry = 0;
    MemberId owner;  ///< its originator
    PoolStatus status = PoolStatus::draft;
    Day last_on = 0;  ///< value date of the last transaction on it; they never go back
    /// RFC 6962 tree over the contracts that were added, in that order; a leaf is a contract's id,
    /// 16 bytes. Who left it is still in the tree.
    crypto::TreeFrontier contracts;
    std::uint64_t live = 0;   ///< contracts in it that are active
    std::uint64_t owned = 0;  ///< of them, those that the buyer owns
    Amount balance = 0;       ///< principal outstanding of the contracts in it
    BelowSince below;         ///< while issued
    Rolled rolled;            ///< while issued
    std::optional<PoolStep<PoolSeal>> sealed;
    std::optional<PoolStep<PoolIssue>> issued;
    std::optional<PoolStep<PoolTrigger>> triggered;  ///< amortises since
    std::optional<PoolStep<PoolClose>> closed;

    /// Contracts may be added to it though it is issued.
    bool revolving_on(Day day) const {
        return status == PoolStatus::issued && !triggered && day <= terms.revolving_until &&
               terms.revolving_until > 0;
    }
};

/// At a place of a pool's tree, from 0.
struct PoolContractRecord {
    ContractId contract;
    std::uint64_t entry = 0;  ///< its POOL_ADD: a contract that came back stands at several places

    bool operator==(const PoolContractRecord&) const = default;
};

inline constexpr std::size_t kPoolNotesMax = 8;
inline constexpr std::size_t kPoolNoteNameMax = 32;
inline constexpr std::uint32_t kPoolBelowDaysMax = 366;

/// The hash of a contract's leaf in the tree of a pool.
crypto::Digest pool_leaf(const ContractId& contract);

}  // namespace tally::ledger
