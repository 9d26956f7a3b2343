#include "ledger/double_entry.h"
#include "ledger/queries.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// What was true for a date, as known at a moment.
namespace {

constexpr Day kToday = Drafts::kToday;

}  // namespace

TEST_CASE("A backdated payment replays the contract, and what was known stays visible",
          "[ledger][queries][point]") {
    // Goal: the two dimensions apart: a date, and what was known then.
    Stage stage;
    const Day day = day_of("2024-03-10");
    stage.accept(stage.payment(10'000), day);
    const std::uint64_t before = stage.known();
    stage.accept(
        stage.backdated(stage.payment(33'833), day_of("2024-03-11"), day_of("2024-02-29")));

    CHECK(stage.position_on(day).ageing == Ageing{});
    CHECK(stage.position_on(day).penalty_accrued == 0);
    CHECK(stage.position_on(day).payable() == 101'500 - 43'833);
    const Position known = stage.position({day, before});
    CHECK(known.ageing.days_past_due == 10);
    CHECK(known.penalty_accrued == 169);
    CHECK(known.payable() == 91'500);
    CHECK(known.effects.back().allocation ==
          std::vector<Allocation>{{0, Component::fee, 500}, {0, Component::principal, 9'500}});
    // As of the day before the payment, as it is known today.
    CHECK(stage.position_on(day - 1).payable() == 101'500 - 33'833);
    CHECK(stage.book.contract(Stage::kContract, {day, before})->body.events.size() == 2);
}

TEST_CASE("A reversal is unknown before it is made", "[ledger][queries][point]") {
    // Goal: known_at between an event and its reversal sees the event alone.
    Stage stage;
    const auto payment = stage.draft(stage.payment(500));
    stage.accept(payment);
    const std::uint64_t paid = stage.known();
    stage.accept(stage.reversal(payment), kToday + 3);
    const std::uint64_t reversed = stage.known();
    CHECK(stage.position({kToday, paid}).payable() == 101'000);
    CHECK(stage.position({kToday, reversed - 1}).payable() == 101'000);
    CHECK(stage.position({kToday, reversed}).payable() == 101'500);
    // As if it had never been, for its own date too.
    CHECK(stage.position_on(kToday).payable() == 101'500);
    const auto view = stage.book.contract(Stage::kContract, {kToday, paid}).value();
    CHECK(view.body.events.back().reversed_by == kNoEntry);
}

TEST_CASE("Before it began there is no contract and no line", "[ledger][queries][point]") {
    // Goal: by date and by entry, to the day and to the entry.
    Stage stage({.captured = false});
    const std::uint64_t line_only = stage.known();
    stage.accept(stage.capture(100'000), kToday + 5);
    CHECK_FALSE(stage.book.contract(Stage::kContract, {kToday + 4}));
    CHECK(stage.book.contract(Stage::kContract, {kToday + 5}));
    CHECK_FALSE(stage.book.contract(Stage::kContract, {kDayMax, line_only}));
    CHECK(stage.book.contract(Stage::kContract, {kDayMax, stage.known()}));
    CHECK_FALSE(stage.book.line(Stage::kLine, {kToday - 1}));
    CHECK(stage.book.line(Stage::kLine, {kToday}));
    CHECK_FALSE(stage.book.line(Stage::kLine, {kDayMax, 0}));
    CHECK_FALSE(stage.book.borrower(Stage::kBorrower, {kDayMax, 0}));
    const auto line = stage.book.line(Stage::kLine, {kToday + 4}).value();
    CHECK(line.contracts.empty());
    CHECK(line.used == 0);
    CHECK(line.available == 150'000);
    CHECK(line.body.used == 100'000);
}

TEST_CASE("A line's limit, status, use and reservations are those of the point",
          "[ledger][queries][point]") {
    // Goal: every change of a line at its date and at its entry.
    Stage stage({.captured = false});
    const auto at = [&](Day day, std::uint64_t known = PointInTime{}.known_at) {
        return stage.book.line(Stage::kLine, {day, known}).value();
    };
    const auto authorisation = id_of<AuthorisationId>(1);
    stage.accept(PurchaseAuth{authorisation, Stage::kLine, 20'000, kToday + 9}, kToday + 1);
    stage.accept(LimitChange{Stage::kLine, 90'000, {}}, kToday + 2);
    const std::uint64_t cut = stage.known();
    Capture capture = stage.capture(15'000);
    capture.authorisation = authorisation;
    stage.accept(capture, kToday + 3);
    stage.accept(LimitFreeze{Stage::kLine, "x"}, kToday + 4);
    const std::uint64_t frozen = stage.known();
    stage.accept(stage.payment(5'075), kToday + 5);

    CHECK(at(kToday).reserved == 0);
    CHECK(at(kToday).limit == 150'000);
    CHECK(at(kToday + 1).reserved == 20'000);
    CHECK(at(kToday + 1).available == 130'000);
    CHECK(at(kToday + 2).available == 70'000);
    CHECK(at(kToday + 3).reserved == 0);
    CHECK(at(kToday + 3).used == 15'000);
    CHECK(at(kToday + 3).available == 75'000);
    CHECK(at(kToday + 3).status == LineStatus::active);
    CHECK(at(kToday + 4).status == LineStatus::frozen);
    CHECK(at(kToday + 5).used == 10'000);
    CHECK(at(kToday + 5, frozen).used == 15'000);
    // What was known when the limit was cut, for a later date.
    CHECK(at(kToday + 5, cut).used == 0);
    CHECK(at(kToday + 5, cut).reserved == 20'000);
    CHECK(at(kToday + 5, cut).status == LineStatus::active);
    CHECK(at(kToday + 5, cut - 2).limit == 150'000);
    const auto borrower = stage.book.borrower(Stage::kBorrower, {kToday + 1}).value();
    REQUIRE(borrower.lines.size() == 1);
    CHECK(borrower.lines[0].available == 130'000);
}

TEST_CASE("Without a date a reader sees the newest day", "[ledger][queries][point]") {
    // Goal: ageing and penalties move with the book's days, not with events.
    Stage stage;
    CHECK(stage.position().ageing.days_past_due == 0);
    stage.book.ensure_day(day_of("2024-03-10"));
    CHECK(stage.position().ageing.days_past_due == 10);
    CHECK(stage.position().penalty_accrued == 169);
    CHECK(stage.book.contract(Stage::kContract)->as_of == day_of("2024-03-10"));
    stage.close_days(day_of("2024-03-10"));
    CHECK(stage.position().ageing.days_past_due == 10);
}

TEST_CASE("Every earlier view is the view of that time", "[ledger][queries][point]") {
    // Goal: known_at an entry equals what the reader of that entry saw, over a whole life with
    // backdating and reversals.
    Stage stage;
    std::vector<std::pair<std::uint64_t, Position>> seen;
    const auto look = [&] { seen.emplace_back(stage.known(), stage.position_on(kToday + 90)); };
    const auto payment = stage.draft(stage.payment(40'000), kToday + 50);
    look();
    stage.accept(payment);
    look();
    stage.accept(PenaltyAssess{Stage::kContract}, kToday + 60);
    look();
    stage.accept(stage.backdated(stage.payment(1'000), kToday + 60, kToday + 40));
    look();
    stage.accept(stage.reversal(payment), kToday + 60);
    look();
    stage.accept(stage.replan(2'000, 6), kToday + 61);
    look();
    for (const auto& [entry, position] : seen) {
        const Position again = stage.position({kToday + 90, entry});
        CHECK(again.outstanding == position.outstanding);
        CHECK(again.penalty_accrued == position.penalty_accrued);
        CHECK(again.ageing == position.ageing);
        CHECK(again.plan == position.plan);
        CHECK(again.effects.size() == position.effects.size());
        CHECK(balances_of(again) == balances_of(position));
    }
}
