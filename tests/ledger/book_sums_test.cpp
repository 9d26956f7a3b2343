#include <limits>

#include "ledger/records.h"
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

/// A contract of a lender whose sums can be anything: no payment takes them there.
struct Rich : Stage {
    Rich() { book.ensure_day(kNext); }
    /// So much more cash on an open day, owed to customers.
    void add(Day day, Amount cash) {
        const Bytes key = totals_key({lender->id, line().body.currency}, day);
        const auto known = book.records().all().find(key);
        TotalsRecord totals;
        if (known != book.records().all().end()) totals = decode_totals(known->second).value();
        totals.balances.at(place(BookAccount::cash)) += cash;
        totals.balances.at(place(BookAccount::customer_credit)) -= cash;
        book.force(key, encode_record(totals));
    }
    static std::size_t place(BookAccount account) { return static_cast<std::size_t>(account) - 1; }
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
        rich.add(first, kHalf);
        rich.add(second, kMax - kHalf - 10);
        rich.refuse(rich.payment(11), Outcome::overflow, second);
        rich.accept(rich.payment(10), second);
        rich.refuse(rich.payment(1), Outcome::overflow, second);
        rich.close_days(kNext);
        CHECK(rich.cash(kNext) == kMax);
        // And on a later one.
        rich.refuse(rich.payment(1), Outcome::overflow, kNext + 1);
        rich.close_days(kNext + 1);
    }
}

TEST_CASE("Days must fit one after the other, not only all together", "[ledger][rules][day]") {
    // Goal: what a later day takes back makes no room on an earlier one.
    Rich rich;
    rich.book.ensure_day(kNext + 1);
    rich.add(kToday, kMax - 10);
    rich.add(kNext + 1, -kHalf);
    rich.refuse(rich.payment(11), Outcome::overflow, kNext);
    rich.accept(rich.payment(10), kNext);
    rich.accept(rich.payment(20), kNext + 1);
    rich.close_days(kNext);
    CHECK(rich.cash(kNext) == kMax);
    rich.close_days(kNext + 1);
    CHECK(rich.cash(kNext + 1) == kMax - kHalf + 20);
}

TEST_CASE("A correction of a closed day leaves room for the open ones", "[ledger][rules][day]") {
    // Goal: what is posted again on a closed day counts with all days behind it.
    Rich rich;
    const Transaction paid = rich.draft(rich.payment(500, "bank-1"));
    rich.accept(paid);
    rich.add(kNext, kMax - 510);
    const auto allocated = [&](Amount amount) {
        return std::get<Repayment>(Rich().draft(rich.payment(amount)).body).allocation;
    };
    rich.close_days(kToday);
    const auto correct = [&](Amount amount) {
        Transaction again = rich.book.drafts().draft(rich.payment(amount, "bank-1"), kToday);
        std::get<Repayment>(again.body).allocation = allocated(amount);
        const std::vector<Transaction> both{rich.draft(rich.reversal(paid)), again};
        return rich.book.submit(both, {rich.servicer, rich.servicer_2}, true)
            .transactions.at(1)
            .outcome;
    };
    CHECK(correct(511) == Outcome::overflow);
    CHECK(correct(510) == Outcome::accepted);
    rich.close_days(kNext);
    CHECK(rich.cash(kNext) == kMax);
}
