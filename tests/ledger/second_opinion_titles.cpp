#include <algorithm>

#include "ledger/dates.h"
#include "ledger/ownership.h"
#include "tests/ledger/second_opinion_trial.h"

// Whose a contract is, once more by another hand: what docs/CREDIT.md says of pledges and sales.
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

}  // namespace

std::vector<std::string> Trial::references() const {
    std::vector<std::string> all;
    for (const auto& [posted, contract] : references_) all.push_back(posted.second);
    return all;
}

bool Trial::posted(ContractId id, const std::string& reference) const {
    const Title& title = titles_.at(id);
    for (const auto& [by, contract] : references_) {
        if (by.second != reference) continue;
        if (by.first == title.owner()) return true;
        for (const auto& [owner, day] : title.owners) {
            if (owner == by.first && contract == id) return true;
        }
    }
    return false;
}

std::string Trial::name_of(MemberId member) const {
    for (const GenesisMember& one : cast().genesis().members) {
        if (one.id == member) return one.name;
    }
    return "lender";
}

std::vector<Outcome> Trial::judge_title(const Transaction& transaction,
                                        const Signers& signers) const {
    const TransactionBody& body = transaction.body;
    const ContractId id = contract_of(body).value();
    const Title& title = titles_.at(id);
    const Contract& contract = contracts_.at(id);
    const Day day = transaction.business_date;
    Wrongs wrong;
    if (is_one_of<Pledge, Release>(body)) {
        wrong.refuse_if(!has(Role::originator, signers) || !has(Role::funder, signers),
                        Outcome::role_missing);
        wrong.refuse_if(keys_of(cast().originator().id, signers) == 0, Outcome::owner_differs);
    } else if (!is_one_of<TransferDecline>(body)) {
        wrong.refuse_if(keys_of(title.owner(), signers) == 0, Outcome::owner_missing);
    }
    wrong.refuse_if(is_closed(day), Outcome::day_closed);
    wrong.refuse_if(transaction.value_date != day, Outcome::backdated_too_far);
    wrong.add(judge_order(title, contract, day));
    wrong.add(judge_way(body, title, day, signers));
    wrong.add(contract.judge(transaction));
    if (const auto* settlement = std::get_if<TransferSettle>(&body)) {
        wrong.add(judge_reference(id, settlement->source_ref));
    }
    return wrong.all;
}

std::vector<Outcome> Trial::judge_order(const Title& title, const Contract& contract,
                                        Day day) const {
    Wrongs wrong;
    wrong.refuse_if(title.owners.back().second > day, Outcome::date_out_of_order);
    for (const Happening& event : contract.story()) {
        wrong.refuse_if(event.transaction.business_date > day, Outcome::date_out_of_order);
    }
    return wrong.all;
}

std::vector<Outcome> Trial::judge_reference(ContractId id, const std::string& source_ref) const {
    Wrongs wrong;
    const auto reference = alike(source_ref);
    wrong.refuse_if(!reference, Outcome::text_out_of_range);
    wrong.refuse_if(reference && personal(*reference), Outcome::reference_personal);
    wrong.refuse_if(reference && posted(id, *reference), Outcome::source_ref_used);
    return wrong.all;
}

