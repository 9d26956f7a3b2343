#include <algorithm>

#include "crypto/merkle.h"
#include "ledger/ownership.h"
#include "tests/ledger/second_opinion_trial.h"

// What must hold of pools, stated from outside.
namespace tally::testing::opinion {

using namespace ledger;

namespace {

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

}  // namespace

/// Who is in which pool, as transactions said; and that its trustee signed whatever was said of it.
void Invariants::move_pool(const TransactionBody& body, const std::vector<MemberId>& signers) {
    const auto by = [&signers](const MemberId& member) {
        return std::find(signers.begin(), signers.end(), member) != signers.end();
    };
    std::optional<PoolId> pool = named_pool(body);
    if (is_one_of<BuybackInit, BuybackSettle>(body)) {
        const auto in = in_pool_.find(contract_of(body).value());
        expect(in != in_pool_.end(), "what is bought back was in a pool");
        if (in != in_pool_.end()) pool = in->second;
    }
    if (const auto* creation = std::get_if<PoolCreate>(&body)) {
        expect(pools_.emplace(creation->pool, *creation).second, "a pool is created once");
    }
    if (!pool) return;
    expect(by(pools_.at(*pool).trustee),
           "the pool's trustee signed a " + std::string(type_name(body)));
    if (const auto* addition = std::get_if<PoolAdd>(&body)) {
        expect(in_pool_.emplace(addition->contract, *pool).second, "a contract is in one pool");
    } else if (const auto* removal = std::get_if<PoolRemove>(&body)) {
        const auto in = in_pool_.find(removal->contract);
        expect(in != in_pool_.end() && in->second == *pool, "what is taken out was in the pool");
        in_pool_.erase(removal->contract);
    } else if (is_one_of<BuybackSettle>(body)) {
        in_pool_.erase(contract_of(body).value());
    } else if (is_one_of<PoolClose>(body)) {
        std::erase_if(in_pool_, [&](const auto& in) { return in.second == *pool; });
    }
}

void Invariants::bound(ContractId id, Day today) {
    const auto view = book_.contract(id);
    if (!view) return;
    const Ownership ownership = ownership_of(view->body);
    for (std::size_t place = 1; place < ownership.chain.size(); ++place) {
        expect(ownership.chain[place - 1].from < ownership.chain[place].from,
               "a contract has one owner on each date");
    }
    const auto in = in_pool_.find(id);
    if (in == in_pool_.end()) return;
    expect(!ownership.pledge.has_value(), "what is in a pool is not pledged");
    const bool live = ownership.pending && ownership.pending->live_on(today);
    expect(!live || ownership.pending->buyback ||
               ownership.pending->buyer == pools_.at(in->second).buyer,
           "what is in a pool is offered to the pool's buyer alone");
}

/// A pool's balance is the principal outstanding of what is in it, and its root that of what was
/// sealed.
void Invariants::sums_up(PoolId id) {
    const auto record = read_pool(book_.records(), id).value();
    expect(record.has_value(), "a pool that was created is on record");
    if (!record) return;
    Wide sum = 0;
    bool sold = true, over = true;
    for (const auto& [contract, pool] : in_pool_) {
        if (pool != id) continue;
        const auto view = book_.contract(contract);
        sum += view->position.outstanding[place_of(Component::principal)];
        if (view->position.status != ContractStatus::active) continue;
        over = false;
        sold = sold && ownership_of(view->body).owner() == record->terms.buyer;
    }
    expect(record->balance == sum, "a pool's balance is the sum of its contracts");
    expect(sold == (record->live == record->owned), "a pool knows what its buyer owns");
    expect(over == (record->live == 0), "a pool knows what is over");
    if (!record->sealed) return;
    const PoolSeal& seal = record->sealed->said;
    const auto list = read_pool_contracts(book_.records(), id, 0, seal.contracts).value();
    std::vector<crypto::Digest> leaves;
    for (const PoolContractRecord& place : list) {
        leaves.push_back(crypto::leaf_hash(place.contract.bytes));
    }
    expect(crypto::merkle_root(leaves) == seal.root,
           "what was sealed is what was added until then");
}

void Invariants::pooled(const Transaction& transaction, Day today,
                        const std::vector<MemberId>& signers, std::optional<ContractId> about) {
    const TransactionBody& body = transaction.body;
    move_pool(body, signers);
    if (about) bound(*about, today);
    for (const auto& [id, terms] : pools_) sums_up(id);
    if (const auto* issue = std::get_if<PoolIssue>(&body)) {
        const auto record = read_pool(book_.records(), issue->pool).value();
        Wide notes = 0;
        for (const PoolNote& note : issue->notes) notes += note.amount;
        expect(notes <= record->balance, "notes are within the pool's balance");
        expect(record->live == record->owned, "notes are issued against what the buyer owns");
    } else if (const auto* trigger = std::get_if<PoolTrigger>(&body)) {
        const auto record = read_pool(book_.records(), trigger->pool).value();
        if (trigger->reason != TriggerReason::balance_below) return;
        expect(record->balance < record->terms.balance_min, "a pool that ended early is below");
        expect(transaction.business_date - trigger->below_since + 1 >=
                   static_cast<Day>(record->terms.below_days),
               "a pool ends early after so many days");
    }
}

}  // namespace tally::testing::opinion
