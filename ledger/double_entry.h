#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "ledger/records.h"
#include "ledger/transaction.h"
#include "ledger/types.h"
#include "ledger/wide.h"

namespace tally::ledger {

/// Accounts of the book. The first three are memo accounts of a line, the others hold money of a
/// contract. `granted`, the receivables and cash grow by debits, the others by credits.
enum class BookAccount : std::uint8_t {
    granted = 1,
    available = 2,
    used = 3,
    receivable_principal = 4,
    receivable_fee = 5,
    merchant_payable = 6,
    fee_income = 7,
    cash = 8,
};
std::string_view book_account_name(BookAccount account);

/// One side of a booking: exactly one of debit and credit is above zero.
struct Posting {
    BookAccount account = BookAccount::granted;
    MemberId owner;                          ///< originator of the line or contract
    std::array<std::uint8_t, 16> subject{};  ///< line for memo accounts, else contract
    CurrencyCode currency{};
    Amount debit = 0;
    Amount credit = 0;
};

/// GRANT: granted / available.
std::vector<Posting> postings_of_grant(const LineId& id, const LineBody& line);
/// Raises: granted / available. Lowers: the reverse, by no more than what was available: below its
/// use a line has nothing available, and granted equals used.
std::vector<Posting> postings_of_change(const LineId& id, const LineBody& line, Amount limit);
/// CAPTURE: available / used, receivable principal / merchant payable, and, because no billing
/// event stands between, all fees of the schedule: receivable fee / fee income.
std::vector<Posting> postings_of_capture(const ContractId& id, const ContractBody& contract,
                                         Amount fee_total);
/// REPAYMENT: cash / receivables by allocation; principal repaid: used / available, or granted for
/// the part by which use was above the limit. `line` is as it was before.
std::vector<Posting> postings_of_repayment(const ContractId& id, const ContractBody& contract,
                                           const LineBody& line,
                                           std::span<const Allocation> allocation);

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

/// Balances of one line's memo accounts and of one contract's receivables, as the records imply
/// them and as postings move them. Never below zero: the two limits that enforce the rules on use
/// and on payment a second time.
struct BookBalances {
    Wide granted = 0;
    Wide available = 0;
    Wide used = 0;
    Wide receivable_principal = 0;
    Wide receivable_fee = 0;

    void apply(std::span<const Posting> postings);
    bool not_negative() const;
    bool operator==(const BookBalances&) const = default;
};
/// Either may be null: an account that does not exist has balances of zero.
BookBalances balances_of(const LineBody* line, const ContractBody* contract);

}  // namespace tally::ledger
