#include <algorithm>
#include <type_traits>
#include <utility>

#include "ledger/trial_balance.h"
#include "tests/ledger/second_opinion_writer.h"

// What the writer makes up on pools: mostly the next step of one, seldom one that is out of turn.
namespace tally::testing::opinion {

using namespace ledger;

namespace {

/// Contracts that may be put into a pool.
std::vector<ContractId> free_ones(const Trial& trial) {
    std::vector<ContractId> ids;
    for (const auto& [id, contract] : trial.contracts()) {
        const Trial::Title& title = trial.titles().at(id);
        const bool active = contract.latest().status() == ContractStatus::active;
        const bool own = title.owner() == title.owners.front().first;
        const bool bound = title.pledgee || title.for_sale(trial.today());
        if (active && own && !bound && trial.pool_with(id) == nullptr) ids.push_back(id);
    }
    return ids;
}

/// What is of pools, pledges and sales, but for who takes an offer back.
bool booked_as_it_happens(const TransactionBody& body) {
    return std::visit(
        [](const auto& one) {
            using Body = std::decay_t<decltype(one)>;
            constexpr bool kPool = requires { one.pool; };
            return kPool || std::is_same_v<Body, BuybackInit> ||
                   std::is_same_v<Body, BuybackSettle> || std::is_same_v<Body, Pledge> ||
                   std::is_same_v<Body, TransferInit> || std::is_same_v<Body, TransferSettle>;
        },
        body);
}

}  // namespace

TransactionBody Writer::pool_terms(const Trial& trial) {
    const Cast& cast = trial.cast();
    Wide sum = 0;
    for (const ContractId& id : free_ones(trial)) {
        sum += trial.contracts().at(id).latest().owed(Component::principal);
    }
    PoolCreate terms;
    terms.pool = id_of<PoolId>(++last_id_);
    terms.currency = "CNY";
    terms.trustee = cast.trustee().id;
    terms.buyer = chance(70) ? cast.other_funder().id : cast.funder().id;
    if (chance(92)) terms.revolving_until = trial.today() + days(chance(10) ? 10 : 600);
    if (chance(85)) {
        terms.balance_min =
            1 + static_cast<Amount>(sum * (30 + static_cast<Wide>(below(75))) / 100);
        terms.below_days = static_cast<std::uint32_t>(1 + below(chance(80) ? 3 : 30));
    }
    if (chance(70)) terms.roll_ppm = 1 + static_cast<Ppm>(below(chance(50) ? 200'000 : 1'000'000));
    if (chance(92)) return terms;
    switch (below(7)) {
        case 0:
            terms.below_days = terms.below_days == 0 ? 1 : 0;
            break;
        case 1:
            terms.below_days = 367;
            break;
        case 2:
            terms.roll_ppm = chance(50) ? 1'000'001 : -1;
            break;
        case 3:
            terms.trustee = chance(50) ? cast.other_trustee().id : cast.auditor().id;
            break;
        case 4:
            terms.buyer = chance(50) ? cast.originator().id : cast.collector().id;
            break;
        case 5:
            terms.currency = "CN";
            break;
        default:
            if (!trial.pools().empty()) terms.pool = trial.pools().begin()->first;
    }
    return terms;
}

TransactionBody Writer::notes(const Trial& trial, const PoolId& id) {
    const Trial::Pool& pool = trial.pools().at(id);
    const Amount balance = narrow(trial.sums_of(pool).balance);
    const Amount senior = std::max<Amount>(1, balance / 2);
    const Amount rest = chance(60) ? balance / 3 : near(balance - senior);
    PoolIssue issue{id,
                    {{"senior", senior, 30'000}, {"junior", std::max<Amount>(1, rest), 80'000}}};
    if (chance(5)) issue.notes.back().name = one_of<std::string>({"senior", "", "a\nb"});
    if (chance(3)) issue.notes.back().amount = 0;
    if (chance(3)) issue.notes.resize(chance(50) ? 0 : 9, {"more", 1, 0});
    return issue;
}

TransactionBody Writer::filled(Trial& trial, const PoolId& id) {
    const Trial::Pool& pool = trial.pools().at(id);
    const std::vector<ContractId> free = free_ones(trial);
    std::vector<ContractId> all;
    for (const auto& [contract, of] : trial.contracts()) all.push_back(contract);
    if (chance(3)) return PoolClose{id};
    if (chance(5)) return PoolAdd{id, one_of(all)};
    if (!pool.added.empty() && chance(8)) return PoolRemove{id, one_of(pool.added)};
    if (free.empty() && pool.added.empty() && chance(95)) return purchase(trial).body;
    if (free.empty() || (!pool.added.empty() && chance(30))) return PoolSeal{id, 0, 0, {}};
    return PoolAdd{id, one_of(free)};
}

/// The next step of the sale of a contract to the pool's buyer; or of one that the buyer owns.
TransactionBody Writer::sold(Trial& trial, ContractId id) {
    const Trial::Title& title = trial.titles().at(id);
    const Trial::Pool& pool = *trial.pool_with(id);
    const bool owned = title.owner() == pool.said.buyer;
    if (title.for_sale(trial.today())) {
        if (chance(12)) return TransferDecline{id};
        if (chance(6)) return TransferCancel{id};
        const bool back = chance(4) ? !title.buyback : title.buyback;
        if (back) return BuybackSettle{id, reference(trial)};
        return TransferSettle{id, reference(trial)};
    }
    if (chance(owned ? 3 : 12)) return PoolRemove{title.pool.value(), id};
    const Amount price = near(trial.contracts().at(id).latest().owed());
    const Day until = trial.today() + days(25) - (chance(3) ? 1 : 0);
    if (owned ? chance(92) : chance(4)) {
        return BuybackInit{id, chance(97) ? std::max<Amount>(1, price) : 0, until};
    }
    MemberId buyer = pool.said.buyer;
    if (chance(6) || owned) {
        const Cast& cast = trial.cast();
        buyer = buyer == cast.funder().id ? cast.other_funder().id : cast.funder().id;
    }
    return TransferInit{id, buyer, std::max<Amount>(1, price), until};
}

/// Moves the balance over its least one: down by a payment, up again by taking the last one back.
TransactionBody Writer::across(Trial& trial, const PoolId& id) {
    const Trial::Pool& pool = trial.pools().at(id);
    const std::vector<ContractId> inside(pool.inside.begin(), pool.inside.end());
    const Wide above = trial.sums_of(pool).balance - pool.said.balance_min;
    if (above >= 0) {
        const Amount paid = narrow(above + 1 + static_cast<Wide>(below(3'000)));
        return Repayment{one_of(inside), paid, reference(trial), {}};
    }
    const Happening* last = nullptr;
    ContractId of = inside.front();
    for (const ContractId& contract : inside) {
        for (const Happening& event : trial.contracts().at(contract).story()) {
            const bool paid = std::holds_alternative<Repayment>(event.transaction.body);
            if (!paid || event.undone || (last != nullptr && event.entry < last->entry)) continue;
            last = &event;
            of = contract;
        }
    }
    if (last == nullptr) return OverdueMark{of, 0, 0, 0};
    return Reversal{last->submitter, last->transaction.id, of, "by mistake"};
}

TransactionBody Writer::issued(Trial& trial, const PoolId& id) {
    const Trial::Pool& pool = trial.pools().at(id);
    const auto sums = trial.sums_of(pool);
    if (sums.live == 0 && sums.balance == 0 && chance(60)) return PoolClose{id};
    const auto offered = std::find_if(pool.inside.begin(), pool.inside.end(), [&](const auto& one) {
        return trial.titles().at(one).for_sale(trial.today());
    });
    if (offered != pool.inside.end() && chance(60)) return sold(trial, *offered);
    const auto since = pool.below_since();
    if (!pool.inside.empty() && pool.said.balance_min > 0 && chance(20)) {
        return across(trial, id);
    }
    if (since && chance(45)) return PoolTrigger{id, TriggerReason::balance_below, *since};
    if (chance(5)) {
        return PoolTrigger{id, static_cast<TriggerReason>(1 + below(3)),
                           chance(20) ? trial.today() : 0};
    }
    if (chance(3)) return PoolClose{id};
    const std::vector<ContractId> inside(pool.inside.begin(), pool.inside.end());
    const std::vector<ContractId> free = free_ones(trial);
    if (!free.empty() && chance(30)) return PoolAdd{id, one_of(free)};
    if (inside.empty() || chance(3)) return PoolSeal{id, 0, 0, {}};
    const ContractId contract = one_of(inside);
    const Picture picture = trial.contracts().at(contract).at(trial.today());
    switch (below(8)) {
        case 0:
        case 1:
            return OverdueMark{contract, 0, 0, 0};
        case 2:
            return PrepaySettle{contract, 1, reference(trial)};
        case 3:
        case 4:
            return Repayment{contract, amount_for(picture), reference(trial), {}};
        default:
            return sold(trial, contract);
    }
}

/// Types that come about seldom enough for a run without one of them.
std::optional<TransactionBody> Writer::seldom_seen(Trial& trial) {
    std::vector<TransactionBody> all;
    for (const auto& [id, debit] : trial.debits()) {
        if (!debit.result) all.emplace_back(result(trial, id));
    }
    for (const auto& [id, mandate] : trial.mandates()) {
        if (chance(30)) all.emplace_back(MandateRevoke{id});
    }
    for (const auto& [id, contract] : trial.contracts()) {
        const Trial::Title& title = trial.titles().at(id);
        if (contract.collector()) all.emplace_back(CollectionRecall{id});
        if (title.pledgee || chance(15)) all.emplace_back(Release{id});
        if (title.buyback || title.pool || chance(5)) {
            all.emplace_back(BuybackSettle{id, reference(trial)});
        }
    }
    if (all.empty()) return std::nullopt;
    return one_of(all);
}

TransactionBody Writer::pool_step(Trial& trial) {
    if (chance(8)) {
        if (auto body = seldom_seen(trial)) return *std::move(body);
    }
    std::vector<PoolId> open;
    for (const auto& [id, pool] : trial.pools()) {
        if (pool.status != PoolStatus::closed || chance(3)) open.push_back(id);
    }
    const bool more = open.size() < 3 && chance(6) && !trial.contracts().empty();
    if (open.empty() || more) return pool_terms(trial);
    if (chance(1)) return PoolClose{id_of<PoolId>(++last_id_)};
    const PoolId id = one_of(open);
    const Trial::Pool& pool = trial.pools().at(id);
    const std::vector<ContractId> inside(pool.inside.begin(), pool.inside.end());
    if (!inside.empty() && chance(4)) {
        const ContractId bound = one_of(inside);
        if (chance(50)) return Pledge{bound, trial.cast().funder().id};
        return sold(trial, bound);
    }
    if (pool.status == PoolStatus::draft) return filled(trial, id);
    if (pool.status == PoolStatus::issued) return issued(trial, id);
    const bool over = trial.sums_of(pool).balance == 0;
    if (chance(over ? 80 : 2)) return PoolClose{id};
    const auto waits = std::find_if(inside.begin(), inside.end(), [&](const ContractId& contract) {
        return trial.titles().at(contract).owner() != pool.said.buyer &&
               trial.contracts().at(contract).latest().status() == ContractStatus::active;
    });
    if (waits != inside.end() && chance(94)) return sold(trial, *waits);
    return notes(trial, id);
}

/// Half of the claims are those of the second opinion.
void Writer::claim_of_pool(const Trial& trial, TransactionBody& body) {
    auto* seal = std::get_if<PoolSeal>(&body);
    const auto known = seal == nullptr ? trial.pools().end() : trial.pools().find(seal->pool);
    if (known == trial.pools().end() || known->second.added.empty()) return;
    seal->contracts = static_cast<std::uint32_t>(known->second.added.size());
    seal->principal = narrow(trial.sums_of(known->second).balance);
    seal->root = Trial::root_of(known->second);
    if (chance(90)) return;
    switch (below(3)) {
        case 0:
            seal->contracts += 1;
            break;
        case 1:
            seal->principal += chance(50) ? 1 : -1;
            break;
        default:
            seal->root.bytes[below(32)] ^= 1;
    }
}

Transaction Writer::pooled(Trial& trial) {
    Transaction transaction = trial.draft(pool_step(trial), trial.today());
    if (booked_as_it_happens(transaction.body) && chance(4)) {
        const Day older = one_of(read_days(trial.book().records()).value().open);
        if (older <= trial.today()) transaction.business_date = transaction.value_date = older;
    } else if (booked_as_it_happens(transaction.body) && chance(2)) {
        --transaction.value_date;
    }
    const bool trigger = std::holds_alternative<PoolTrigger>(transaction.body);
    if (!trigger && (chance(50) || !std::holds_alternative<PoolSeal>(transaction.body))) {
        transaction = trial.proposed(std::move(transaction));
    } else {
        claim_of_pool(trial, transaction.body);
    }
    if (auto* early = std::get_if<PoolTrigger>(&transaction.body)) {
        if (early->below_since > 0 && chance(8)) early->below_since += chance(50) ? 1 : -1;
    }
    return transaction;
}

}  // namespace tally::testing::opinion
