#include "storage/audit_book_sales.h"

#include <algorithm>

#include "ledger/ownership.h"

namespace tally::storage {
namespace {

using ledger::BookAccount;
using ledger::Day;
using ledger::MemberId;
using ledger::Wide;

/// In the order of Component.
constexpr std::array kReceivables{BookAccount::receivable_penalty, BookAccount::receivable_fee,
                                  BookAccount::receivable_interest,
                                  BookAccount::receivable_principal};

/// What is still to be earned, and what is owed to the borrower.
Wide burdens(const ledger::Position& position) {
    Wide sum = position.totals.credit;
    for (const ledger::Amount charge : position.unearned) sum += charge;
    return sum;
}

Wide unearned(const ledger::Position& position) {
    return burdens(position) - position.totals.credit;
}

}  // namespace

void AuditSales::capture(const ledger::ContractId& id, const MemberId& owner, Day from) {
    deeds_[id].owners = {{owner, from}};
}

AuditSales::Wrong AuditSales::step(Deed& deed, Day day) {
    if (deed.owners.empty()) return "pledges or sells what was never captured";
    if (day < deed.last) return "pledged or sold on a day before the last time";
    if (day < deed.owners.back().from) return "pledged or sold before its owner's first day";
    deed.last = day;
    return std::nullopt;
}

AuditSales::Wrong AuditSales::take(const ledger::Pledge& pledge, Day day) {
    Deed& deed = deeds_[pledge.contract];
    if (Wrong wrong = step(deed, day)) return wrong;
    if (deed.owners.back().member != deed.owners.front().member) {
        return "pledges what was sold";
    }
    if (deed.pledgee) return "pledges what is pledged";
    if (deed.offer && day <= deed.offer->until) return "pledges what is for sale";
    deed.pledgee = pledge.funder;
    return std::nullopt;
}

AuditSales::Wrong AuditSales::take(const ledger::Release& release, Day day) {
    Deed& deed = deeds_[release.contract];
    if (Wrong wrong = step(deed, day)) return wrong;
    if (!deed.pledgee) return "releases what is not pledged";
    deed.pledgee.reset();
    return std::nullopt;
}

AuditSales::Wrong AuditSales::offer_it(Deed& deed, const Offer& offer, Day day) {
    if (Wrong wrong = step(deed, day)) return wrong;
    if (deed.pledgee) return "sells what is pledged";
    if (deed.offer && day <= deed.offer->until) return "sells what is for sale already";
    if (offer.price <= 0 || offer.until < day) return "offers it for nothing, or too late";
    deed.offer = offer;
    return std::nullopt;
}

AuditSales::Wrong AuditSales::take(const ledger::TransferInit& offer, Day day) {
    return offer_it(deeds_[offer.contract], {offer.buyer, offer.price, offer.valid_until, false},
                    day);
}

AuditSales::Wrong AuditSales::take(const ledger::BuybackInit& offer, Day day) {
    Deed& deed = deeds_[offer.contract];
    if (deed.owners.empty()) return "buys back what was never captured";
    return offer_it(deed, {deed.owners.front().member, offer.price, offer.valid_until, true}, day);
}

AuditSales::Wrong AuditSales::settle(Deed& deed, bool buyback, Day day,
                                     const ledger::Position& sold) {
    if (Wrong wrong = step(deed, day)) return wrong;
    if (deed.pledgee) return "sells what is pledged";
    if (!deed.offer || day > deed.offer->until) return "settles a sale that was not on offer";
    if (deed.offer->buyback != buyback) return "settles a buyback as a sale, or a sale as one";
    const Offer offer = *deed.offer;
    Wide worth = -burdens(sold);
    for (const ledger::Amount amount : sold.outstanding) worth += amount;
    deed.earned[deed.owners.back().member] += offer.price - worth;
    deed.paid[offer.buyer] += offer.price - worth;
    deed.owners.push_back({offer.buyer, day + 1});
    deed.offer.reset();
    return std::nullopt;
}

AuditSales::Wrong AuditSales::take(const ledger::TransferSettle& settlement, Day day,
                                   const ledger::Position& sold) {
    return settle(deeds_[settlement.contract], false, day, sold);
}

AuditSales::Wrong AuditSales::take(const ledger::BuybackSettle& settlement, Day day,
                                   const ledger::Position& sold) {
    return settle(deeds_[settlement.contract], true, day, sold);
}

AuditSales::Wrong AuditSales::take(const ledger::PoolAdd& addition, Day day) {
    Deed& deed = deeds_[addition.contract];
    if (Wrong wrong = step(deed, day)) return wrong;
    return free_of_its_maker(deed, day, "pools what ");
}

AuditSales::Wrong AuditSales::take(const ledger::PoolRemove& removal, Day day) {
    Deed& deed = deeds_[removal.contract];
    if (Wrong wrong = step(deed, day)) return wrong;
    return free_of_its_maker(deed, day, "takes out of a pool what ");
}

AuditSales::Wrong AuditSales::free_of_its_maker(const Deed& deed, Day day,
                                                const std::string& does) {
    if (deed.owners.back().member != deed.owners.front().member) return does + "was sold";
    if (deed.pledgee) return does + "is pledged";
    if (deed.offer && day <= deed.offer->until) return does + "is for sale";
    return std::nullopt;
}

AuditSales::Wrong AuditSales::end_offer(const ledger::ContractId& id, Day day) {
    Deed& deed = deeds_[id];
    if (Wrong wrong = step(deed, day)) return wrong;
    if (!deed.offer) return "takes back a sale that was not on offer";
    deed.offer.reset();
    return std::nullopt;
}

AuditSales::Wrong AuditSales::bound(const ledger::ContractId& id, Day day) const {
    const auto known = deeds_.find(id);
    if (known == deeds_.end()) return std::nullopt;
    const Deed& deed = known->second;
    if (deed.owners.size() > 1) return "takes back a purchase that was sold";
    if (deed.pledgee) return "takes back a purchase that is pledged";
    if (deed.offer && day <= deed.offer->until) return "takes back a purchase that is for sale";
    return std::nullopt;
}

const MemberId& AuditSales::owner(const ledger::ContractId& id) const {
    return deeds_.at(id).owners.back().member;
}

const AuditSales::Offer* AuditSales::offer(const ledger::ContractId& id) const {
    const auto known = deeds_.find(id);
    return known == deeds_.end() || !known->second.offer ? nullptr : &*known->second.offer;
}

const MemberId* AuditSales::pledgee(const ledger::ContractId& id) const {
    const auto known = deeds_.find(id);
    return known == deeds_.end() || !known->second.pledgee ? nullptr : &*known->second.pledgee;
}

void AuditSales::post(const ledger::Posting& posting) {
    deeds_[ledger::ContractId{posting.subject}].books[posting.owner].add(posting);
}

/// What is owed stands in its owner's book; what others had of it has left theirs with the sale.
AuditSales::Wrong AuditSales::compare_books(const Deed& deed, const ledger::Position& position) {
    const MemberId& owner = deed.owners.back().member;
    const auto of = [](const std::map<MemberId, Wide>& sums, const MemberId& member) {
        const auto found = sums.find(member);
        return found == sums.end() ? Wide{0} : found->second;
    };
    for (const auto& [lender, balances] : deed.books) {
        const bool owns = lender == owner;
        for (std::size_t place = 0; place < kReceivables.size(); ++place) {
            const Wide wanted = owns ? Wide{position.outstanding[place]} : 0;
            if (balances.of(kReceivables[place]) != wanted) {
                return "its receivables are not in the book of its owner, or in another's too";
            }
        }
        const Wide to_earn = owns ? unearned(position) : 0;
        const Wide owed = owns ? Wide{position.totals.credit} : 0;
        if (balances.of(BookAccount::unearned_income) != -to_earn ||
            balances.of(BookAccount::customer_credit) != -owed) {
            return "what is to be earned, or owed to the borrower, is not in its owner's book";
        }
        if (balances.sum() != 0 || balances.of(BookAccount::transfer_clearing) != 0) {
            return "a lender's book of it does not balance, or clearing is not empty";
        }
        const Wide result =
            balances.of(BookAccount::sale_gain) + balances.of(BookAccount::sale_loss);
        if (result != -of(deed.earned, lender) ||
            balances.of(BookAccount::purchase_difference) != of(deed.paid, lender)) {
            return "gain, loss or difference is not the price less what was sold";
        }
    }
    return std::nullopt;
}

void AuditSales::count(Deed& deed, const ledger::BookId& book, const ledger::Position& position) {
    if (deed.counted_in) {
        Sums& before = owned_[*deed.counted_in];
        for (std::size_t place = 0; place < before.size(); ++place) {
            before[place] -= deed.counted[place];
        }
    }
    Sums& sums = owned_[book];
    for (std::size_t place = 0; place < sums.size(); ++place) {
        deed.counted[place] = position.outstanding[place];
        sums[place] += position.outstanding[place];
    }
    deed.counted_in = book;
}

AuditSales::Wrong AuditSales::compare(const ledger::ContractId& id,
                                      const StoredContract& contract) {
    Deed& deed = deeds_[id];
    if (deed.owners.empty()) return "owned by nobody";
    const ledger::Ownership said = ledger::ownership_of(contract.body);
    const bool chain = std::ranges::equal(deed.owners, said.chain,
                                          [](const Owner& ours, const ledger::OwnedSince& theirs) {
                                              return ours == Owner{theirs.owner, theirs.from};
                                          });
    if (!chain) return "its owners are not those that its sales lead to";
    for (std::size_t place = 1; place < deed.owners.size(); ++place) {
        if (deed.owners[place].from <= deed.owners[place - 1].from) {
            return "two owners on one day";
        }
    }
    const bool pledged =
        said.pledge ? deed.pledgee == said.pledge->funder : !deed.pledgee.has_value();
    const bool offered = said.pending ? deed.offer && deed.offer->buyer == said.pending->buyer &&
                                            deed.offer->price == said.pending->price &&
                                            deed.offer->until == said.pending->valid_until &&
                                            deed.offer->buyback == said.pending->buyback
                                      : !deed.offer.has_value();
    if (!pledged || !offered) return "it is not pledged or offered as was last said";
    if (deed.pledgee && deed.owners.back().member != deed.owners.front().member) {
        return "a live pledge on what was sold";
    }
    if (Wrong wrong = compare_books(deed, contract.position)) return wrong;
    count(deed, {deed.owners.back().member, contract.body.currency}, contract.position);
    return std::nullopt;
}

AuditSales::Wrong AuditSales::compare(const ledger::BookId& book,
                                      const ledger::Balances& totals) const {
    const auto known = owned_.find(book);
    for (std::size_t place = 0; place < kReceivables.size(); ++place) {
        const Wide owned = known == owned_.end() ? Wide{0} : known->second[place];
        if (totals.of(kReceivables[place]) != owned) {
            return "its receivables are not those of the contracts that the lender owns";
        }
    }
    return std::nullopt;
}

}  // namespace tally::storage
