#include <algorithm>

#include "crypto/digest.h"
#include "ledger/dates.h"
#include "ledger/queries.h"
#include "tests/ledger/second_opinion_trial.h"

// Pools, once more by another hand: what docs/CREDIT.md says of them. Sums are taken from the
// pictures of all contracts that are in the pool, each time anew.
namespace tally::testing::opinion {

using namespace ledger;

namespace {

struct Wrongs {
    std::vector<Outcome> all;
    void refuse_if(bool wrong, Outcome outcome) {
        if (wrong) all.push_back(outcome);
    }
    void add(const std::vector<Outcome>& more) { all.insert(all.end(), more.begin(), more.end()); }
};

template <typename... Bodies>
bool is_one_of(const TransactionBody& body) {
    return (std::holds_alternative<Bodies>(body) || ...);
}

std::optional<PoolId> named_pool(const TransactionBody& body) {
    return std::visit(
        [](const auto& one) -> std::optional<PoolId> {
            if constexpr (requires { one.pool; }) return one.pool;
            return std::nullopt;
        },
        body);
}

/// RFC 6962, section 2.1, as it is written there.
crypto::Digest tree_hash(const std::vector<ContractId>& leaves, std::size_t from, std::size_t to) {
    if (to - from == 1) {
        std::vector<std::uint8_t> leaf{0x00};
        leaf.insert(leaf.end(), leaves[from].bytes.begin(), leaves[from].bytes.end());
        return crypto::sha256(leaf);
    }
    std::size_t half = 1;
    while (2 * half < to - from) half *= 2;
    std::vector<std::uint8_t> node{0x01};
    for (const crypto::Digest& side :
         {tree_hash(leaves, from, from + half), tree_hash(leaves, from + half, to)}) {
        node.insert(node.end(), side.bytes.begin(), side.bytes.end());
    }
    return crypto::sha256(node);
}

bool note_fits(const PoolNote& note) {
    return !note.name.empty() && note.name.size() <= 32 && note.amount > 0 && note.rate_ppm >= 0 &&
           note.rate_ppm <= 10'000'000;
}

}  // namespace

bool Trial::Pool::revolves(Day day) const {
    return status == PoolStatus::issued && !triggered_on && day <= said.revolving_until &&
           said.revolving_until != 0;
}

std::optional<Day> Trial::Pool::below_since() const {
    std::optional<Day> since;
    for (auto end = ends.rbegin(); end != ends.rend() && end->second; ++end) since = end->first;
    return since;
}

crypto::Digest Trial::root_of(const Pool& pool) {
    return tree_hash(pool.added, 0, pool.added.size());
}

Trial::PoolSums Trial::sums_of(const Pool& pool) const {
    PoolSums sums;
    for (const ContractId& id : pool.inside) {
        const Picture picture = contracts_.at(id).latest();
        sums.balance += picture.owed(Component::principal);
        if (picture.status() != ContractStatus::active) continue;
        ++sums.live;
        if (titles_.at(id).owner() == pool.said.buyer) ++sums.owned;
    }
    return sums;
}

const Trial::Pool* Trial::pool_with(ContractId id) const {
    const auto title = titles_.find(id);
    if (title == titles_.end() || !title->second.pool) return nullptr;
    const Pool& pool = pools_.at(*title->second.pool);
    return pool.status == PoolStatus::closed ? nullptr : &pool;
}

std::vector<Outcome> Trial::judge_pool(const Transaction& transaction,
                                       const Signers& signers) const {
    const TransactionBody& body = transaction.body;
    const Day day = transaction.business_date;
    Wrongs wrong;
    if (const auto* issue = std::get_if<PoolIssue>(&body)) {
        for (const PoolNote& note : issue->notes) {
            if (note.name.find('\n') != std::string::npos) return {Outcome::malformed_transaction};
        }
    }
    const bool alone = is_one_of<PoolTrigger>(body);
    wrong.refuse_if(!has(Role::trustee, signers), Outcome::role_missing);
    wrong.refuse_if(!alone && !has(Role::originator, signers), Outcome::role_missing);
    wrong.refuse_if(transaction.value_date > day, Outcome::value_date_ahead);
    wrong.refuse_if(transaction.value_date != day, Outcome::backdated_too_far);
    wrong.refuse_if(is_closed(day), Outcome::day_closed);
    if (is_one_of<BuybackInit, BuybackSettle>(body)) {
        wrong.add(judge_buyback(transaction, signers));
        return wrong.all;
    }
    if (const auto* creation = std::get_if<PoolCreate>(&body)) {
        wrong.add(judge_own(*creation, transaction, signers));
        return wrong.all;
    }
    const auto found = pools_.find(named_pool(body).value());
    if (found == pools_.end()) {
        wrong.refuse_if(true, Outcome::pool_unknown);
        return wrong.all;
    }
    const Pool& pool = found->second;
    wrong.refuse_if(!alone && keys_of(pool.originator, signers) == 0, Outcome::owner_differs);
    wrong.refuse_if(keys_of(pool.said.trustee, signers) == 0, Outcome::trustee_differs);
    wrong.refuse_if(day < pool.last, Outcome::date_out_of_order);
    const std::vector<Outcome> own = std::visit(
        [&](const auto& one) -> std::vector<Outcome> {
            if constexpr (requires { this->judge_own(one, transaction, pool); }) {
                return this->judge_own(one, transaction, pool);
            }
            return {Outcome::malformed_transaction};
        },
        body);
    wrong.add(own);
    return wrong.all;
}

std::vector<Outcome> Trial::judge_own(const PoolCreate& creation, const Transaction& /*whole*/,
                                      const Signers& signers) const {
    Wrongs wrong;
    const auto has_role = [&](MemberId id, Role role) {
        const auto& members = cast().genesis().members;
        return std::any_of(members.begin(), members.end(), [&](const GenesisMember& member) {
            return member.id == id && (member.roles & static_cast<std::uint16_t>(role)) != 0;
        });
    };
    wrong.refuse_if(pools_.contains(creation.pool), Outcome::pool_exists);
    wrong.refuse_if(!has_role(creation.buyer, Role::funder), Outcome::buyer_invalid);
    wrong.refuse_if(!has_role(creation.trustee, Role::trustee), Outcome::trustee_differs);
    wrong.refuse_if(keys_of(creation.trustee, signers) == 0, Outcome::trustee_differs);
    wrong.refuse_if(creation.currency != "CNY", Outcome::currency_unknown);
    const bool none = creation.balance_min == 0 && creation.below_days == 0;
    const bool some =
        creation.balance_min > 0 && creation.below_days > 0 && creation.below_days < 367;
    const bool rate = creation.roll_ppm >= 0 && creation.roll_ppm <= 1'000'000;
    const bool until = creation.revolving_until >= 0 && creation.revolving_until <= kDayMax;
    wrong.refuse_if((!none && !some) || !rate || !until, Outcome::pool_terms_out_of_range);
    return wrong.all;
}

std::vector<Outcome> Trial::judge_own(const PoolAdd& addition, const Transaction& transaction,
                                      const Pool& pool) const {
    Wrongs wrong;
    const Day day = transaction.business_date;
    wrong.refuse_if(pool.status != PoolStatus::draft && !pool.revolves(day),
                    Outcome::pool_not_open);
    const auto known = contracts_.find(addition.contract);
    if (known == contracts_.end()) {
        wrong.refuse_if(true, Outcome::contract_unknown);
        return wrong.all;
    }
    const Title& title = titles_.at(addition.contract);
    wrong.refuse_if(pool.originator != cast().originator().id, Outcome::owner_differs);
    wrong.refuse_if(title.owner() != title.owners.front().first, Outcome::contract_sold);
    wrong.refuse_if(title.pledgee.has_value(), Outcome::pledged);
    wrong.refuse_if(title.for_sale(day), Outcome::transfer_pending);
    wrong.refuse_if(pool_with(addition.contract) != nullptr, Outcome::pooled);
    wrong.add(judge_order(title, known->second, day));
    wrong.add(known->second.judge(transaction));
    return wrong.all;
}

std::vector<Outcome> Trial::judge_own(const PoolRemove& removal, const Transaction& transaction,
                                      const Pool& pool) const {
    Wrongs wrong;
    const Day day = transaction.business_date;
    wrong.refuse_if(pool.status == PoolStatus::sealed || pool.status == PoolStatus::closed,
                    Outcome::pool_not_open);
    const auto known = contracts_.find(removal.contract);
    if (known == contracts_.end()) {
        wrong.refuse_if(true, Outcome::contract_unknown);
        return wrong.all;
    }
    const Title& title = titles_.at(removal.contract);
    wrong.refuse_if(!pool.inside.contains(removal.contract), Outcome::not_pooled);
    wrong.refuse_if(title.owner() != pool.originator, Outcome::contract_sold);
    wrong.refuse_if(title.pledgee.has_value(), Outcome::pledged);
    wrong.refuse_if(title.for_sale(day), Outcome::transfer_pending);
    wrong.add(judge_order(title, known->second, day));
    wrong.add(known->second.judge(transaction));
    return wrong.all;
}

std::vector<Outcome> Trial::judge_own(const PoolSeal& seal, const Transaction& /*whole*/,
                                      const Pool& pool) const {
    Wrongs wrong;
    wrong.refuse_if(pool.status != PoolStatus::draft, Outcome::pool_not_draft);
    const bool same = sums_of(pool).balance > 0 && seal.contracts == pool.added.size() &&
                      seal.principal == sums_of(pool).balance && seal.root == root_of(pool);
    wrong.refuse_if(!same, Outcome::pool_differs);
    return wrong.all;
}

std::vector<Outcome> Trial::judge_own(const PoolIssue& issue, const Transaction& /*whole*/,
                                      const Pool& pool) const {
    Wrongs wrong;
    wrong.refuse_if(pool.status != PoolStatus::sealed, Outcome::pool_not_sealed);
    const PoolSums sums = sums_of(pool);
    wrong.refuse_if(sums.owned < sums.live, Outcome::pool_not_owned);
    Wide all = 0;
    std::set<std::string> names;
    bool fit = !issue.notes.empty() && issue.notes.size() <= 8;
    for (const PoolNote& note : issue.notes) {
        fit = fit && note_fits(note) && names.insert(note.name).second;
        all += note.amount;
    }
    wrong.refuse_if(!fit, Outcome::pool_terms_out_of_range);
    wrong.refuse_if(all > sums.balance, Outcome::above_pool_balance);
    return wrong.all;
}

std::vector<Outcome> Trial::judge_own(const PoolTrigger& trigger, const Transaction& transaction,
                                      const Pool& pool) const {
    Wrongs wrong;
    const Day day = transaction.business_date;
    wrong.refuse_if(pool.status != PoolStatus::issued, Outcome::pool_not_issued);
    wrong.refuse_if(pool.status == PoolStatus::issued && !pool.revolves(day),
                    Outcome::pool_amortising);
    if (trigger.reason != TriggerReason::balance_below) {
        wrong.refuse_if(trigger.below_since != 0, Outcome::pool_differs);
        return wrong.all;
    }
    const auto since = pool.below_since();
    wrong.refuse_if(!since, Outcome::trigger_not_met);
    wrong.refuse_if(since && trigger.below_since != *since, Outcome::pool_differs);
    wrong.refuse_if(since && day - *since + 1 < static_cast<Day>(pool.said.below_days),
                    Outcome::trigger_not_met);
    return wrong.all;
}

std::vector<Outcome> Trial::judge_own(const PoolClose& /*close*/, const Transaction& /*whole*/,
                                      const Pool& pool) const {
    Wrongs wrong;
    const PoolSums sums = sums_of(pool);
    const bool paid = sums.balance == 0 && sums.live == 0;
    wrong.refuse_if(
        pool.status == PoolStatus::closed || (pool.status == PoolStatus::issued && !paid),
        Outcome::pool_not_over);
    return wrong.all;
}

std::vector<Outcome> Trial::judge_buyback(const Transaction& transaction,
                                          const Signers& signers) const {
    const TransactionBody& body = transaction.body;
    const ContractId id = contract_of(body).value();
    const Day day = transaction.business_date;
    const Title& title = titles_.at(id);
    const Pool* pool = pool_with(id);
    Wrongs wrong;
    wrong.refuse_if(keys_of(title.owners.front().first, signers) == 0, Outcome::owner_differs);
    if (pool == nullptr || pool->status != PoolStatus::issued) {
        wrong.refuse_if(true, Outcome::not_pooled);
        wrong.add(contracts_.at(id).judge(transaction));
        return wrong.all;
    }
    wrong.refuse_if(keys_of(pool->said.trustee, signers) == 0, Outcome::trustee_differs);
    wrong.refuse_if(day < pool->last, Outcome::date_out_of_order);
    if (const auto* offer = std::get_if<BuybackInit>(&body)) {
        wrong.refuse_if(offer->price <= 0, Outcome::amount_not_positive);
        wrong.refuse_if(offer->price > 10 * contracts_.at(offer->contract).latest().principal,
                        Outcome::price_out_of_range);
        wrong.refuse_if(offer->valid_until < 0 || offer->valid_until > kDayMax,
                        Outcome::date_out_of_range);
        wrong.refuse_if(offer->valid_until < day, Outcome::transfer_expired);
        wrong.refuse_if(title.owner() != pool->said.buyer, Outcome::pool_not_owned);
        wrong.refuse_if(title.pledgee.has_value(), Outcome::pledged);
        wrong.refuse_if(title.for_sale(day), Outcome::transfer_pending);
    } else {
        wrong.refuse_if(!title.offer || !title.buyback, Outcome::transfer_not_pending);
        wrong.refuse_if(title.offer && !title.for_sale(day), Outcome::transfer_expired);
        wrong.add(judge_reference(id, std::get<BuybackSettle>(body).source_ref));
    }
    wrong.add(judge_order(title, contracts_.at(id), day));
    wrong.add(contracts_.at(id).judge(transaction));
    return wrong.all;
}

bool Trial::book_pool(const Transaction& transaction, const Signers& signers) {
    const TransactionBody& body = transaction.body;
    const auto id = named_pool(body);
    if (!id) return false;
    Pool& pool = pools_[*id];
    pool.last = transaction.business_date;
    if (const auto* creation = std::get_if<PoolCreate>(&body)) {
        pool.said = *creation;
        const bool other = keys_of(cast().originator().id, signers) == 0;
        pool.originator = other ? cast().other_originator().id : cast().originator().id;
    } else if (const auto* addition = std::get_if<PoolAdd>(&body)) {
        pool.added.push_back(addition->contract);
        pool.inside.insert(addition->contract);
        titles_.at(addition->contract).pool = *id;
        return false;  // its contract has it too
    } else if (const auto* removal = std::get_if<PoolRemove>(&body)) {
        pool.inside.erase(removal->contract);
        titles_.at(removal->contract).pool.reset();
        return false;  // likewise
    } else if (const auto* seal = std::get_if<PoolSeal>(&body)) {
        pool.status = PoolStatus::sealed;
        pool.sealed = *seal;
    } else if (is_one_of<PoolIssue>(body)) {
        pool.status = PoolStatus::issued;
    } else if (is_one_of<PoolTrigger>(body)) {
        pool.triggered_on = transaction.business_date;
    } else {
        pool.status = PoolStatus::closed;
        pool.inside.clear();
    }
    return true;
}

/// How the day ends, as far as it is known; and what is warned of.
void Trial::follow_pools(const Transaction& transaction) {
    const auto* mark = std::get_if<OverdueMark>(&transaction.body);
    for (auto& [id, pool] : pools_) {
        if (pool.status != PoolStatus::issued) continue;
        const PoolSums sums = sums_of(pool);
        if (pool.said.balance_min > 0) {
            pool.ends[today_] = sums.balance < pool.said.balance_min;
            if (const auto since = pool.below_since()) pool.warned_below.insert(*since);
        }
        if (mark == nullptr || !pool.inside.contains(mark->contract)) continue;
        const auto& story = contracts_.at(mark->contract).story();
        std::uint32_t before = 0;
        for (std::size_t place = 0; place + 1 < story.size(); ++place) {
            const auto* earlier = std::get_if<OverdueMark>(&story[place].transaction.body);
            if (earlier != nullptr) before = earlier->bucket;
        }
        if (mark->bucket <= before) continue;
        const Wide principal = contracts_.at(mark->contract).latest().owed(Component::principal);
        if (principal == 0) continue;
        pool.rolled[today_] += principal;
        const bool much = pool.said.roll_ppm > 0 &&
                          pool.rolled[today_] * 1'000'000 >= pool.said.roll_ppm * sums.balance;
        if (much) pool.warned_rolled.insert(today_);
    }
}

void Trial::compare_pools() {
    for (const auto& [id, ours] : pools_) {
        const auto theirs = read_pool(book_.records(), id).value();
        if (!theirs) return differ("a pool is not there");
        const PoolSums sums = sums_of(ours);
        expect("pool's status", static_cast<int>(theirs->status), static_cast<int>(ours.status));
        expect("pool's contracts", static_cast<Wide>(theirs->contracts.size()),
               static_cast<Wide>(ours.added.size()));
        expect("pool's balance", theirs->balance, sums.balance);
        expect("pool's live ones", static_cast<Wide>(theirs->live), sums.live);
        expect("pool's owned ones", static_cast<Wide>(theirs->owned), sums.owned);
        expect("amortises", theirs->triggered.has_value(), ours.triggered_on.has_value());
        expect("pool's trustee differs", theirs->terms.trustee == ours.said.trustee, true);
        expect("pool's originator differs", theirs->owner == ours.originator, true);
        if (!ours.added.empty()) {
            expect("pool's root differs", theirs->contracts.root() == root_of(ours), true);
        }
        std::vector<ContractId> listed;
        const auto places =
            read_pool_contracts(book_.records(), id, 0, ours.added.size() + 1).value();
        for (const PoolContractRecord& place : places) listed.push_back(place.contract);
        expect("pool's list differs", listed == ours.added, true);
        if (ours.status == PoolStatus::issued) {
            expect("below since", theirs->below.since.value_or(-1),
                   ours.below_since().value_or(-1));
            if (!ours.rolled.empty()) {
                expect("rolled on", theirs->rolled.on, ours.rolled.rbegin()->first);
                expect("rolled", theirs->rolled.amount, ours.rolled.rbegin()->second);
            }
        }
        compare_alerts(id, ours);
    }
}

void Trial::compare_alerts(PoolId id, const Pool& ours) {
    const auto view =
        read_alerts(book_.records(), AccountClass::pool, id.bytes, ~std::uint64_t{0} - 1).value();
    Wide below = 0, rolled = 0;
    for (const auto& item : view.alerts) {
        (item.record.rule == AlertRule::pool_balance ? below : rolled) += 1;
    }
    if (!view.whole) return;
    expect("warnings of the balance", below, static_cast<Wide>(ours.warned_below.size()));
    expect("warnings of what rolled", rolled, static_cast<Wide>(ours.warned_rolled.size()));
}

}  // namespace tally::testing::opinion
