#include "ledger/receivables.h"

#include <algorithm>

#include "ledger/dates.h"

// Receivables: pledged to a funder, sold to one. A contract is pledged to at most one funder, and
// not both pledged and for sale. One that is in a pool is sold to the pool's buyer alone.

namespace tally::ledger {

Outcome find_contract(Run& run, const ContractId& id, Asset& asset) {
    const Outcome refused = run.check_contract(id, false);
    if (refused != Outcome::accepted) return refused;
    asset.contract = &*run.workspace.contracts().view(id).body;
    asset.ownership = ownership_of(*asset.contract);
    return Outcome::accepted;
}

Outcome check_order(const Run& run, const Asset& asset) {
    const Day day = run.transaction.business_date;
    if (run.transaction.value_date != day) return Outcome::backdated_too_far;
    const bool passed = std::ranges::any_of(
        asset.contract->events,
        [day](const ContractEvent& event) { return event.business_date > day; });
    const bool ahead = asset.ownership.chain.back().from > day;
    return passed || ahead ? Outcome::date_out_of_order : Outcome::accepted;
}

Outcome check_unbound(const Run& run, const Asset& asset) {
    if (asset.ownership.pledge) return Outcome::pledged;
    const std::optional<PendingSale>& pending = asset.ownership.pending;
    return pending && pending->live_on(run.transaction.business_date) ? Outcome::transfer_pending
                                                                      : Outcome::accepted;
}

Outcome check_unpooled(Run& run, const Asset& asset) {
    return pool_with(run.workspace, *asset.contract) ? Outcome::pooled : Outcome::accepted;
}

Outcome check_offer(const Asset& asset, Amount price, Day valid_until) {
    if (price <= 0) return Outcome::amount_not_positive;
    // Or two parties could fill the sums of their books, and nobody could pay them any more.
    if (price > Wide{kPriceTimesMax} * asset.contract->terms.principal) {
        return Outcome::price_out_of_range;
    }
    return day_in_range(valid_until) ? Outcome::accepted : Outcome::date_out_of_range;
}

Outcome first_of(std::initializer_list<Outcome> outcomes) {
    for (const Outcome outcome : outcomes) {
        if (outcome != Outcome::accepted) return outcome;
    }
    return Outcome::accepted;
}

namespace {

/// What all of them ask first; beside a funder's signature, if the type names that role.
Outcome find_asset(Run& run, const ContractId& id, Asset& asset) {
    const bool of_originator = run.facts().signing.answers.has_value();
    Outcome refused = of_originator ? run.check() : run.check_dates();
    if (refused == Outcome::accepted && !of_originator) refused = run.check_day();
    if (refused == Outcome::accepted) refused = find_contract(run, id, asset);
    if (refused != Outcome::accepted || !of_originator) return refused;
    return run.signatories.contains(asset.contract->originator) ? Outcome::accepted
                                                                : Outcome::owner_differs;
}

/// Who owns it by now signed.
Outcome check_owner(const Run& run, const Asset& asset) {
    return run.signatories.contains(asset.ownership.owner()) ? Outcome::accepted
                                                             : Outcome::owner_missing;
}

/// Out of a pool there is one buyer, and none before the pool is sealed.
Outcome check_pool_buyer(Run& run, const Asset& asset, const MemberId& buyer) {
    const std::optional<PoolId> id = pool_with(run.workspace, *asset.contract);
    if (!id) return Outcome::accepted;
    const PoolRecord& pool = run.workspace.pools().view(*id);
    if (pool.status == PoolStatus::draft) return Outcome::pool_not_open;
    return buyer == pool.terms.buyer ? Outcome::accepted : Outcome::pooled;
}

}  // namespace

Outcome apply(Run& run, const Pledge& pledge) {
    Asset asset;
    const Outcome found = find_asset(run, pledge.contract, asset);
    if (found != Outcome::accepted) return found;
    if (asset.ownership.owner() != asset.contract->originator) return Outcome::contract_sold;
    if (!has_role(run.workspace, pledge.funder, Role::funder)) return Outcome::funder_unknown;
    if (!run.signatories.contains(pledge.funder)) return Outcome::signer_missing;
    const Outcome refused =
        first_of({check_order(run, asset), check_unbound(run, asset), check_unpooled(run, asset)});
    if (refused != Outcome::accepted) return refused;
    ContractEvent event = begin_event(pledge);
    event.member = pledge.funder;
    return run.add(pledge.contract, std::move(event));
}

Outcome apply(Run& run, const Release& release) {
    Asset asset;
    const Outcome found = find_asset(run, release.contract, asset);
    if (found != Outcome::accepted) return found;
    const std::optional<LivePledge>& pledge = asset.ownership.pledge;
    if (!pledge || !run.signatories.contains(pledge->funder)) return Outcome::pledgee_differs;
    const Outcome order = check_order(run, asset);
    if (order != Outcome::accepted) return order;
    ContractEvent event = begin_event(release);
    event.member = pledge->funder;
    return run.add(release.contract, std::move(event));
}

Outcome apply(Run& run, const TransferInit& offer) {
    Asset asset;
    Outcome refused = find_asset(run, offer.contract, asset);
    if (refused == Outcome::accepted) refused = check_owner(run, asset);
    if (refused != Outcome::accepted) return refused;
    refused = check_offer(asset, offer.price, offer.valid_until);
    if (refused != Outcome::accepted) return refused;
    if (offer.buyer == asset.ownership.owner() ||
        !has_role(run.workspace, offer.buyer, Role::funder)) {
        return Outcome::buyer_invalid;
    }
    refused = first_of({check_order(run, asset), check_unbound(run, asset),
                        check_pool_buyer(run, asset, offer.buyer)});
    if (refused != Outcome::accepted) return refused;
    if (offer.valid_until < run.transaction.business_date) return Outcome::transfer_expired;
    ContractEvent event = begin_event(offer);
    event.member = offer.buyer;
    event.amount = offer.price;
    event.to = offer.valid_until;
    return run.add(offer.contract, std::move(event));
}

Outcome apply(Run& run, const TransferSettle& settlement) {
    Asset asset;
    Outcome refused = find_asset(run, settlement.contract, asset);
    if (refused == Outcome::accepted) refused = check_owner(run, asset);
    if (refused != Outcome::accepted) return refused;
    const std::optional<PendingSale>& pending = asset.ownership.pending;
    if (!pending || pending->buyback) return Outcome::transfer_not_pending;
    if (!run.signatories.contains(pending->buyer)) return Outcome::buyer_differs;
    if (is_erased(run, pending->buyer, asset.contract->borrower)) return Outcome::borrower_erased;
    refused = check_order(run, asset);
    if (refused != Outcome::accepted) return refused;
    // A pledge that came behind a sale which nobody settled in time finds it so as well.
    if (!pending->live_on(run.transaction.business_date)) return Outcome::transfer_expired;
    ContractEvent event = begin_event(settlement);
    event.member = pending->buyer;
    event.amount = pending->price;
    return run.add_posted(settlement.contract, std::move(event), settlement.source_ref);
}

Outcome apply(Run& run, const TransferCancel& cancelling) {
    Asset asset;
    Outcome refused = find_asset(run, cancelling.contract, asset);
    if (refused == Outcome::accepted) refused = check_owner(run, asset);
    if (refused != Outcome::accepted) return refused;
    if (!asset.ownership.pending) return Outcome::transfer_not_pending;
    refused = check_order(run, asset);
    if (refused != Outcome::accepted) return refused;
    ContractEvent event = begin_event(cancelling);
    event.member = asset.ownership.pending->buyer;
    return run.add(cancelling.contract, std::move(event));
}

Outcome apply(Run& run, const TransferDecline& declining) {
    Asset asset;
    Outcome refused = find_asset(run, declining.contract, asset);
    if (refused != Outcome::accepted) return refused;
    if (!asset.ownership.pending) return Outcome::transfer_not_pending;
    const MemberId buyer = asset.ownership.pending->buyer;
    if (!run.signatories.contains(buyer)) return Outcome::buyer_differs;
    refused = check_order(run, asset);
    if (refused != Outcome::accepted) return refused;
    ContractEvent event = begin_event(declining);
    event.member = buyer;
    return run.add(declining.contract, std::move(event));
}

}  // namespace tally::ledger
