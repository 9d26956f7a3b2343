#include "ledger/double_entry.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "ledger/position.h"

namespace tally::ledger {
namespace {

enum class Side : std::uint8_t { debit, credit, either };

struct AccountRow {
    std::string_view name;
    Side side;
    bool memo;
};

// In the order of the enumerators.
constexpr std::array<AccountRow, kBookAccounts> kAccounts{{
    {"granted", Side::debit, true},
    {"available", Side::credit, true},
    {"used", Side::credit, true},
    {"receivable_principal", Side::debit, false},
    {"receivable_fee", Side::debit, false},
    {"merchant_payable", Side::credit, false},
    {"fee_income", Side::credit, false},
    // A bank may take back a payment whose money was paid out to the borrower meanwhile.
    {"cash", Side::either, false},
    {"reserved", Side::credit, true},
    {"receivable_interest", Side::debit, false},
    {"receivable_penalty", Side::debit, false},
    {"interest_income", Side::credit, false},
    {"penalty_income", Side::credit, false},
    {"customer_credit", Side::credit, false},
    {"waiver_expense", Side::debit, false},
    {"loss", Side::debit, false},
    {"recovery_income", Side::credit, false},
    {"commission_expense", Side::debit, false},
    {"unearned_income", Side::credit, false},
    {"transfer_clearing", Side::either, false},
    {"sale_gain", Side::credit, false},
    {"sale_loss", Side::debit, false},
    {"purchase_difference", Side::either, false},
    {"merchant_claim", Side::debit, false},
}};

const AccountRow& row_of(BookAccount account) {
    return kAccounts.at(static_cast<std::size_t>(account) - 1);
}

Wide sum_of(const ByComponent& amounts) {
    return std::accumulate(amounts.begin(), amounts.end(), Wide{0});
}

/// Of a contract, what its next owner takes over.
constexpr std::array kSold{BookAccount::receivable_principal, BookAccount::receivable_fee,
                           BookAccount::receivable_interest,  BookAccount::receivable_penalty,
                           BookAccount::customer_credit,      BookAccount::unearned_income};

/// Adds a posting, debits positive; none for 0. False if it does not fit.
bool post(BookAccount account, Wide moved, const BookedOn& on, std::vector<Posting>& postings) {
    constexpr Wide kMax = std::numeric_limits<Amount>::max();
    if (moved == 0) return true;
    if (moved > kMax || moved < -kMax) return false;
    Posting& posting = postings.emplace_back();
    posting.account = account;
    posting.owner = on.owner;
    posting.subject = on.subject;
    posting.currency = on.currency;
    (moved > 0 ? posting.debit : posting.credit) = static_cast<Amount>(moved > 0 ? moved : -moved);
    return true;
}

}  // namespace

std::string_view book_account_name(BookAccount account) { return row_of(account).name; }
bool is_memo(BookAccount account) { return row_of(account).memo; }

Wide Balances::sum() const { return std::accumulate(values_.begin(), values_.end(), Wide{0}); }

bool Balances::signs_hold() const {
    for (std::size_t place = 0; place < values_.size(); ++place) {
        const Wide value = values_[place];
        const Side side = kAccounts[place].side;
        if ((side == Side::debit && value < 0) || (side == Side::credit && value > 0)) return false;
    }
    return true;
}

Balances balances_of(const LineBody& line) {
    Balances balances;
    const Wide available = line.available();
    balances.of(BookAccount::available) = -available;
    balances.of(BookAccount::used) = -Wide{line.used};
    balances.of(BookAccount::reserved) = -Wide{line.reserved};
    balances.of(BookAccount::granted) = available + line.used + line.reserved;
    return balances;
}

Balances balances_of(const Position& position) {
    const ContractTotals& totals = position.totals;
    const auto at = [](const ByComponent& amounts, Component component) {
        return Wide{amounts[place_of(component)]};
    };
    Balances balances;
    balances.of(BookAccount::receivable_principal) = at(position.outstanding, Component::principal);
    balances.of(BookAccount::receivable_fee) = at(position.outstanding, Component::fee);
    balances.of(BookAccount::receivable_interest) = at(position.outstanding, Component::interest);
    balances.of(BookAccount::receivable_penalty) = at(position.outstanding, Component::penalty);
    // What a refund takes back after the merchant was paid is a claim, not a debt below zero.
    const Wide to_merchant = totals.merchant_payable();
    balances.of(BookAccount::merchant_payable) = -std::max<Wide>(0, to_merchant);
    balances.of(BookAccount::merchant_claim) = std::max<Wide>(0, -to_merchant);
    balances.of(BookAccount::fee_income) =
        at(totals.lapsed, Component::fee) + at(totals.returned, Component::fee) +
        at(position.unearned, Component::fee) - at(totals.billed, Component::fee);
    balances.of(BookAccount::interest_income) =
        at(totals.lapsed, Component::interest) + at(totals.returned, Component::interest) +
        at(position.unearned, Component::interest) - at(totals.billed, Component::interest);
    balances.of(BookAccount::unearned_income) = -sum_of(position.unearned);
    balances.of(BookAccount::penalty_income) = -at(totals.billed, Component::penalty);
    // What is owed to the borrower came in as cash, of which charges are given back, or back from
    // the merchant.
    const Wide from_merchant = totals.refunded_total - at(totals.refunded, Component::principal);
    balances.of(BookAccount::customer_credit) = -Wide{totals.credit};
    balances.of(BookAccount::cash) = sum_of(totals.repaid) - sum_of(totals.returned) +
                                     totals.credit - from_merchant + totals.recovered -
                                     totals.commission - totals.merchant_settled;
    balances.of(BookAccount::waiver_expense) = sum_of(totals.waived);
    balances.of(BookAccount::loss) = sum_of(totals.charged_off);
    balances.of(BookAccount::recovery_income) = -Wide{totals.recovered};
    balances.of(BookAccount::commission_expense) = totals.commission;
    return balances;
}

std::optional<std::vector<Posting>> postings_between(const Balances& before, const Balances& after,
                                                     const BookedOn& on) {
    std::vector<Posting> postings;
    for (std::size_t place = 1; place <= kBookAccounts; ++place) {
        const auto account = static_cast<BookAccount>(place);
        if (!post(account, after.of(account) - before.of(account), on, postings)) {
            return std::nullopt;
        }
    }
    return postings;
}

std::optional<std::vector<Posting>> sale_postings(const Balances& held, Amount price,
                                                  const BookedOn& seller, const BookedOn& buyer) {
    Balances carried;
    for (const BookAccount account : kSold) carried.of(account) = held.of(account);
    const Wide sum = carried.sum();
    const Wide result = price - sum;
    std::vector<Posting> postings;
    bool fits = true;
    const auto put = [&](BookAccount account, Wide moved, const BookedOn& on) {
        fits = fits && post(account, moved, on, postings);
    };
    for (const BookAccount account : kSold) put(account, -carried.of(account), seller);
    put(BookAccount::transfer_clearing, sum, seller);
    put(BookAccount::transfer_clearing, -sum, seller);
    put(BookAccount::cash, price, seller);
    put(result > 0 ? BookAccount::sale_gain : BookAccount::sale_loss, -result, seller);
    put(BookAccount::transfer_clearing, sum, buyer);
    put(BookAccount::cash, -Wide{price}, buyer);
    put(BookAccount::purchase_difference, result, buyer);
    put(BookAccount::transfer_clearing, -sum, buyer);
    for (const BookAccount account : kSold) put(account, carried.of(account), buyer);
    if (!fits) return std::nullopt;
    return postings;
}

void TrialBalance::add(std::span<const Posting> postings) {
    for (const Posting& posting : postings) {
        Totals& totals = totals_[posting.currency];
        totals.debit += posting.debit;
        totals.credit += posting.credit;
        one_sided_ = one_sided_ && posting.debit >= 0 && posting.credit >= 0 &&
                     (posting.debit == 0) != (posting.credit == 0);
    }
}

bool TrialBalance::balanced() const {
    return one_sided_ && std::all_of(totals_.begin(), totals_.end(), [](const auto& row) {
               return row.second.debit == row.second.credit;
           });
}

}  // namespace tally::ledger
