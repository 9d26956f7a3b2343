#include <algorithm>

#include "ledger/dates.h"
#include "ledger/pool_balance.h"
#include "ledger/receivables.h"

// Pools: created, filled, sealed, issued against, and what ends them. What they sum to moves with
// their contracts (ledger/pool_balance.cpp). Contracts that are bought back: rules_buybacks.cpp.

namespace tally::ledger {

std::optional<PoolId> pool_with(Workspace& workspace, const ContractBody& contract) {
    const std::optional<PoolId> pool = pool_of(contract);
    if (!pool) return std::nullopt;
    if (!workspace.pools().exists(*pool)) {
        workspace.contradiction("a contract's pool is not there");
        return std::nullopt;
    }
    const bool closed = workspace.pools().view(*pool).status == PoolStatus::closed;
    return closed ? std::nullopt : pool;
}

Outcome check_pool_day(const Run& run, const PoolRecord& pool) {
    return run.transaction.business_date < pool.last_on ? Outcome::date_out_of_order
                                                        : Outcome::accepted;
}

PoolRecord& edit_pool(Run& run, const PoolId& id) {
    PoolRecord& pool = run.workspace.pools().edit(id);
    pool.last_on = run.transaction.business_date;
    return pool;
}

namespace {

constexpr Ppm kNoteRateMax = 10'000'000;

/// What happens to a pool is booked as it happens, so that its days follow from its entries.
Outcome check_as_it_happens(const Run& run) {
    return run.transaction.value_date == run.transaction.business_date ? Outcome::accepted
                                                                       : Outcome::backdated_too_far;
}

/// A pool whose parties signed, not before what happened to it last.
Outcome find_pool(Run& run, const PoolId& id, const PoolRecord*& pool) {
    Outcome refused = run.check();
    if (refused == Outcome::accepted) refused = check_as_it_happens(run);
    if (refused != Outcome::accepted) return refused;
    if (!run.workspace.pools().exists(id)) return Outcome::pool_unknown;
    pool = &run.workspace.pools().view(id);
    const bool of_originator = run.facts().signing.answers == Role::originator;
    if (of_originator && !run.signatories.contains(pool->owner)) return Outcome::owner_differs;
    if (!run.signatories.contains(pool->terms.trustee)) return Outcome::trustee_differs;
    return check_pool_day(run, *pool);
}

bool in_range(const PoolCreate& terms) {
    const bool least = terms.balance_min > 0;
    return day_in_range(terms.revolving_until) && terms.balance_min >= 0 &&
           terms.below_days <= kPoolBelowDaysMax && (terms.below_days > 0) == least &&
           terms.roll_ppm >= 0 && terms.roll_ppm <= kWholePpm;
}

bool in_form(const std::vector<PoolNote>& notes) {
    if (notes.empty() || notes.size() > kPoolNotesMax) return false;
    return std::ranges::all_of(notes, [&notes](const PoolNote& note) {
        return text_fits(note.name, kPoolNoteNameMax) && note.amount > 0 && note.rate_ppm >= 0 &&
               note.rate_ppm <= kNoteRateMax &&
               std::ranges::count(notes, note.name, &PoolNote::name) == 1;
    });
}

template <typename Body>
PoolStep<Body> step_of(const Run& run, const Body& said) {
    return {said, run.entry, run.transaction.business_date};
}

}  // namespace

Outcome apply(Run& run, const PoolCreate& creation) {
    Outcome refused = run.check();
    if (refused == Outcome::accepted) refused = check_as_it_happens(run);
    if (refused != Outcome::accepted) return refused;
    if (run.workspace.pools().exists(creation.pool)) return Outcome::pool_exists;
    const MemberId& originator = run.answering();
    if (creation.buyer == originator || !has_role(run.workspace, creation.buyer, Role::funder)) {
        return Outcome::buyer_invalid;
    }
    // Both sign for whoever lends on it: one alone guards nothing.
    if (creation.trustee == originator ||
        !has_role(run.workspace, creation.trustee, Role::trustee) ||
        !run.signatories.contains(creation.trustee)) {
        return Outcome::trustee_differs;
    }
    if (!is_currency(creation.currency)) return Outcome::currency_unknown;
    if (!in_range(creation)) return Outcome::pool_terms_out_of_range;
    PoolRecord& pool = edit_pool(run, creation.pool);
    pool.terms = creation;
    pool.entry = run.entry;
    pool.owner = originator;
    return Outcome::accepted;
}

Outcome apply(Run& run, const PoolAdd& addition) {
    const PoolRecord* pool = nullptr;
    Outcome refused = find_pool(run, addition.pool, pool);
    if (refused != Outcome::accepted) return refused;
    if (pool->status != PoolStatus::draft && !pool->revolving_on(run.transaction.business_date)) {
        return Outcome::pool_not_open;
    }
    Asset asset;
    refused = find_contract(run, addition.contract, asset);
    if (refused != Outcome::accepted) return refused;
    if (asset.contract->originator != pool->owner) return Outcome::owner_differs;
    if (asset.contract->currency != currency_of(pool->terms.currency)) {
        return Outcome::currency_differs;
    }
    if (asset.ownership.owner() != asset.contract->originator) return Outcome::contract_sold;
    refused =
        first_of({check_order(run, asset), check_unbound(run, asset), check_unpooled(run, asset)});
    if (refused != Outcome::accepted) return refused;
    ContractEvent event = begin_event(addition);
    event.pool = addition.pool;
    refused = run.add(addition.contract, std::move(event));
    if (refused != Outcome::accepted) return refused;
    PoolRecord& changed = edit_pool(run, addition.pool);
    run.workspace.pool_contracts().edit({addition.pool, changed.contracts.size()}) = {
        addition.contract, run.entry};
    changed.contracts.append(pool_leaf(addition.contract));
    return Outcome::accepted;
}

Outcome apply(Run& run, const PoolRemove& removal) {
    const PoolRecord* pool = nullptr;
    Outcome refused = find_pool(run, removal.pool, pool);
    if (refused != Outcome::accepted) return refused;
    // What was sealed is issued against as it was sealed, or given up.
    const bool open = pool->status == PoolStatus::draft || pool->status == PoolStatus::issued;
    if (!open) return Outcome::pool_not_open;
    Asset asset;
    refused = find_contract(run, removal.contract, asset);
    if (refused != Outcome::accepted) return refused;
    if (pool_of(*asset.contract) != removal.pool) return Outcome::not_pooled;
    // What the buyer owns it sells: a buyback has a price.
    if (asset.ownership.owner() != pool->owner) return Outcome::contract_sold;
    refused = first_of({check_order(run, asset), check_unbound(run, asset)});
    if (refused != Outcome::accepted) return refused;
    ContractEvent event = begin_event(removal);
    event.pool = removal.pool;
    refused = run.add(removal.contract, std::move(event));
    if (refused == Outcome::accepted) static_cast<void>(edit_pool(run, removal.pool));
    return refused;
}

Outcome apply(Run& run, const PoolSeal& seal) {
    const PoolRecord* pool = nullptr;
    const Outcome refused = find_pool(run, seal.pool, pool);
    if (refused != Outcome::accepted) return refused;
    if (pool->status != PoolStatus::draft) return Outcome::pool_not_draft;
    // No notes are issued against nothing.
    if (pool->balance == 0 || seal.contracts != pool->contracts.size() ||
        seal.principal != pool->balance || seal.root != pool->contracts.root()) {
        return Outcome::pool_differs;
    }
    PoolRecord& changed = edit_pool(run, seal.pool);
    changed.status = PoolStatus::sealed;
    changed.sealed = step_of(run, seal);
    return Outcome::accepted;
}

Outcome apply(Run& run, const PoolIssue& issue) {
    const PoolRecord* pool = nullptr;
    const Outcome refused = find_pool(run, issue.pool, pool);
    if (refused != Outcome::accepted) return refused;
    if (pool->status != PoolStatus::sealed) return Outcome::pool_not_sealed;
    if (!in_form(issue.notes)) return Outcome::pool_terms_out_of_range;
    if (pool->owned != pool->live) return Outcome::pool_not_owned;
    Wide sum = 0;
    for (const PoolNote& note : issue.notes) sum += note.amount;
    if (sum > pool->balance) return Outcome::above_pool_balance;
    PoolRecord& changed = edit_pool(run, issue.pool);
    changed.status = PoolStatus::issued;
    changed.issued = step_of(run, issue);
    watch_balance(run, issue.pool);
    return Outcome::accepted;
}

Outcome apply(Run& run, const PoolTrigger& trigger) {
    const PoolRecord* pool = nullptr;
    const Outcome refused = find_pool(run, trigger.pool, pool);
    if (refused != Outcome::accepted) return refused;
    const Day day = run.transaction.business_date;
    if (pool->status != PoolStatus::issued) return Outcome::pool_not_issued;
    if (!pool->revolving_on(day)) return Outcome::pool_amortising;
    const std::optional<Day>& since = pool->below.since;
    if (trigger.reason != TriggerReason::balance_below) {
        if (trigger.below_since != 0) return Outcome::pool_differs;
    } else {
        if (!since) return Outcome::trigger_not_met;
        if (trigger.below_since != *since) return Outcome::pool_differs;
        const Day days = day - *since + 1;
        if (days < static_cast<Day>(pool->terms.below_days)) return Outcome::trigger_not_met;
    }
    edit_pool(run, trigger.pool).triggered = step_of(run, trigger);
    return Outcome::accepted;
}

Outcome apply(Run& run, const PoolClose& close) {
    const PoolRecord* pool = nullptr;
    const Outcome refused = find_pool(run, close.pool, pool);
    if (refused != Outcome::accepted) return refused;
    const bool given_up = pool->status == PoolStatus::draft || pool->status == PoolStatus::sealed;
    const bool paid_down =
        pool->status == PoolStatus::issued && pool->balance == 0 && pool->live == 0;
    if (!given_up && !paid_down) return Outcome::pool_not_over;
    // Its contracts are in it no more, so that nothing of it is left to sum up or to watch.
    PoolRecord& changed = edit_pool(run, close.pool);
    changed.status = PoolStatus::closed;
    changed.closed = step_of(run, close);
    changed.balance = 0;
    changed.live = 0;
    changed.owned = 0;
    changed.below = {};
    changed.rolled = {};
    return Outcome::accepted;
}

}  // namespace tally::ledger
