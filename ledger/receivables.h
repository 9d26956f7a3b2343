#pragma once

// Internal: what the rules of pledges, sales and pools share.
#include <initializer_list>

#include "ledger/ownership.h"
#include "ledger/rules_run.h"

namespace tally::ledger {

/// One contract with whom it belongs to.
struct Asset {
    const ContractBody* contract = nullptr;
    Ownership ownership;
};

/// A contract that is there, with the dates that its ruleset allows.
Outcome find_contract(Run& run, const ContractId& id, Asset& asset);
/// Whose a contract is follows from the order of these events, so that their days are in it too:
/// booked as they happen, not before anything else on the contract, and not before the owner's
/// first day.
Outcome check_order(const Run& run, const Asset& asset);
/// Neither security for a loan nor for sale.
Outcome check_unbound(const Run& run, const Asset& asset);
/// In no pool.
Outcome check_unpooled(Run& run, const Asset& asset);
/// In principals of the contract.
inline constexpr Amount kPriceTimesMax = 10;
/// A price above 0 and within its bound, and a last day of the calendar.
Outcome check_offer(const Asset& asset, Amount price, Day valid_until);
/// What happens to a pool comes on the day of what happened to it last, or later.
Outcome check_pool_day(const Run& run, const PoolRecord& pool);
/// The record to change, with the day of what happens to it.
PoolRecord& edit_pool(Run& run, const PoolId& id);
/// The first that is not accepted.
Outcome first_of(std::initializer_list<Outcome> outcomes);

}  // namespace tally::ledger
