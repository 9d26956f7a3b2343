#include "ledger/receivables.h"

// Contracts that their originator buys back out of a pool that notes were issued against. The
// trustee signs for the pool's buyer.

namespace tally::ledger {
namespace {

/// A contract in an issued pool, with the signatures of its originator and the pool's trustee.
Outcome find_pooled(Run& run, const ContractId& id, Asset& asset, PoolId& pool) {
    Outcome refused = run.check();
    if (refused == Outcome::accepted) refused = find_contract(run, id, asset);
    if (refused != Outcome::accepted) return refused;
    if (!run.signatories.contains(asset.contract->originator)) return Outcome::owner_differs;
    const std::optional<PoolId> in = pool_with(run.workspace, *asset.contract);
    if (!in) return Outcome::not_pooled;
    const PoolRecord& record = run.workspace.pools().view(*in);
    if (record.status != PoolStatus::issued) return Outcome::not_pooled;
    if (!run.signatories.contains(record.terms.trustee)) return Outcome::trustee_differs;
    pool = *in;
    // It happens to the pool as well.
    return check_pool_day(run, record);
}

Outcome note_day(Run& run, const PoolId& pool, Outcome outcome) {
    if (outcome == Outcome::accepted) static_cast<void>(edit_pool(run, pool));
    return outcome;
}

}  // namespace

Outcome apply(Run& run, const BuybackInit& offer) {
    Asset asset;
    PoolId pool;
    Outcome refused = find_pooled(run, offer.contract, asset, pool);
    if (refused == Outcome::accepted) refused = check_offer(asset, offer.price, offer.valid_until);
    if (refused != Outcome::accepted) return refused;
    if (asset.ownership.owner() != run.workspace.pools().view(pool).terms.buyer) {
        return Outcome::pool_not_owned;
    }
    refused = first_of({check_order(run, asset), check_unbound(run, asset)});
    if (refused != Outcome::accepted) return refused;
    if (offer.valid_until < run.transaction.business_date) return Outcome::transfer_expired;
    ContractEvent event = begin_event(offer);
    event.member = asset.contract->originator;
    event.amount = offer.price;
    event.to = offer.valid_until;
    event.pool = pool;
    return note_day(run, pool, run.add(offer.contract, std::move(event)));
}

Outcome apply(Run& run, const BuybackSettle& settlement) {
    Asset asset;
    PoolId pool;
    Outcome refused = find_pooled(run, settlement.contract, asset, pool);
    if (refused != Outcome::accepted) return refused;
    const std::optional<PendingSale>& pending = asset.ownership.pending;
    if (!pending || !pending->buyback) return Outcome::transfer_not_pending;
    if (is_erased(run, pending->buyer, asset.contract->borrower)) return Outcome::borrower_erased;
    refused = check_order(run, asset);
    if (refused != Outcome::accepted) return refused;
    if (!pending->live_on(run.transaction.business_date)) return Outcome::transfer_expired;
    ContractEvent event = begin_event(settlement);
    event.member = pending->buyer;
    event.amount = pending->price;
    event.pool = pool;
    return note_day(run, pool,
                    run.add_posted(settlement.contract, std::move(event), settlement.source_ref));
}

}  // namespace tally::ledger
