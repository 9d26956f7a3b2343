#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ledger/records.h"
#include "ledger/types.h"
#include "ledger/wide.h"

namespace tally::ledger {

struct Position;

/// Accounts of the book. The first three and `reserved` are memo accounts of a line, the others
/// hold money of a contract. Values are part of the transaction format (DAY_CLOSE).
enum class BookAccount : std::uint8_t {
    granted = 1,
    available = 2,
    used = 3,
    receivable_principal = 4,
    receivable_fee = 5,
    merchant_payable = 6,
    fee_income = 7,
    cash = 8,
    reserved = 9,
    receivable_interest = 10,
    receivable_penalty = 11,
    interest_income = 12,
    penalty_income = 13,
    customer_credit = 14,
    waiver_expense = 15,
    loss = 16,
    recovery_income = 17,
    commission_expense = 18,
    unearned_income = 19,      ///< charges of rows that have not fallen due
    transfer_clearing = 20,    ///< of a sale; nothing stays on it
    sale_gain = 21,            ///< of the seller: price above what went over
    sale_loss = 22,            ///< of the seller: price below it
    purchase_difference = 23,  ///< of the buyer: premium, or discount below zero
    merchant_claim = 24,       ///< refunds of purchases that the merchant was paid for already
};
inline constexpr std::size_t kBookAccounts = 24;
static_assert(TotalsRecord{}.balances.size() == kBookAccounts, "totals are behind the accounts");

std::string_view book_account_name(BookAccount account);
/// True for the accounts of a line: limits, not money.
bool is_memo(BookAccount account);

/// One side of a booking: exactly one of debit and credit is above zero.
struct Posting {
    BookAccount account = BookAccount::granted;
    MemberId owner;  ///< whose book: originator of the line, owner of the contract
    std::array<std::uint8_t, 16> subject{};  ///< line for memo accounts, else contract
    CurrencyCode currency{};
    Amount debit = 0;
    Amount credit = 0;

    bool operator==(const Posting&) const = default;
};

/// Balances of one line or contract by account, debits positive. They sum to zero.
class Balances {
public:
    Wide& of(BookAccount account) { return values_[static_cast<std::size_t>(account) - 1]; }
    Wide of(BookAccount account) const { return values_[static_cast<std::size_t>(account) - 1]; }
    void add(const Posting& posting) {
        of(posting.account) += static_cast<Wide>(posting.debit) - posting.credit;
    }
    Wide sum() const;
    /// Receivables, used, available and so on have the sign of their kind: the two account
    /// limits that enforce use within the limit and payment within the debt a second time.
    bool signs_hold() const;
    bool operator==(const Balances&) const = default;

private:
    std::array<Wide, kBookAccounts> values_{};
};

Balances balances_of(const LineBody& line);
Balances balances_of(const Position& position);

/// What leads from one to the other, by account; nothing if an amount does not fit in 64 bits.
struct BookedOn {
    MemberId owner;
    std::array<std::uint8_t, 16> subject{};
    CurrencyCode currency{};
};
std::optional<std::vector<Posting>> postings_between(const Balances& before, const Balances& after,
                                                     const BookedOn& on);

/// A sale in both books, each through its clearing account: receivables, unearned income and what
/// is owed to the borrower go over at what they stand at in `held`, the contract's balances.
/// Nothing if an amount does not fit in 64 bits.
std::optional<std::vector<Posting>> sale_postings(const Balances& held, Amount price,
                                                  const BookedOn& seller, const BookedOn& buyer);

/// Sums of postings by currency.
class TrialBalance {
public:
    struct Totals {
        Wide debit = 0;
        Wide credit = 0;
    };

    void add(std::span<const Posting> postings);
    /// True if debits equal credits in every currency and every posting has one side, above zero.
    bool balanced() const;
    const std::map<CurrencyCode, Totals>& totals() const { return totals_; }

private:
    std::map<CurrencyCode, Totals> totals_;
    bool one_sided_ = true;
};

}  // namespace tally::ledger
