#include "ledger/replay.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// What was taken back makes no contract younger: days while it stood do not count, the count from
// before it goes on.
namespace {

const Day kDue = day_of("2024-02-29");
const Day kLate = kDue + 154;
constexpr Amount kAll = 101'500;

/// What a reader sees of a date.
struct Seen {
    Day days_past_due;
    std::uint32_t asset_class;
    Amount penalty;

    bool operator==(const Seen&) const = default;
};
std::vector<Seen> seen(const Stage& stage, Day first, Day last) {
    std::vector<Seen> all;
    for (Day day = first; day <= last; ++day) {
        const Position position = stage.position_on(day);
        all.push_back(
            {position.ageing.days_past_due, position.ageing.asset_class, position.penalty_accrued});
    }
    return all;
}

Day late(const Stage& stage, Day day) { return stage.position_on(day).ageing.days_past_due; }

/// Done on one day and taken back on another, by everyone who may have to sign.
void take_back(Stage& stage, const Transaction& target, Day day) {
    const bool by_servicer = std::holds_alternative<Repayment>(target.body) ||
                             std::holds_alternative<PrepaySettle>(target.body) ||
                             std::holds_alternative<Chargeback>(target.body);
    const Transaction back =
        stage.draft(stage.reversal(target, by_servicer ? stage.servicer : stage.lender), day);
    REQUIRE(stage.book.submit_one(back, {stage.lender, stage.lender_2, stage.servicer,
                                         stage.bank}) == Outcome::accepted);
}
Transaction pay(Stage& stage, Amount amount, Day day) {
    const Transaction paid = stage.draft(stage.payment(amount), day);
    stage.accept(paid);
    return paid;
}

}  // namespace

