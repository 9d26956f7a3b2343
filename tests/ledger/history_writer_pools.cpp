#include "ledger/ownership.h"
#include "tests/ledger/history_writer.h"

// What random histories do with pools.

namespace tally::testing {

using namespace ledger;

ContractId HistoryWriter::free_contract() {
    ContractId one = contract();
    for (int tries = 0; tries < 6; ++tries) {
        const auto view = book_.contract(one);
        if (view && view->position.status == ContractStatus::active) {
            const Ownership ownership = ownership_of(view->body);
            const bool bound = ownership.pool || ownership.pledge || ownership.pending;
            if (!bound && !ownership.sold()) return one;
        }
        one = contract();
    }
    return one;
}

ContractId HistoryWriter::drafted(PoolId id, const PoolRecord& pool) {
    return any_of(read_pool_contracts(book_.records(), id, 0, pool.contracts.size()).value())
        .contract;
}

TransactionBody HistoryWriter::sealed_body(PoolId id, const PoolRecord& pool) {
    const auto contracts =
        read_pool_contracts(book_.records(), id, 0, pool.contracts.size()).value();
    for (const auto& [one, entry] : contracts) {
        const ContractView view = book_.contract(one).value();
        const Ownership ownership = ownership_of(view.body);
        const bool over = view.position.status != ContractStatus::active;
        if (over || ownership.owner() == pool.terms.buyer || below(12) == 0) continue;
        if (ownership.pending && ownership.pending->live_on(today_) && below(8) != 0)
            return TransferSettle{one, source()};
        return TransferInit{one, pool.terms.buyer, 1 + amount() / 10,
                            today_ + static_cast<Day>(below(40))};
    }
    // With nothing outstanding no note comes about any more.
    if (pool.balance == 0 && below(4) != 0) return PoolClose{id};
    PoolIssue issue{id, {{"senior", 1 + static_cast<Amount>(below(500)), 40'000}}};
    if (below(8) == 0) issue.notes.push_back(issue.notes.front());
    return issue;
}

TransactionBody HistoryWriter::issued_body(PoolId id, const PoolRecord& pool) {
    const auto contracts =
        read_pool_contracts(book_.records(), id, 0, pool.contracts.size()).value();
    // Mostly one that is on offer, else one that may be, or hardly any would be bought back.
    ContractId one = any_of(contracts).contract;
    bool offered = false;
    bool any = false;
    for (const auto& [inside, entry] : contracts) {
        const ContractView view = book_.contract(inside).value();
        const Ownership ownership = ownership_of(view.body);
        if (ownership.pool != id || view.position.status != ContractStatus::active) continue;
        one = inside;
        any = true;
        offered = ownership.pending && ownership.pending->live_on(today_);
        if (offered && below(12) != 0) break;
    }
    const Ownership ownership = ownership_of(book_.contract(one).value().body);
    if (!any && below(3) != 0) return PoolAdd{id, free_contract()};
    switch (below(14)) {
        case 0:
            return PoolAdd{id, free_contract()};
        case 1:
        case 2:
            return PoolTrigger{id, static_cast<TriggerReason>(1 + below(3))};
        case 3:
            return PoolClose{id};
        case 4:
            return TransferCancel{one};
        case 5:
            return PoolRemove{id, one};
        default:
            if (offered && ownership.pending->buyback) return BuybackSettle{one, source()};
            if (offered) return TransferSettle{one, source()};
            if (ownership.owner() != pool.terms.buyer && below(8) != 0) {
                if (below(4) == 0) return PoolRemove{id, one};
                return TransferInit{one, pool.terms.buyer, 1 + amount() / 10, today_ + 9};
            }
            return BuybackInit{one, 1 + amount() / 10, today_ + static_cast<Day>(below(40)) - 1};
    }
}

TransactionBody HistoryWriter::pool_body() {
    const auto read = [this](const PoolId& wanted) {
        return read_pool(book_.records(), wanted).value();
    };
    auto id = id_of<PoolId>(pools_begun_ + below(2));
    auto pool = read(id);
    if (pool && pool->status == PoolStatus::closed) {
        // The one before it may still live.
        id = id_of<PoolId>(pools_begun_);
        pool = read(id);
    }
    if (!pool || below(20) == 0) {
        const Cast& cast = book_.cast();
        const bool least = below(3) != 0;
        return PoolCreate{id,
                          "CNY",
                          below(12) == 0 ? cast.other_trustee().id : cast.trustee().id,
                          below(12) == 0 ? cast.collector().id : cast.other_funder().id,
                          below(6) == 0 ? 0 : today_ + 500,
                          least ? static_cast<Amount>(below(30'000)) : 0,
                          least ? 1 + static_cast<std::uint32_t>(below(5)) : 0,
                          static_cast<Ppm>(below(500'000))};
    }
    switch (pool->status) {
        case PoolStatus::draft:
            if (below(30) == 0) return PoolClose{id};
            if (pool->contracts.size() > 0 && below(15) == 0) {
                return PoolRemove{id, drafted(id, *pool)};
            }
            // Without anything owed it is not sealed.
            return pool->contracts.size() > below(4) && (pool->balance > 0 || below(6) == 0)
                       ? TransactionBody{PoolSeal{id}}
                       : PoolAdd{id, free_contract()};
        case PoolStatus::sealed:
            if (below(60) == 0) return PoolClose{id};
            return sealed_body(id, *pool);
        case PoolStatus::issued:
            if (below(60) == 0) ++pools_begun_;
            return issued_body(id, *pool);
        case PoolStatus::closed:
            break;
    }
    ++pools_begun_;
    return PoolClose{id};
}

}  // namespace tally::testing