std::vector<Outcome> Trial::judge_way(const TransactionBody& body, const Title& title, Day day,
                                      const Signers& signers) const {
    Wrongs wrong;
    const auto funds = [&](MemberId member) {
        return member == cast().funder().id || member == cast().other_funder().id;
    };
    const Pool* pool = pool_with(contract_of(body).value());
    if (is_one_of<Pledge, TransferInit>(body)) {
        wrong.refuse_if(title.pledgee.has_value(), Outcome::pledged);
        wrong.refuse_if(title.for_sale(day), Outcome::transfer_pending);
    }
    if (const auto* pledge = std::get_if<Pledge>(&body)) {
        wrong.refuse_if(title.owner() != cast().originator().id, Outcome::contract_sold);
        wrong.refuse_if(pool != nullptr, Outcome::pooled);
        wrong.refuse_if(!funds(pledge->funder), Outcome::funder_unknown);
        wrong.refuse_if(keys_of(pledge->funder, signers) == 0, Outcome::signer_missing);
    } else if (const auto* offer = std::get_if<TransferInit>(&body)) {
        wrong.refuse_if(offer->price <= 0, Outcome::amount_not_positive);
        wrong.refuse_if(offer->price > 10 * contracts_.at(offer->contract).latest().principal,
                        Outcome::price_out_of_range);
        wrong.refuse_if(offer->valid_until < 0 || offer->valid_until > kDayMax,
                        Outcome::date_out_of_range);
        wrong.refuse_if(!funds(offer->buyer) || offer->buyer == title.owner(),
                        Outcome::buyer_invalid);
        wrong.refuse_if(offer->valid_until < day, Outcome::transfer_expired);
        if (pool == nullptr) return wrong.all;
        wrong.refuse_if(pool->status == PoolStatus::draft, Outcome::pool_not_open);
        wrong.refuse_if(offer->buyer != pool->said.buyer, Outcome::pooled);
    } else if (is_one_of<Release>(body)) {
        wrong.refuse_if(!title.pledgee || keys_of(*title.pledgee, signers) == 0,
                        Outcome::pledgee_differs);
    } else {
        const bool pending = title.offer && (!title.buyback || !is_one_of<TransferSettle>(body));
        wrong.refuse_if(!pending, Outcome::transfer_not_pending);
        const bool buyer = title.offer && keys_of(title.offer->buyer, signers) > 0;
        wrong.refuse_if(!buyer && !is_one_of<TransferCancel>(body), Outcome::buyer_differs);
        wrong.refuse_if(is_one_of<TransferSettle>(body) && !title.for_sale(day),
                        Outcome::transfer_expired);
    }
    return wrong.all;
}

void Trial::book_title(const Transaction& transaction, ContractId id) {
    const TransactionBody& body = transaction.body;
    Title& title = titles_.at(id);
    if (const auto* pledge = std::get_if<Pledge>(&body)) title.pledgee = pledge->funder;
    if (is_one_of<Release>(body)) title.pledgee.reset();
    if (const auto* offer = std::get_if<TransferInit>(&body)) title.offer = *offer;
    if (const auto* offer = std::get_if<BuybackInit>(&body)) {
        title.offer = {id, title.owners.front().first, offer->price, offer->valid_until};
    }
    if (is_one_of<TransferInit, BuybackInit>(body)) title.buyback = is_one_of<BuybackInit>(body);
    if (is_one_of<BuybackInit, BuybackSettle>(body)) {
        pools_.at(title.pool.value()).last = transaction.business_date;
    }
    if (is_one_of<BuybackSettle>(body)) {
        pools_.at(title.pool.value()).inside.erase(id);
        title.pool.reset();
    }
    if (is_one_of<TransferSettle, BuybackSettle>(body)) {
        title.owners.emplace_back(title.offer.value().buyer, transaction.value_date + 1);
    }
    if (is_one_of<TransferSettle, BuybackSettle, TransferCancel, TransferDecline>(body)) {
        title.offer.reset();
    }
}

/// On every day of its life, and now.
void Trial::compare_title(ContractId id) {
    const Title& ours = titles_.at(id);
    const Ownership theirs = ownership_of(book_.contract(id)->body);
    expect("owners", static_cast<Wide>(theirs.chain.size()), static_cast<Wide>(ours.owners.size()));
    for (Day day = ours.owners.front().second; day <= today_ + 1; day += 1 + (day % 3)) {
        MemberId owner;
        for (const auto& [member, from] : ours.owners) {
            if (from <= day) owner = member;
        }
        expect("owner differs", theirs.owner_on(day) == owner, true);
    }
    expect("pool differs", theirs.pool == ours.pool, true);
    expect("pledged", theirs.pledge.has_value(), ours.pledgee.has_value());
    if (theirs.pledge && ours.pledgee) {
        expect("pledgee differs", theirs.pledge->funder == *ours.pledgee, true);
    }
    expect("on offer", theirs.pending.has_value(), ours.offer.has_value());
    if (theirs.pending && ours.offer) {
        expect("price", theirs.pending->price, ours.offer->price);
        expect("buyer differs", theirs.pending->buyer == ours.offer->buyer, true);
        expect("a buyback", theirs.pending->buyback, ours.buyback);
    }
}

}  // namespace tally::testing::opinion
