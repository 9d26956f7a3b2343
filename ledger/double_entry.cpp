#include "ledger/double_entry.h"

#include <algorithm>

#include "base/check.h"

namespace tally::ledger {
namespace {

/// Postings of one subject; both sides of a booking at once, nothing for an amount of zero.
class Booking {
public:
    Booking(const MemberId& owner, const CurrencyCode& currency)
        : owner_(owner), currency_(currency) {}

    void subject(const std::array<std::uint8_t, 16>& id) { subject_ = id; }
    void debit(BookAccount account, Amount amount) { add(account, amount, 0); }
    void credit(BookAccount account, Amount amount) { add(account, 0, amount); }
    void book(BookAccount debited, BookAccount credited, Amount amount) {
        debit(debited, amount);
        credit(credited, amount);
    }
    std::vector<Posting> take() { return std::move(postings_); }

private:
    void add(BookAccount account, Amount debit, Amount credit) {
        CHECK(debit >= 0 && credit >= 0);
        if (debit == 0 && credit == 0) return;
        postings_.push_back({account, owner_, subject_, currency_, debit, credit});
    }

    MemberId owner_;
    CurrencyCode currency_;
    std::array<std::uint8_t, 16> subject_{};
    std::vector<Posting> postings_;
};

Amount granted_of(const LineBody& line) { return std::max(line.limit, line.used); }

}  // namespace

std::string_view book_account_name(BookAccount account) {
    switch (account) {
        case BookAccount::granted:
            return "granted";
        case BookAccount::available:
            return "available";
        case BookAccount::used:
            return "used";
        case BookAccount::receivable_principal:
            return "receivable_principal";
        case BookAccount::receivable_fee:
            return "receivable_fee";
        case BookAccount::merchant_payable:
            return "merchant_payable";
        case BookAccount::fee_income:
            return "fee_income";
        case BookAccount::cash:
            return "cash";
    }
    return "unknown";
}

std::vector<Posting> postings_of_grant(const LineId& id, const LineBody& line) {
    Booking booking(line.owner, line.currency);
    booking.subject(id.bytes);
    booking.book(BookAccount::granted, BookAccount::available, line.limit);
    return booking.take();
}

std::vector<Posting> postings_of_change(const LineId& id, const LineBody& line, Amount limit) {
    Booking booking(line.owner, line.currency);
    booking.subject(id.bytes);
    const Amount before = granted_of(line);
    const Amount after = std::max(limit, line.used);
    if (after >= before) {
        booking.book(BookAccount::granted, BookAccount::available, after - before);
    } else {
        booking.book(BookAccount::available, BookAccount::granted, before - after);
    }
    return booking.take();
}

std::vector<Posting> postings_of_capture(const ContractId& id, const ContractBody& contract,
                                         Amount fee_total) {
    Booking booking(contract.owner, contract.currency);
    booking.subject(contract.line.bytes);
    booking.book(BookAccount::available, BookAccount::used, contract.terms.principal);
    booking.subject(id.bytes);
    booking.book(BookAccount::receivable_principal, BookAccount::merchant_payable,
                 contract.terms.principal);
    booking.book(BookAccount::receivable_fee, BookAccount::fee_income, fee_total);
    return booking.take();
}

std::vector<Posting> postings_of_repayment(const ContractId& id, const ContractBody& contract,
                                           const LineBody& line,
                                           std::span<const Allocation> allocation) {
    Amount principal = 0;
    Amount fee = 0;
    for (const Allocation& row : allocation) {
        (row.component == Component::principal ? principal : fee) += row.amount;
    }
    Booking booking(contract.owner, contract.currency);
    booking.subject(id.bytes);
    booking.debit(BookAccount::cash, principal + fee);
    booking.credit(BookAccount::receivable_principal, principal);
    booking.credit(BookAccount::receivable_fee, fee);

    const Amount over_limit = line.used > line.limit ? line.used - line.limit : 0;
    const Amount released = std::min(principal, over_limit);
    booking.subject(contract.line.bytes);
    booking.debit(BookAccount::used, principal);
    booking.credit(BookAccount::granted, released);
    booking.credit(BookAccount::available, principal - released);
    return booking.take();
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

void BookBalances::apply(std::span<const Posting> postings) {
    for (const Posting& posting : postings) {
        const Wide debit = static_cast<Wide>(posting.debit) - posting.credit;
        switch (posting.account) {
            case BookAccount::granted:
                granted += debit;
                break;
            case BookAccount::available:
                available -= debit;
                break;
            case BookAccount::used:
                used -= debit;
                break;
            case BookAccount::receivable_principal:
                receivable_principal += debit;
                break;
            case BookAccount::receivable_fee:
                receivable_fee += debit;
                break;
            case BookAccount::merchant_payable:
            case BookAccount::fee_income:
            case BookAccount::cash:
                break;
        }
    }
}

bool BookBalances::not_negative() const {
    return granted >= 0 && available >= 0 && used >= 0 && receivable_principal >= 0 &&
           receivable_fee >= 0;
}

BookBalances balances_of(const LineBody* line, const ContractBody* contract) {
    BookBalances balances;
    if (line != nullptr) {
        balances.granted = granted_of(*line);
        balances.available = line->available();
        balances.used = line->used;
    }
    if (contract != nullptr) {
        for (const RowOutstanding& row : contract->outstanding()) {
            balances.receivable_principal += row.principal;
            balances.receivable_fee += row.fee;
        }
    }
    return balances;
}

}  // namespace tally::ledger
