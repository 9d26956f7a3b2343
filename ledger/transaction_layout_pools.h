#pragma once

#include "ledger/transaction.h"
#include "ledger/transaction_fields.h"

// Pools, and contracts that are bought back out of one. See ledger/transaction_layout.h.
namespace tally::ledger {

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<PoolCreate> auto& pool) {
    v.id(1, "pool", pool.pool);
    v.text(2, "currency", pool.currency, fields::kCurrencyBytesMax);
    v.member(3, "trustee", pool.trustee);
    v.member(4, "buyer", pool.buyer);
    v.day(5, "revolving_until", pool.revolving_until, Presence::when_set);
    v.amount(6, "balance_min", pool.balance_min);
    v.count(7, "below_days", pool.below_days);
    v.ppm(8, "roll_ppm", pool.roll_ppm);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<PoolAdd> auto& addition) {
    v.id(1, "pool", addition.pool);
    v.id(2, "contract", addition.contract);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<PoolSeal> auto& seal) {
    v.id(1, "pool", seal.pool);
    v.count(2, "contracts", seal.contracts);
    v.amount(3, "principal", seal.principal);
    v.digest(4, "root", seal.root);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<PoolNote> auto& note) {
    v.text(1, "name", note.name, fields::kTextBytesMax);
    v.amount(2, "amount", note.amount);
    v.ppm(3, "rate_ppm", note.rate_ppm);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<PoolIssue> auto& issue) {
    v.id(1, "pool", issue.pool);
    v.list(2, "notes", issue.notes);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<PoolTrigger> auto& trigger) {
    v.id(1, "pool", trigger.pool);
    v.word(2, "reason", trigger.reason);
    v.day(3, "below_since", trigger.below_since, Presence::when_set);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<PoolClose> auto& close) {
    v.id(1, "pool", close.pool);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<BuybackInit> auto& offer) {
    v.id(1, "contract", offer.contract);
    v.amount(2, "price", offer.price);
    v.day(3, "valid_until", offer.valid_until);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<BuybackSettle> auto& settlement) {
    v.id(1, "contract", settlement.contract);
    v.text(2, "source_ref", settlement.source_ref, fields::kTextBytesMax);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<PoolRemove> auto& removal) {
    v.id(1, "pool", removal.pool);
    v.id(2, "contract", removal.contract);
}

}  // namespace tally::ledger
