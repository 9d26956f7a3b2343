#include "ledger/ownership.h"

#include <algorithm>

namespace tally::ledger {
namespace {

void take(const ContractEvent& event, Ownership& ownership) {
    switch (event.kind) {
        case EventKind::pledge:
            ownership.pledge = {event.member, event.value_date, event.entry};
            return;
        case EventKind::release:
            return ownership.pledge.reset();
        case EventKind::transfer_init:
        case EventKind::buyback_init:
            ownership.pending = {event.member, event.amount,
                                 event.to,     event.value_date,
                                 event.entry,  event.kind == EventKind::buyback_init};
            return;
        case EventKind::pool_add:
            ownership.pool = event.pool;
            return;
        case EventKind::pool_remove:
            return ownership.pool.reset();
        case EventKind::buyback_settle:
            ownership.pool.reset();
            [[fallthrough]];
        case EventKind::transfer_settle:
            ownership.chain.push_back({event.member, event.value_date + 1, event.entry});
            return ownership.pending.reset();
        case EventKind::transfer_cancel:
        case EventKind::transfer_decline:
            return ownership.pending.reset();
        case EventKind::capture:
        case EventKind::refund:
        case EventKind::repayment:
        case EventKind::prepay:
        case EventKind::penalty:
        case EventKind::mark:
        case EventKind::waive:
        case EventKind::hardship:
        case EventKind::grace:
        case EventKind::reschedule:
        case EventKind::charge_off:
        case EventKind::recovery:
        case EventKind::servicer:
        case EventKind::overpay_refund:
        case EventKind::assign:
        case EventKind::recall:
        case EventKind::contact:
        case EventKind::merchant_settle:
        case EventKind::debt_settle:
        case EventKind::chargeback:
        case EventKind::debit:
            return;
    }
}

}  // namespace

const MemberId& Ownership::owner_on(Day day) const {
    const auto later = std::find_if(chain.begin() + 1, chain.end(),
                                    [day](const OwnedSince& next) { return next.from > day; });
    return (later - 1)->owner;
}

Ownership ownership_of(const ContractBody& contract, const PointInTime& point) {
    Ownership ownership;
    const std::uint64_t captured =
        contract.events.empty() ? kNoEntry : contract.events.front().entry;
    ownership.chain.push_back({contract.originator, contract.terms.anchor, captured});
    // The rules let these events through in the order of their dates alone.
    for (const ContractEvent& event : contract.events) {
        if (event.live_at(point.known_at) && event.value_date <= point.as_of) {
            take(event, ownership);
        }
    }
    return ownership;
}

const MemberId& owner_of(const ContractBody& contract) {
    const auto last = std::find_if(contract.events.rbegin(), contract.events.rend(),
                                   [](const ContractEvent& event) { return sells(event.kind); });
    return last == contract.events.rend() ? contract.originator : last->member;
}

std::optional<PooledSince> pooled_since(const ContractBody& contract) {
    const auto last = std::find_if(
        contract.events.rbegin(), contract.events.rend(), [](const ContractEvent& event) {
            return event.kind == EventKind::pool_add || leaves_pool(event.kind);
        });
    const bool in = last != contract.events.rend() && last->kind == EventKind::pool_add;
    if (!in || !last->pool) return std::nullopt;
    return PooledSince{*last->pool, last->entry};
}

std::optional<PoolId> pool_of(const ContractBody& contract) {
    const std::optional<PooledSince> in = pooled_since(contract);
    return in ? std::optional(in->pool) : std::nullopt;
}

}  // namespace tally::ledger
