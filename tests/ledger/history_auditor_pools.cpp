#include <algorithm>

#include "tests/ledger/history_auditor.h"
#include "tests/support/catch.h"

// Which contracts are in which pool, and what the pools sum to.

namespace tally::testing {

using namespace ledger;

void HistoryAuditor::on_pool_terms(const TransactionBody& body) {
    if (const auto* seal = std::get_if<PoolSeal>(&body)) {
        Pool& pool = pools_.at(seal->pool);
        REQUIRE(pool.status == PoolStatus::draft);
        std::vector<crypto::Digest> leaves;
        for (const ContractId& id : pool.added) leaves.push_back(crypto::leaf_hash(id.bytes));
        REQUIRE(seal->contracts == leaves.size());
        REQUIRE(seal->root == crypto::merkle_root(leaves));
        pool.status = PoolStatus::sealed;
    } else if (const auto* issue = std::get_if<PoolIssue>(&body)) {
        REQUIRE(pools_.at(issue->pool).status == PoolStatus::sealed);
        pools_.at(issue->pool).status = PoolStatus::issued;
    } else if (const auto* trigger = std::get_if<PoolTrigger>(&body)) {
        REQUIRE(pools_.at(trigger->pool).status == PoolStatus::issued);
        REQUIRE_FALSE(std::exchange(pools_.at(trigger->pool).triggered, true));
    } else if (const auto* close = std::get_if<PoolClose>(&body)) {
        REQUIRE(pools_.at(close->pool).status != PoolStatus::closed);
        pools_.at(close->pool).status = PoolStatus::closed;
        for (auto& [id, title] : titles_) {
            if (title.in == close->pool) title.in.reset();
        }
    }
}

void HistoryAuditor::on_pool(const Transaction& transaction,
                             const std::vector<const Party*>& signers) {
    const auto signed_by = [&signers](const MemberId& member) {
        return std::ranges::any_of(signers,
                                   [&member](const Party* party) { return party->id == member; });
    };
    const TransactionBody& body = transaction.body;
    const Day day = transaction.value_date;
    if (const auto* creation = std::get_if<PoolCreate>(&body)) {
        const Pool pool{*creation, signers.front()->id, {}, PoolStatus::draft, false};
        REQUIRE(pools_.emplace(creation->pool, pool).second);
        REQUIRE(signed_by(creation->trustee));
    } else if (const auto* addition = std::get_if<PoolAdd>(&body)) {
        Title& title = titles_.at(addition->contract);
        Pool& pool = pools_.at(addition->pool);
        REQUIRE_FALSE(title.in);
        REQUIRE_FALSE(title.pledgee);
        REQUIRE((!title.offer || title.offer->valid_until < day));
        REQUIRE(title.owners.back().first == pool.originator);
        REQUIRE(signed_by(pool.said.trustee));
        REQUIRE((pool.status == PoolStatus::draft ||
                 (pool.status == PoolStatus::issued && !pool.triggered &&
                  day <= pool.said.revolving_until)));
        pool.added.push_back(addition->contract);
        title.in = addition->pool;
    } else if (const auto* removal = std::get_if<PoolRemove>(&body)) {
        Title& title = titles_.at(removal->contract);
        const Pool& pool = pools_.at(removal->pool);
        REQUIRE(title.in == removal->pool);
        REQUIRE(title.owners.back().first == pool.originator);
        REQUIRE((!title.offer || title.offer->valid_until < day));
        REQUIRE(signed_by(pool.originator));
        REQUIRE(signed_by(pool.said.trustee));
        REQUIRE((pool.status == PoolStatus::draft || pool.status == PoolStatus::issued));
        title.in.reset();
    } else if (const auto* offer = std::get_if<BuybackInit>(&body)) {
        Title& title = titles_.at(offer->contract);
        const Pool& pool = pools_.at(title.in.value());
        REQUIRE(pool.status == PoolStatus::issued);
        REQUIRE(title.owners.back().first == pool.said.buyer);
        REQUIRE(title.owners.back().second <= day);
        REQUIRE((!title.offer || title.offer->valid_until < day));
        REQUIRE(signed_by(pool.said.trustee));
        title.offer = {offer->contract, pool.originator, offer->price, offer->valid_until};
        title.buyback = true;
    } else if (const auto* settlement = std::get_if<BuybackSettle>(&body)) {
        Title& title = titles_.at(settlement->contract);
        REQUIRE(title.buyback);
        REQUIRE(title.offer.value().valid_until >= day);
        REQUIRE(signed_by(title.offer->buyer));
        REQUIRE(signed_by(pools_.at(title.in.value()).said.trustee));
        title.owners.emplace_back(title.offer->buyer, day + 1);
        title.offer.reset();
        title.in.reset();
    }
    on_pool_terms(body);
}

void HistoryAuditor::check_pools(const Book& book) const {
    for (const auto& [id, pool] : pools_) {
        const PoolRecord record = read_pool(book.records(), id).value().value();
        REQUIRE(record.status == pool.status);
        std::vector<ContractId> added;
        const auto places =
            read_pool_contracts(book.records(), id, 0, pool.added.size() + 1).value();
        for (const PoolContractRecord& place : places) added.push_back(place.contract);
        REQUIRE(added == pool.added);
        Amount balance = 0;
        std::uint64_t live = 0;
        std::uint64_t owned = 0;
        for (const auto& [contract, title] : titles_) {
            if (title.in != id) continue;
            const Position position = book.contract(contract).value().position;
            balance += position.outstanding[3];
            if (position.status != ContractStatus::active) continue;
            ++live;
            if (title.owners.back().first == pool.said.buyer) ++owned;
        }
        REQUIRE(record.balance == balance);
        REQUIRE(record.live == live);
        REQUIRE(record.owned == owned);
        const bool watched = pool.status == PoolStatus::issued;
        REQUIRE(record.below.since.has_value() == (watched && balance < pool.said.balance_min));
    }
}

}  // namespace tally::testing
