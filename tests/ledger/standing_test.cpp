#include <algorithm>

#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// On which days what was taken back had stood: those after the book's newest day at its booking, up
// to the newest one at its reversal. No other day changes, whatever else is booked or taken back.
namespace {

const Day kDue = day_of("2024-02-29");
const Day kLate = kDue + 154;
constexpr Amount kAll = 101'500;
const Day kEnd = kLate + 40;

/// Days past due, of all dates up to some time after everything.
std::vector<Day> lateness(const Stage& stage, std::uint64_t known_at = kNoEntry - 1) {
    std::vector<Day> days;
    for (Day day = Drafts::kToday; day <= kEnd; ++day) {
        days.push_back(stage.position({day, known_at}).ageing.days_past_due);
    }
    return days;
}
std::vector<Amount> accrued(const Stage& stage) {
    std::vector<Amount> amounts;
    for (Day day = Drafts::kToday; day <= kEnd; ++day) {
        amounts.push_back(stage.position_on(day).penalty_accrued);
    }
    return amounts;
}
/// Of a contract on which nothing was paid, if from a day on some days are excused.
std::vector<Day> unpaid(Day first_excused, Day excused) {
    std::vector<Day> days;
    for (Day day = Drafts::kToday; day <= kEnd; ++day) {
        const Day gone = std::clamp(day - first_excused + 1, 0, excused);
        const bool now = first_excused <= day && day < first_excused + excused;
        days.push_back(now ? 0 : std::max(0, day - kDue - gone));
    }
    return days;
}

Transaction book(Stage& stage, const TransactionBody& body, Day day) {
    Transaction booked = stage.draft(body, day);
    stage.accept(booked);
    return booked;
}
void take_back(Stage& stage, const Transaction& target, Day day) {
    stage.book.ensure_day(day);
    const bool by_servicer = std::holds_alternative<Repayment>(target.body) ||
                             std::holds_alternative<PrepaySettle>(target.body) ||
                             std::holds_alternative<PenaltyAssess>(target.body);
    const Transaction back =
        stage.draft(stage.reversal(target, by_servicer ? stage.servicer : stage.lender), day);
    REQUIRE(stage.book.submit_one(back, {stage.lender, stage.lender_2, stage.servicer}) ==
            Outcome::accepted);
}

Waive waiver_of_all() {
    Waive waive{Stage::kContract, {}};
    for (const std::uint32_t row : {0U, 1U, 2U}) {
        waive.parts.push_back({row, Component::fee, 500});
        waive.parts.push_back({row, Component::principal, row == 2 ? 33'334 : 33'333});
    }
    return waive;
}

/// All that may meet the rows of a contract on which nothing was paid.
std::vector<TransactionBody> whole() {
    const Stage model;
    return {
        model.payment(kAll, "p-1"),
        PrepaySettle{Stage::kContract, 0, "s-1"},
        MerchantRefund{Stage::kContract, 100'000, "r-1"},
        waiver_of_all(),
        model.replan(2'000, 6),
    };
}

}  // namespace

TEST_CASE("What was taken back had stood from the day after its booking",
          "[ledger][rules][standing]") {
    // Goal: three days are excused, and no date before them changes, whatever met the rows; no
    // penalty but that of the other days.
    for (const TransactionBody& body : whole()) {
        INFO(type_name(body));
        Stage stage;
        const auto billed = accrued(stage);
        const Transaction target = book(stage, body, kLate);
        take_back(stage, target, kLate + 3);
        CHECK(lateness(stage) == unpaid(kLate + 1, 3));
        const auto now = accrued(stage);
        const auto booked = static_cast<std::size_t>(kLate - Drafts::kToday);
        for (std::size_t day = 0; day < now.size(); ++day) {
            const std::size_t gone = day <= booked ? 0 : std::min<std::size_t>(day - booked, 3);
            CHECK(now[day] == billed[day - gone]);
        }
    }
}

TEST_CASE("A backdated payment that is taken back later excuses no day before its booking",
          "[ledger][rules][standing]") {
    // Goal: of a month since its value date only the days on which it stood.
    for (const Day back : {1, 10, 30}) {
        Stage stage;
        const Transaction paid = stage.backdated(stage.payment(kAll), kLate, kLate - back);
        stage.accept(paid);
        CHECK(stage.position_on(kLate).ageing.days_past_due == 0);
        take_back(stage, paid, kLate + 5);
        CHECK(lateness(stage) == unpaid(kLate + 1, 5));
    }
}

TEST_CASE("Until its reversal is known a payment counts from its value date",
          "[ledger][rules][standing]") {
    // Goal: what a reader knew at an entry stays what he knew.
    Stage stage;
    const Transaction paid = stage.backdated(stage.payment(kAll), kLate, kLate - 10);
    stage.accept(paid);
    const auto before = lateness(stage);
    const std::uint64_t known = stage.known();
    take_back(stage, paid, kLate + 5);
    CHECK(lateness(stage, known) == before);
    CHECK(lateness(stage) != before);
}

TEST_CASE("Taken back and booked again, a payment counts as if it had been booked once",
          "[ledger][rules][standing]") {
    // Goal: the same amount under the same reference and value date; or less, and then the rest is
    // late but for the days on which the whole stood.
    for (const Amount again : {kAll, Amount{33'833}}) {
        INFO(again);
        Stage stage;
        const Transaction paid = book(stage, stage.payment(kAll, "bank-1"), kLate - 10);
        take_back(stage, paid, kLate);
        const Transaction repost =
            stage.backdated(stage.payment(again, "bank-1"), kLate, kLate - 10);
        stage.accept(repost);
        Stage once;
        once.accept(once.payment(again), kLate - 10);
        if (again == kAll) {
            CHECK(lateness(stage) == lateness(once));
            CHECK(stage.position_on(kEnd).status == ContractStatus::closed_paid);
            continue;
        }
        const auto days = [](const Stage& of, Day day) {
            return of.position_on(day).ageing.days_past_due;
        };
        CHECK(days(stage, kLate - 10) == days(once, kLate - 10));
        CHECK(days(stage, kLate - 9) == 0);
        CHECK(days(stage, kLate) == 0);
        CHECK(days(stage, kLate + 1) == days(once, kLate + 1) - 10);
    }
}

TEST_CASE("Booked and taken back twice, both times count", "[ledger][rules][standing]") {
    // Goal: with late days between them; the second one excuses its own days alone.
    Stage stage;
    const Transaction first = book(stage, stage.payment(kAll, "bank-1"), kLate - 10);
    take_back(stage, first, kLate - 7);
    const Transaction second = stage.backdated(stage.payment(kAll, "bank-1"), kLate, kLate - 10);
    stage.accept(second);
    take_back(stage, second, kLate + 2);
    std::vector<Day> expected = unpaid(kLate - 9, 3);
    const auto at = static_cast<std::size_t>(kLate - Drafts::kToday);
    expected[at + 1] = expected[at + 2] = 0;
    for (std::size_t day = at + 3; day < expected.size(); ++day) expected[day] -= 2;
    CHECK(lateness(stage) == expected);
}

TEST_CASE("Nothing that is booked later takes away that something stood",
          "[ledger][rules][standing]") {
    // Goal: a fen that is dated before it would have changed what it settled, or been too much
    // beside it; the days on which it stood stay excused. Booked before the reversal it is refused
    // or was there.
    for (const TransactionBody& body : whole()) {
        INFO(type_name(body));
        Stage stage;
        const Transaction target = book(stage, body, kLate);
        take_back(stage, target, kLate + 3);
        stage.accept(stage.backdated(stage.payment(1, "fen-1"), kLate + 3, kLate - 20));
        CHECK(lateness(stage) == unpaid(kLate + 1, 3));
    }
}

TEST_CASE("Nothing that is taken back later takes away that something stood",
          "[ledger][rules][standing]") {
    // Goal: a settlement and a waiver that counted on a grace, a penalty or a chargeback of the
    // time.
    const Amount kOther = 33'833;
    Stage stage;
    const Transaction penalty = stage.draft(PenaltyAssess{Stage::kContract, 0}, kLate - 5);
    stage.accept(penalty);
    Waive waive = waiver_of_all();
    waive.parts.insert(waive.parts.begin(),
                       {0, Component::penalty, stage.position().penalty_assessed});
    const Transaction waived = book(stage, waive, kLate);
    take_back(stage, waived, kLate + 3);
    take_back(stage, penalty, kLate + 3);
    CHECK(lateness(stage) == unpaid(kLate + 1, 3));

    Stage kind;
    const Transaction grace = kind.draft(kind.grace(kLate - 20, kLate + 10), kLate - 20);
    kind.accept(grace);
    const Transaction settled = book(kind, PrepaySettle{Stage::kContract, 0, "s-1"}, kLate);
    take_back(kind, settled, kLate + 3);
    take_back(kind, grace, kLate + 3);
    CHECK(lateness(kind) == unpaid(kLate + 1, 3));

    Stage bounced;
    const Transaction paid = book(bounced, bounced.payment(kOther, "bank-1"), kDue);
    const Transaction charge = bounced.draft(
        Chargeback{Stage::kContract, bounced.servicer->id, paid.id, kOther, "back-1"}, kLate - 5);
    bounced.accept(charge);
    const Transaction all = book(bounced, bounced.payment(kAll, "bank-2"), kLate);
    take_back(bounced, all, kLate + 3);
    const Transaction back = bounced.draft(bounced.reversal(charge, bounced.servicer), kLate + 3);
    REQUIRE(bounced.book.submit_one(back, {bounced.servicer, bounced.bank}) == Outcome::accepted);
    for (const Day day : {1, 2, 3}) {
        CHECK(bounced.position_on(kLate + day).ageing.days_past_due == 0);
    }
}

TEST_CASE("What was booked on a day that was taken back had not stood",
          "[ledger][rules][standing]") {
    // Goal: the newest day goes back behind that of the booking; no day lies between.
    Stage stage;
    const auto before = lateness(stage);
    stage.book.ensure_day(kLate);
    stage.book.ensure_day(kLate + 5);
    const Transaction paid = book(stage, stage.payment(kAll), kLate);
    stage.accept(stage.book.drafts().draft(DayCancel{}, kLate + 5));
    take_back(stage, paid, kLate);
    CHECK(lateness(stage) == before);
    // Opened again, the day is one like any other.
    const Transaction later = book(stage, stage.payment(kAll), kLate);
    take_back(stage, later, kLate + 5);
    CHECK(lateness(stage) == unpaid(kLate + 1, 5));
}

TEST_CASE("A grace that had ended unmet is borne, whatever is backdated into it",
          "[ledger][rules][standing]") {
    // Goal: a payment of a day within the ruleset's grace, taken back long after. Booked on the
    // grace's last day it stood when the grace ended; booked a day later it did not.
    for (const Day booked : {kDue + 10, kDue + 11, kDue + 12}) {
        INFO(booked - kDue);
        Stage stage(
            {.rules = [](RulesetRegister& ruleset, ProductRegister&) { ruleset.grace_days = 10; }});
        const Transaction paid = stage.backdated(stage.payment(33'833), booked, kDue + 5);
        stage.accept(paid);
        CHECK(stage.position_on(booked).penalty_accrued == 0);
        take_back(stage, paid, kDue + 20);
        const bool stood = booked == kDue + 10;
        const Amount of_grace = stood ? 0 : 169;
        const Day counted = booked - (kDue + 10);
        const Amount after[] = {0, 17, 34, 51};
        CHECK(stage.position_on(booked).penalty_accrued == of_grace + after[counted]);
        CHECK(stage.position_on(kDue + 20).penalty_accrued == of_grace + after[counted]);
        CHECK(stage.position_on(kDue + 21).penalty_accrued == of_grace + after[counted + 1]);
    }
}

TEST_CASE("What is booked later met a row together with what stood", "[ledger][rules][standing]") {
    // Goal: two of three parts stand together; the third, dated among their days, stays. Whichever
    // of both goes first, no date on which all counted is later than it was with them.
    Stage stage;
    const Transaction most = book(stage, stage.payment(kAll - 1'001), kLate);
    const Transaction fen = book(stage, stage.payment(1), kLate);
    take_back(stage, fen, kLate + 6);
    stage.accept(stage.backdated(stage.payment(1'001), kLate + 7, kLate + 3));
    CHECK(stage.position_on(kLate + 5).ageing.days_past_due == 0);
    take_back(stage, most, kLate + 8);
    for (Day day = kLate + 3; day <= kLate + 8; ++day) {
        CHECK(stage.position_on(day).ageing.days_past_due == 0);
    }
}

TEST_CASE("Days that a chargeback left out count as met while a payment stood",
          "[ledger][rules][standing]") {
    // Goal: a bank takes back what was paid long ago, on the day on which another payment is
    // booked; that one meets the row that had been late since, and is taken back later.
    Stage stage;
    const Transaction first = book(stage, stage.payment(33'833, "bank-1"), kDue);
    const Transaction most = book(stage, stage.payment(33'833, "bank-2"), kLate);
    stage.accept(stage.draft(
        Chargeback{Stage::kContract, stage.servicer->id, first.id, 33'833, "back-1"}, kLate));
    const Day then = stage.position_on(kLate + 5).ageing.days_past_due;
    CHECK(then == 98);
    take_back(stage, most, kLate + 5);
    CHECK(stage.position_on(kLate + 5).ageing.days_past_due <= then);
}

TEST_CASE("Days that were excused before count no more when another payment is taken back",
          "[ledger][rules][standing]") {
    // Goal: two payments stand together; once the greater one is gone, the days on which it stood
    // are excused. The smaller one meets a row with what stays: no day on which it stood gets later
    // than it was while the other's days were excused.
    const Day second_due = day_of("2024-03-31");
    const Day booked = second_due + 1;
    Stage stage;
    const Transaction small = book(stage, stage.payment(20'000), Drafts::kToday + 1);
    const Transaction great = book(stage, stage.payment(kAll - 33'833), booked);
    book(stage, stage.payment(13'833), booked);
    take_back(stage, great, booked + 3);
    const auto late = [&stage](Day day) { return stage.position_on(day).ageing.days_past_due; };
    CHECK(late(booked + 5) == 3);
    const auto before = lateness(stage);
    take_back(stage, small, booked + 5);
    const auto after = lateness(stage);
    for (Day day = Drafts::kToday + 2; day <= booked + 5; ++day) {
        INFO(day - booked);
        const auto at = static_cast<std::size_t>(day - Drafts::kToday);
        CHECK(after[at] <= before[at]);
    }
    CHECK(late(booked + 4) == 2);
    CHECK(late(booked + 5) == 3);
}

TEST_CASE("A fen has no part in what another payment excused", "[ledger][rules][standing]") {
    // Goal: it stands when the ruleset's grace ends; the days of that grace on which nothing stood
    // are borne, as without it.
    const auto after = [](bool fen) {
        Stage stage(
            {.rules = [](RulesetRegister& ruleset, ProductRegister&) { ruleset.grace_days = 10; }});
        take_back(stage, book(stage, stage.payment(kAll), kDue), kDue + 2);
        if (fen) take_back(stage, book(stage, stage.payment(1), kDue + 8), kDue + 13);
        return stage.position_on(kDue + 14);
    };
    CHECK(after(true).ageing == after(false).ageing);
    // 12 days on which nothing stood; on 5 of them the fen did.
    CHECK(after(false).penalty_accrued == 203);
    CHECK(after(true).penalty_accrued == 118);
}

TEST_CASE("A penalty below zero stops no replay of what stood", "[ledger][rules][standing]") {
    // Goal: it is refused, though such a replay comes to it first, and to a payment behind it.
    Stage stage;
    take_back(stage, book(stage, stage.payment(kAll), kLate), kLate + 3);
    book(stage, stage.payment(1'000), kLate + 3);
    Transaction penalty = stage.backdated(PenaltyAssess{Stage::kContract, 0}, kLate + 3, kLate - 5);
    std::get<PenaltyAssess>(penalty.body).amount = -5;
    stage.refuse(penalty, Outcome::amount_not_positive);
}

namespace {

/// Late by the calendar, so that principal is paid first, but not by the days that count: a payment
/// in full stood on them.
Stage excused_and_a_fen() {
    Stage stage({.rules = [](RulesetRegister& ruleset, ProductRegister&) {
        ruleset.principal_first_after = 35;
    }});
    take_back(stage, book(stage, stage.payment(kAll), kDue + 1), kLate);
    book(stage, stage.payment(1), kLate + 1);
    return stage;
}

}  // namespace

TEST_CASE("What stood is judged by what it met when it did", "[ledger][rules][standing]") {
    // Goal: what the fen paid with days excused is not asked anew as if they were not, or what a
    // re-plan carried and a waiver named would not be there.
    Waive rest = waiver_of_all();
    rest.parts[0].amount -= 1;
    const Stage model;
    for (const TransactionBody& body :
         {TransactionBody{model.replan(2'000, 6)}, TransactionBody{rest}}) {
        INFO(type_name(body));
        Stage stage = excused_and_a_fen();
        const Transaction target = book(stage, body, kLate + 2);
        take_back(stage, target, kLate + 20);
        for (Day day = kLate + 3; day <= kLate + 20; ++day) {
            INFO(day - kLate);
            CHECK(stage.position_on(day).ageing.days_past_due == 0);
        }
        CHECK(stage.position_on(kLate + 2).ageing.days_past_due == 3);
        CHECK(stage.position_on(kLate + 21).ageing.days_past_due == 4);
    }
}

TEST_CASE("What stood after a re-plan is judged by the rows of that plan",
          "[ledger][rules][standing]") {
    // Goal: the re-plan stays; a payment of its first row to the fen is taken back later.
    Stage stage = excused_and_a_fen();
    book(stage, stage.replan(2'000, 6), kLate + 2);
    const PlanRow row = stage.position().rows.front();
    const Amount owed = row.base() + row.open(Component::penalty);
    const Transaction paid = book(stage, stage.payment(owed), row.due);
    take_back(stage, paid, row.due + 10);
    CHECK(stage.position_on(row.due + 10).ageing.days_past_due == 0);
    CHECK(stage.position_on(row.due + 11).ageing.days_past_due == 1);
}

TEST_CASE("A chargeback hides no day that counts without it", "[ledger][rules][standing]") {
    // Goal: a payment stood that had left the longer list of two; a fen that meets a row goes back,
    // and money that meets that row and the next one makes the other list the longer.
    Stage stage;
    book(stage, stage.payment(33'832), Drafts::kToday + 1);
    take_back(stage, book(stage, stage.payment(33'834), kLate), kLate + 20);
    const Transaction fen = book(stage, stage.payment(1), kLate + 21);
    const Transaction charge = book(
        stage, Chargeback{Stage::kContract, stage.servicer->id, fen.id, 1, "back-1"}, kLate + 21);
    book(stage, stage.payment(33'834), kLate + 22);
    const auto late = [&stage] { return stage.position_on(kLate + 22).ageing.days_past_due; };
    CHECK(late() == 115);
    const Transaction back = stage.draft(stage.reversal(charge, stage.servicer), kLate + 22);
    REQUIRE(stage.book.submit_one(back, {stage.servicer, stage.bank}) == Outcome::accepted);
    CHECK(late() == 115);
}

TEST_CASE("Days that a chargeback keeps late by rows alone count as they did while a payment stood",
          "[ledger][rules][standing]") {
    // Goal: no day gets later than it was with what stood. Rows are due on days 0, 31 and 61. Money
    // in full stands on days 2 to 30 and is taken back. Row 0 is paid on day 70; row 1 on day 101,
    // and a bank takes back what was paid on day 70. Those 70 days are 70 by rows, as many as the
    // days since row 1 was due, so that by rows it makes no difference whether row 1 is met; but
    // 29 of them are excused. So with row 1 met 41 days count and those since day 101, without it
    // 70: the days 32 to 101.
    Stage stage;
    take_back(stage, book(stage, stage.payment(kAll, "bank-1"), kDue + 1), kDue + 30);
    const Transaction first = book(stage, stage.payment(33'833, "bank-2"), kDue + 70);
    const Transaction second = book(stage, stage.payment(33'833, "bank-3"), kDue + 101);
    book(stage, Chargeback{Stage::kContract, stage.servicer->id, first.id, 33'833, "back-1"},
         kDue + 101);
    stage.book.ensure_day(kDue + 111);
    const auto late = [&stage](Day day) { return stage.position_on(day).ageing.days_past_due; };
    for (Day day = 101; day <= 111; ++day) CHECK(late(kDue + day) == day - 60);
    take_back(stage, second, kDue + 111);
    CHECK(late(kDue + 101) == 70);
    for (Day day = 102; day <= 111; ++day) CHECK(late(kDue + day) == day - 60);
    CHECK(late(kDue + 112) == 71);
}

TEST_CASE("Excused days leave each row the days that it had before them",
          "[ledger][rules][standing]") {
    // Goal: row 0 was paid 30 days late and is opened again on day 51, when row 1 is 20 days late.
    // Money in full stands on days 52 to 60. Then row 0 counts 30 days and those since, row 1 its
    // days 32 to 51 and those since: they are not lost once row 0 is paid.
    Stage stage;
    const Transaction first = book(stage, stage.payment(33'833, "bank-1"), kDue + 30);
    book(stage, Chargeback{Stage::kContract, stage.servicer->id, first.id, 33'833, "back-1"},
         kDue + 51);
    const auto late = [&stage](Day day) {
        return stage.position_on(kDue + day).ageing.days_past_due;
    };
    CHECK(late(51) == 30);
    take_back(stage, book(stage, stage.payment(kAll, "bank-2"), kDue + 51), kDue + 60);
    CHECK(late(51) == 30);
    CHECK(late(60) == 0);
    CHECK(late(61) == 31);
    book(stage, stage.payment(33'833, "bank-3"), kDue + 61);
    CHECK(late(61) == 21);
    CHECK(late(70) == 30);
}
