#include "ledger/ownership.h"
#include "tests/ledger/history_writer.h"

// What random histories do with pools.

namespace tally::testing {

using namespace ledger;

TransactionBody HistoryWriter::sealed_body(PoolId id, const PoolRecord& pool) {
    const auto contracts =
        read_pool_contracts(book_.records(), id, 0, pool.contracts.size()).value();
    for (const ContractId& one : contracts) {
        const Ownership ownership = ownership_of(book_.contract(one).value().body);
        if (ownership.owner() == pool.terms.buyer || below(4) == 0) continue;
        if (ownership.pending && ownership.pending->live_on(today_) && below(8) != 0)
            return TransferSettle{one, source()};
        return TransferInit{one, pool.terms.buyer, 1 + amount() / 10,
                            today_ + static_cast<Day>(below(40))};
    }
    PoolIssue issue{id, {{"senior", 1 + static_cast<Amount>(below(500)), 40'000}}};
    if (below(8) == 0) issue.notes.push_back(issue.notes.front());
    return issue;
}

TransactionBody HistoryWriter::issued_body(PoolId id, const PoolRecord& pool) {
    const auto contracts =
        read_pool_contracts(book_.records(), id, 0, pool.contracts.size()).value();
    // Mostly one that is on offer, or hardly any would be bought back.
    ContractId one = any_of(contracts);
    Ownership ownership;
    for (int tries = 0; tries < 4; ++tries) {
        ownership = ownership_of(book_.contract(one).value().body);
        if (ownership.pending && ownership.pending->live_on(today_)) break;
        if (tries < 3) one = any_of(contracts);
    }
    const bool offered = ownership.pending && ownership.pending->live_on(today_);
    switch (below(10)) {
        case 0:
            return PoolAdd{id, contract()};
        case 1:
            return PoolTrigger{id, static_cast<TriggerReason>(1 + below(3))};
        case 2:
            return PoolClose{id};
        case 3:
            return TransferInit{one, pool.terms.buyer, 1 + amount() / 10, today_ + 9};
        case 4:
            return TransferCancel{one};
        default:
            if (offered && ownership.pending->buyback) return BuybackSettle{one, source()};
            if (offered) return TransferSettle{one, source()};
            return BuybackInit{one, 1 + amount() / 10, today_ + static_cast<Day>(below(40)) - 1};
    }
}

TransactionBody HistoryWriter::pool_body() {
    const auto id = id_of<PoolId>(pools_begun_ + below(2));
    const auto pool = read_pool(book_.records(), id).value();
    if (!pool || below(20) == 0) {
        const Cast& cast = book_.cast();
        const bool least = below(3) != 0;
        return PoolCreate{id,
                          "CNY",
                          below(12) == 0 ? cast.other_trustee().id : cast.trustee().id,
                          below(12) == 0 ? cast.collector().id : cast.other_funder().id,
                          below(3) == 0 ? 0 : today_ + 500,
                          least ? static_cast<Amount>(below(30'000)) : 0,
                          least ? 1 + static_cast<std::uint32_t>(below(5)) : 0,
                          static_cast<Ppm>(below(500'000))};
    }
    switch (pool->status) {
        case PoolStatus::draft:
            if (below(30) == 0) return PoolClose{id};
            return pool->contracts.size() > below(4) ? TransactionBody{PoolSeal{id}}
                                                     : PoolAdd{id, contract()};
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
