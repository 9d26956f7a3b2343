#pragma once

#include <cstddef>

#include "ledger/contract.h"
#include "ledger/registry.h"

// What one party could use up by itself has a reserve that opens where two parties of the contract
// sign: nothing that one repeats must bar the others from being paid, or from taking back what is
// false.
namespace tally::ledger {

constexpr std::size_t room_of(EventKind kind, bool two_parties) {
    return room_of(kind) + (two_parties ? room_of(kind) / 5 : 0);
}
inline constexpr std::size_t kEventsWithReserveMax = kContractEventsMax + kContractEventsMax / 5;

/// How many events of a kind may be taken back on a contract, and how many of all that a borrower
/// could rely on and that had stood. What was taken back bears on every later day of it, and what
/// had stood takes replays of its own, by the square of how many stood together: without a bound a
/// party could make each replay as costly as it likes, with no money at all.
constexpr std::size_t reversed_room(bool two_parties) { return two_parties ? 16 : 12; }
constexpr std::size_t stood_room(bool two_parties) { return two_parties ? 12 : 8; }

/// How many mandates a contract may have.
constexpr std::size_t mandates_room(bool two_parties) {
    return kMandatesMax + (two_parties ? kMandatesMax / 5 : 0);
}
inline constexpr std::size_t kMandatesWithReserveMax = mandates_room(true);

}  // namespace tally::ledger