TEST_CASE("What is taken back on its own day changes nothing", "[ledger][rules][lateness]") {
    // Goal: days, class and penalty of every date, whatever it was that met the rows.
    Stage model;
    const std::vector<TransactionBody> bodies = {
        model.payment(kAll, "p-1"),
        model.payment(5, "p-1"),
        PrepaySettle{Stage::kContract, 0, "s-1"},
        MerchantRefund{Stage::kContract, 100'000, "r-1"},
        Waive{Stage::kContract, {{0, Component::principal, 33'333}, {0, Component::fee, 500}}},
        model.grace(kLate, kLate + 10),
        model.replan(2'000, 6),
    };
    for (const TransactionBody& body : bodies) {
        INFO(type_name(body));
        Stage stage;
        stage.book.ensure_day(kLate);
        const auto before = seen(stage, Drafts::kToday, kLate + 40);
        for (int time = 0; time < 2; ++time) {
            const Transaction target = stage.draft(body, kLate);
            stage.accept(target);
            take_back(stage, target, kLate);
            CHECK(seen(stage, Drafts::kToday, kLate + 40) == before);
        }
        CHECK(late(stage, kLate) == 154);
    }
}

TEST_CASE("An atomic pair changes nothing", "[ledger][rules][lateness]") {
    // Goal: payment and reversal in one submission, by one key of the servicer.
    Stage stage;
    const Transaction paid = stage.draft(stage.payment(kAll), kLate);
    const Transaction back = stage.draft(stage.reversal(paid), kLate);
    const auto before = seen(stage, Drafts::kToday, kLate + 40);
    const auto both = stage.book.submit(std::vector{paid, back}, {stage.servicer}, true);
    for (const auto& row : both.transactions) REQUIRE(row.outcome == Outcome::accepted);
    CHECK(seen(stage, Drafts::kToday, kLate + 40) == before);
}

TEST_CASE("A backdated payment that is taken back at once ages nobody less",
          "[ledger][rules][lateness]") {
    // Goal: it was relied on from its booking, not from its value date.
    Stage stage;
    const Transaction paid = stage.backdated(stage.payment(kAll), kLate, kLate - 30);
    stage.accept(paid);
    take_back(stage, paid, kLate);
    CHECK(late(stage, kLate) == 154);
    CHECK(late(stage, kLate + 1) == 155);
}

TEST_CASE("Days while a payment stood do not count, those before it do",
          "[ledger][rules][lateness]") {
    // Goal: no past day becomes later; then the count goes on, pair after pair.
    Stage stage;
    const Transaction paid = pay(stage, kAll, kLate);
    stage.book.ensure_day(kLate + 30);
    const auto before = seen(stage, kLate + 1, kLate + 30);
    CHECK(before.back().days_past_due == 0);
    take_back(stage, paid, kLate + 30);
    CHECK(seen(stage, kLate + 1, kLate + 30) == before);
    CHECK(late(stage, kLate) == 154);
    CHECK(late(stage, kLate + 31) == 155);
    CHECK(late(stage, kLate + 40) == 164);
    CHECK(stage.position_on(kLate + 31).ageing.asset_class == 3);

    take_back(stage, pay(stage, kAll, kLate + 40), kLate + 40);
    CHECK(late(stage, kLate + 40) == 164);
    take_back(stage, pay(stage, kAll, kLate + 40), kLate + 50);
    CHECK(late(stage, kLate + 50) == 0);
    CHECK(late(stage, kLate + 60) == 174);
    // Money that stays ends it.
    pay(stage, 67'666, kLate + 60);
    CHECK(late(stage, kLate + 60) == 174 - 61);
}

TEST_CASE("A part payment that is taken back leaves the higher of both counts",
          "[ledger][rules][lateness]") {
    // Goal: with it 93 days at first, and 123 when it goes; before it 154.
    Stage stage;
    const Transaction paid = pay(stage, 67'666, kLate);
    CHECK(late(stage, kLate) == 93);
    stage.book.ensure_day(kLate + 30);
    CHECK(late(stage, kLate + 30) == 123);
    take_back(stage, paid, kLate + 30);
    CHECK(late(stage, kLate + 30) == 123);
    CHECK(late(stage, kLate + 31) == 155);
    CHECK(late(stage, kLate + 32) == 156);
}

TEST_CASE("Of two that are taken back neither hides the other", "[ledger][rules][lateness]") {
    // Goal: one inside the other, and each first; 25 days were counted before them.
    const Day day = kDue + 25;
    for (const bool inner_first : {true, false}) {
        for (const Amount second : {Amount{5}, Amount{33'833}}) {
            INFO(inner_first << ", " << second);
            Stage stage;
            const Transaction outer = pay(stage, 33'833, day);
            const Transaction inner = pay(stage, second, day + 2);
            take_back(stage, inner_first ? inner : outer, day + 4);
            take_back(stage, inner_first ? outer : inner, day + 4);
            CHECK(late(stage, day) == 25);
            CHECK(late(stage, day + 1) == 0);
            CHECK(late(stage, day + 4) == 0);
            CHECK(late(stage, day + 5) == 26);
            CHECK(late(stage, day + 9) == 30);
        }
    }
}

TEST_CASE("A small payment that stood for long hides nothing", "[ledger][rules][lateness]") {
    // Goal: booked when nothing was late; then all was paid for a day and taken back, before the
    // small one or after it.
    for (const bool small_first : {false, true}) {
        INFO(small_first);
        Stage stage;
        const Transaction small = pay(stage, 5, Drafts::kToday);
        const Transaction all = pay(stage, kAll - 5, kLate);
        take_back(stage, small_first ? small : all, kLate + 1);
        take_back(stage, small_first ? all : small, kLate + 1);
        CHECK(late(stage, kLate) == 154);
        CHECK(late(stage, kLate + 1) == 0);
        CHECK(late(stage, kLate + 2) == 155);
    }
    // The same on one day.
    Stage stage;
    const Transaction small = pay(stage, 5, Drafts::kToday);
    const Transaction all = pay(stage, kAll - 5, kLate);
    take_back(stage, small, kLate);
    take_back(stage, all, kLate);
    CHECK(late(stage, kLate - 1) == 153);
    CHECK(late(stage, kLate) == 154);
    CHECK(late(stage, kLate + 1) == 155);
}

TEST_CASE("A pair on an older open day changes nothing", "[ledger][rules][lateness]") {
    // Goal: one submission, dated on the last day that is still open; later days are open too.
    for (const bool atomic : {true, false}) {
        Stage stage;
        const Day old = kDue + 81;
        stage.book.ensure_day(old);
        stage.book.ensure_day(kDue + 274);
        const auto before = seen(stage, Drafts::kToday, kDue + 300);
        const Transaction paid = stage.draft(stage.payment(kAll), old);
        const Transaction back = stage.draft(stage.reversal(paid), old);
        const auto both = stage.book.submit(std::vector{paid, back}, {stage.servicer}, atomic);
        for (const auto& row : both.transactions) REQUIRE(row.outcome == Outcome::accepted);
        CHECK(late(stage, kDue + 274) == 274);
        CHECK(seen(stage, Drafts::kToday, kDue + 300) == before);
    }
}

TEST_CASE("A day opened between a payment and its reversal counts as one on which it stood",
          "[ledger][rules][lateness]") {
    // Goal: in one submission the book is moved ahead; what was before the booking stays, and a
    // ruleset that bounds the lag takes no such payment.
    for (const Day lag : {0, 3}) {
        Stage stage({.rules = [lag](RulesetRegister& ruleset,
                                    ProductRegister&) { ruleset.lag_days_max = lag; },
                     .captured = false});
        stage.book.set_next_time(std::chrono::days(Drafts::kToday));
        stage.accept(stage.capture(100'000));
        const Day old = kDue + 81;
        stage.book.set_next_time(std::chrono::days(kDue + 274));
        stage.book.ensure_day(old);
        const auto before = seen(stage, Drafts::kToday, old);
        const Transaction paid = stage.draft(stage.payment(kAll), old);
        const Transaction open = stage.book.drafts().open_day(kDue + 274);
        const Transaction back = stage.draft(stage.reversal(paid), old);
        const auto all = stage.book.submit(std::vector{paid, open, back}, {stage.servicer}, true);
        CHECK(all.transactions.at(0).outcome ==
              (lag == 0 ? Outcome::accepted : Outcome::business_date_late));
        CHECK(seen(stage, Drafts::kToday, old) == before);
        stage.book.ensure_day(kDue + 274);
        CHECK(late(stage, kDue + 275) == (lag == 0 ? 82 : 275));
    }
}

TEST_CASE("Payments of a fen, each taken back a day later, lose no day",
          "[ledger][rules][lateness]") {
    // Goal: they met no row, so nobody could take the contract for less late; where they did meet
    // one, only those days are lost.
    for (const Amount amount : {Amount{1}, kAll}) {
        Stage stage;
        for (Day day = kLate; day < kLate + 6; ++day) {
            take_back(stage, pay(stage, amount, day), day + 1);
        }
        for (Day day = kLate; day <= kLate + 6; ++day) {
            CHECK(late(stage, day) == (amount == 1 || day == kLate ? day - kDue : 0));
        }
        CHECK(late(stage, kLate + 7) == (amount == 1 ? 161 : 155));
    }
}

TEST_CASE("A charge-off that is taken back hides no day of what was taken back inside it",
          "[ledger][rules][lateness]") {
    // Goal: a grace was booked before it and taken back while it stood.
    Stage stage(
        {.rules = [](RulesetRegister& ruleset, ProductRegister&) { ruleset.penalty_ppm_day = 0; }});
    const Transaction grace = stage.draft(stage.grace(kLate, kLate + 40), kLate);
    stage.accept(grace);
    const Transaction loss =
        stage.draft(ChargeOff{Stage::kContract, 0, 0, 0, 0, "gone"}, kLate + 10);
    stage.accept(loss);
    take_back(stage, grace, kLate + 20);
    take_back(stage, loss, kLate + 30);
    CHECK(late(stage, kLate + 20) == 174);
    CHECK(late(stage, kLate + 31) == 185);
    CHECK(stage.position_on(kLate + 31).ageing.delinquent_days == 185 - 20);
}

TEST_CASE("A chargeback that is taken back leaves the payment as it was",
          "[ledger][rules][lateness]") {
    // Goal: and if the payment goes too, the days on which it stood are the only ones lost.
    Stage stage;
    const Transaction paid = pay(stage, kAll, kLate);
    const Transaction charge = stage.draft(
        Chargeback{Stage::kContract, stage.servicer->id, paid.id, kAll, "back-1"}, kLate + 5);
    stage.accept(charge);
    CHECK(late(stage, kLate + 5) == 154);
    take_back(stage, charge, kLate + 7);
    CHECK(late(stage, kLate + 7) == 0);
    take_back(stage, paid, kLate + 9);
    CHECK(late(stage, kLate) == 154);
    CHECK(late(stage, kLate + 9) == 0);
    CHECK(late(stage, kLate + 10) == 155);
}

TEST_CASE("A row that honest money left counts its own days", "[ledger][rules][lateness]") {
    // Goal: 154 days belonged to a row that was paid since; the last one has 93 of before.
    Stage stage;
    const Transaction paid = pay(stage, kAll - 1'000, kLate);
    pay(stage, 1'000, kLate + 5);
    stage.book.ensure_day(kLate + 30);
    take_back(stage, paid, kLate + 30);
    pay(stage, 67'666 - 1'000, kLate + 30);
    CHECK(late(stage, kLate + 30) == 0);
    CHECK(late(stage, kLate + 31) == 94);
}

TEST_CASE("A payment that its bank takes back makes nobody younger", "[ledger][rules][lateness]") {
    // Goal: days since the payment do not count, days before it do; no penalty for the days
    // between.
    Stage stage;
    const Transaction paid = pay(stage, 100'000, kLate);
    CHECK(late(stage, kLate + 9) == 9 + 93);
    const Amount before = stage.position_on(kLate + 10).penalty_accrued;
    stage.accept(Chargeback{Stage::kContract, stage.servicer->id, paid.id, 100'000, "back-1"},
                 kLate + 10);
    CHECK(late(stage, kLate + 9) == 9 + 93);
    CHECK(late(stage, kLate + 10) == 154);
    CHECK(late(stage, kLate + 20) == 164);
    CHECK(stage.position_on(kLate + 10).penalty_accrued == before);
}

TEST_CASE("Paid in advance is not yet paid in time", "[ledger][rules][lateness]") {
    // Goal: under observation count rows that fell due; a reversal and a waiver count nothing.
    const Day day = kDue + 91;
    const auto asset_class = [](const Stage& stage, Day on) {
        return stage.position_on(on).ageing.asset_class;
    };
    Stage stage;
    stage.accept(stage.replan(0, 6), day);
    const auto rows = stage.position().rows;
    const auto owed = [&](std::size_t row) { return sum_of(rows[row].outstanding); };
    const Transaction paid = pay(stage, owed(0) + owed(1) + owed(2), day);
    CHECK(asset_class(stage, day) == 2);
    CHECK(asset_class(stage, rows[2].due - 1) == 2);
    CHECK(asset_class(stage, rows[2].due) == 0);
    take_back(stage, paid, rows[2].due);
    CHECK(asset_class(stage, rows[2].due + 1) == 2);

    Stage waived;
    waived.accept(waived.replan(0, 6), day);
    Waive waive{Stage::kContract, {}};
    for (const Component component : {Component::fee, Component::principal}) {
        waive.parts.push_back({0, component, rows[0].open(component)});
    }
    waived.accept(waive, day);
    pay(waived,
        owed(0) - sum_of({0, rows[0].open(Component::fee), 0, rows[0].open(Component::principal)}) +
            owed(1) + owed(2) + owed(3),
        day);
    CHECK(asset_class(waived, rows[2].due) == 2);
    CHECK(asset_class(waived, rows[3].due) == 0);
}

TEST_CASE("A row that was late begins the observation again", "[ledger][rules][lateness]") {
    // Goal: three in a row, each by the end of its grace.
    const Day day = kDue + 96;
    Stage stage(
        {.rules = [](RulesetRegister& ruleset, ProductRegister&) { ruleset.grace_days = 5; }});
    stage.accept(stage.replan(0, 6), day);
    const auto rows = stage.position().rows;
    for (std::size_t row = 0; row < 5; ++row) {
        // The second one a day after its grace; the others on its last day.
        pay(stage, sum_of(rows[row].outstanding), rows[row].due + (row == 1 ? 6 : 5));
        CHECK(stage.position_on(rows[row].due + 6).ageing.asset_class == (row < 4 ? 2 : 0));
    }
}

TEST_CASE("A re-plan that is taken back is used up and keeps its observation",
          "[ledger][rules][lateness]") {
    // Goal: after a day that passed; on its own day it never was.
    const Day day = kDue + 91;
    const auto rules = [](RulesetRegister& ruleset, ProductRegister&) {
        ruleset.reschedules_max = 1;
    };
    Stage stage({.rules = rules});
    const Transaction plan = stage.draft(stage.replan(0, 6), day);
    stage.accept(plan);
    take_back(stage, plan, day + 5);
    stage.refuse(stage.replan(0, 6), Outcome::reschedule_exhausted, day + 5);
    CHECK(stage.position_on(day).ageing == Ageing{91, 91, 4, 2});
    CHECK(stage.position_on(day + 5).ageing == Ageing{0, 0, 0, 2});
    CHECK(stage.position_on(day + 6).ageing == Ageing{92, 92, 4, 2});
    pay(stage, 101'000, day + 6);
    CHECK(stage.position_on(day + 6).ageing.asset_class == 2);

    Stage other({.rules = rules});
    const Transaction mistake = other.draft(other.replan(0, 6), day);
    other.accept(mistake);
    take_back(other, mistake, day);
    other.accept(other.replan(0, 3), day);
}
