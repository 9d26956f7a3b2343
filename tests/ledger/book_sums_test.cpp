#include <limits>

#include "ledger/trial_balance.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// Sums of a book near their ends: whatever is booked on open days, each of them can be closed.
namespace {

constexpr Day kToday = Drafts::kToday;
constexpr Day kNext = kToday + 1;
constexpr Amount kMax = std::numeric_limits<Amount>::max();
constexpr Amount kHalf = kMax / 2 + 1;  // two do not fit in 64 bits
const auto kOther = id_of<ContractId>(2);

/// Two contracts of one lender that take any payment.
struct Rich : Stage {
    Rich()
        : Stage({.rules = [](RulesetRegister& ruleset, ProductRegister&) {
              ruleset.overpayment = Overpayment::credit;
          }}) {
        accept(capture(10'000, 3, kOther));
        book.ensure_day(kNext);
    }
    Repayment other(Amount amount) {
        Repayment paid = payment(amount);
        paid.contract = kOther;
        return paid;
    }
    Amount cash(Day day) const {
        const std::vector<BookBalance> rows = trial_balance(book.records(), day).value();
        for (const BookBalance& row : rows) {
            if (row.account == static_cast<std::uint32_t>(BookAccount::cash)) return row.balance;
        }
        return 0;
    }
};

}  // namespace

TEST_CASE("What fits on each of two days must fit on both together", "[ledger][rules][day]") {
    // Goal: refused by the transaction that would be too much, on whichever of the days it is
    // booked, and to the last unit; both days close.
    for (const bool backwards : {false, true}) {
        const Day first = backwards ? kNext : kToday;
        const Day second = backwards ? kToday : kNext;
        Rich rich;
        rich.accept(rich.payment(kHalf), first);
        rich.refuse(rich.other(kHalf), Outcome::overflow, second);
        rich.refuse(rich.other(kMax - kHalf + 1), Outcome::overflow, second);
        rich.accept(rich.other(kMax - kHalf), second);
        rich.refuse(rich.other(1), Outcome::overflow, second);
        rich.close_days(kNext);
        CHECK(rich.cash(kNext) == kMax);
        // And on a later one.
        rich.refuse(rich.other(1), Outcome::overflow, kNext + 1);
        rich.close_days(kNext + 1);
    }
}

TEST_CASE("Days must fit one after the other, not only all together", "[ledger][rules][day]") {
    // Goal: what a later day takes back makes no room on an earlier one.
    Rich rich;
    const Transaction paid = rich.draft(rich.payment(kHalf));
    rich.accept(paid);
    rich.accept(rich.draft(rich.reversal(paid), kNext + 1));
    rich.refuse(rich.other(kHalf), Outcome::overflow, kNext);
    rich.accept(rich.other(kHalf), kNext + 1);
    rich.accept(rich.other(kMax - kHalf), kNext + 2);
    for (const Day day : {kToday, kNext, kNext + 1, kNext + 2}) rich.close_days(day);
    CHECK(rich.cash(kNext + 2) == kMax);
}

TEST_CASE("A correction of a closed day leaves room for the open ones", "[ledger][rules][day]") {
    // Goal: what is posted again on a closed day counts with all days behind it.
    Rich fresh;
    const auto whole = std::get<Repayment>(fresh.draft(fresh.payment(kHalf)).body).allocation;
    Rich rich;
    const Transaction paid = rich.draft(rich.payment(500, "bank-1"));
    rich.accept(paid);
    rich.accept(rich.other(kHalf), kNext);
    rich.close_days(kToday);
    const auto correct = [&](Amount amount) {
        Transaction again = rich.book.drafts().draft(rich.payment(amount, "bank-1"), kToday);
        std::get<Repayment>(again.body).allocation = whole;
        const std::vector<Transaction> both{rich.draft(rich.reversal(paid)), again};
        return rich.book.submit(both, {rich.servicer, rich.servicer_2}, true)
            .transactions.at(1)
            .outcome;
    };
    CHECK(correct(kHalf) == Outcome::overflow);
    CHECK(correct(kMax - kHalf) == Outcome::accepted);
    rich.close_days(kNext);
    CHECK(rich.cash(kNext) == kMax);
}
