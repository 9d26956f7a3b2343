#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// The known life of one contract, day by day, and what a book must never let pass.

TEST_CASE("The known life of one contract, day by day", "[ledger][life]") {
    // Goal: the figures of the credit book for 100000 at 5000 over three periods.
    Stage stage;
    const auto day = [](const char* text) { return day_of(text); };
    const Position begun = stage.position();
    REQUIRE(begun.rows.size() == 3);
    CHECK(begun.rows[0].due == day("2024-02-29"));
    CHECK(begun.rows[1].due == day("2024-03-31"));
    CHECK(begun.rows[2].due == day("2024-04-30"));
    CHECK(begun.rows[0].base() == 33'833);
    CHECK(begun.rows[1].base() == 33'833);
    CHECK(begun.rows[2].base() == 33'834);

    stage.accept(stage.payment(33'833), day("2024-02-29"));
    CHECK(stage.position().payable() == 67'667);
    for (const char* quiet : {"2024-03-01", "2024-03-30", "2024-03-31"}) {
        CHECK(stage.position_on(day(quiet)).ageing == Ageing{});
        CHECK(stage.position_on(day(quiet)).penalty_accrued == 0);
    }
    CHECK(stage.position_on(day("2024-04-01")).ageing == Ageing{1, 1, 1, 1});

    CHECK(stage.position_on(day("2024-04-10")).ageing == Ageing{10, 10, 1, 1});
    CHECK(stage.position_on(day("2024-04-10")).penalty_accrued == 169);
    stage.refuse(stage.payment(67'668), Outcome::above_payable, day("2024-04-10"));
    stage.accept(PenaltyAssess{Stage::kContract}, day("2024-04-10"));
    const auto paid = stage.draft(stage.payment(20'000), day("2024-04-10"));
    CHECK(std::get<Repayment>(paid.body).allocation ==
          std::vector<Allocation>{{1, Component::penalty, 169},
                                  {1, Component::fee, 500},
                                  {1, Component::principal, 19'331}});
    stage.accept(paid);
    CHECK(stage.position().rows[1].base() == 14'002);
    // A part payment does not reset the days.
    CHECK(stage.position_on(day("2024-04-10")).ageing == Ageing{10, 10, 1, 1});

    const Position due = stage.position_on(day("2024-04-30"));
    CHECK(due.ageing == Ageing{30, 30, 1, 1});
    CHECK(due.penalty_accrued - due.penalty_assessed == 140);
    stage.accept(OverdueMark{Stage::kContract}, day("2024-04-30"));

    const Position late = stage.position_on(day("2024-05-01"));
    CHECK(late.ageing == Ageing{31, 31, 2, 1});
    CHECK(late.rows[1].base() + late.rows[2].base() == 47'836);
    CHECK(stage.position_on(day("2024-06-29")).ageing == Ageing{90, 90, 3, 1});
    CHECK(stage.position_on(day("2024-06-30")).ageing == Ageing{91, 91, 4, 2});
}

TEST_CASE("A fen lost in a schedule is refused", "[ledger][life]") {
    // Goal: whichever row and component it is lost from, and whether the sum still holds or not.
    Stage stage({.captured = false});
    const auto drafted = stage.draft(stage.capture(100'000));
    for (std::size_t row = 0; row < 3; ++row) {
        for (Amount Instalment::*part : {&Instalment::principal, &Instalment::fee}) {
            auto lost = drafted;
            lost.id = stage.book.drafts().next_id();
            --(std::get<Capture>(lost.body).schedule[row].*part);
            stage.refuse(lost, Outcome::schedule_differs);
            auto moved = lost;
            moved.id = stage.book.drafts().next_id();
            ++(std::get<Capture>(moved.body).schedule[(row + 1) % 3].*part);
            stage.refuse(moved, Outcome::schedule_differs);
        }
    }
    stage.accept(drafted);
}

TEST_CASE("A payment posted twice is refused", "[ledger][life]") {
    // Goal: on the same day, on a later one, on another contract, in one atomic submission, and as
    // another kind of payment.
    Stage stage;
    const auto other = id_of<ContractId>(9);
    stage.accept(stage.capture(10'000, 3, other));
    stage.accept(stage.payment(100, "bank-1"));
    stage.refuse(stage.payment(100, "bank-1"), Outcome::source_ref_used);
    stage.refuse(Repayment{other, 100, "bank-1", {}}, Outcome::source_ref_used);
    stage.refuse(PrepaySettle{Stage::kContract, 0, "bank-1"}, Outcome::source_ref_used);
    stage.refuse(stage.payment(100, "bank-1"), Outcome::source_ref_used, Drafts::kToday + 20);
    const std::vector twice{stage.draft(stage.payment(100, "bank-2"), Drafts::kToday + 20),
                            stage.draft(stage.payment(100, "bank-2"), Drafts::kToday + 20)};
    const auto result = stage.book.submit(twice, {stage.servicer}, true);
    CHECK(result.transactions[0].outcome == Outcome::atomic_sibling);
    CHECK(result.transactions[1].outcome == Outcome::source_ref_used);
    CHECK(stage.position().payable() == 101'400);
}

TEST_CASE("A payment into a closed day is refused", "[ledger][life]") {
    // Goal: alone, atomic without a reversal, and however it is dated; the next open day takes it.
    Stage stage;
    stage.book.ensure_day(Drafts::kToday + 1);
    stage.close_days(Drafts::kToday);
    const auto late = stage.draft(stage.payment(100));
    REQUIRE(late.business_date == Drafts::kToday);
    stage.refuse(late, Outcome::day_closed);
    const std::vector pair{stage.draft(stage.payment(100)), stage.draft(stage.payment(100))};
    const auto result = stage.book.submit(pair, {stage.servicer}, true);
    CHECK(result.transactions[0].outcome == Outcome::day_closed);
    CHECK(result.transactions[1].outcome == Outcome::day_closed);
    // As a correction it is booked today and effective on the closed day.
    stage.accept(stage.backdated(stage.payment(100), Drafts::kToday + 1, Drafts::kToday));
    CHECK(stage.position_on(Drafts::kToday).payable() == 101'400);
}

TEST_CASE("A re-plan that loses arrears is refused", "[ledger][life]") {
    // Goal: each carried component off by a fen, in both directions, alone or with the rows.
    Stage stage;
    const Day day = day_of("2024-04-10");
    stage.accept(PenaltyAssess{Stage::kContract}, day);
    const auto drafted = stage.draft(stage.replan(2'000, 6), day);
    const auto& claims = std::get<Reschedule>(drafted.body);
    CHECK(claims.carried_penalty == 862);
    CHECK(claims.carried_fee == 1'000);
    CHECK(claims.carried_interest == 0);
    const auto changed = [&](auto change) {
        auto transaction = drafted;
        transaction.id = stage.book.drafts().next_id();
        change(std::get<Reschedule>(transaction.body));
        stage.refuse(transaction, Outcome::reschedule_differs);
    };
    for (Amount Reschedule::*carried :
         {&Reschedule::carried_penalty, &Reschedule::carried_fee, &Reschedule::carried_interest}) {
        changed([&](Reschedule& claim) { ++(claim.*carried); });
        changed([&](Reschedule& claim) { --(claim.*carried); });
    }
    changed([](Reschedule& claim) {
        claim.carried_fee -= 1;
        claim.schedule[0].fee -= 1;
    });
    changed([](Reschedule& claim) {
        claim.carried_penalty = 0;
        claim.carried_fee = 0;
    });
    changed([](Reschedule& claim) { --claim.schedule[5].principal; });
    stage.accept(drafted);
    CHECK(stage.position().outstanding == ByComponent{862, 1'000 + 6 * 200, 0, 100'000});
}

TEST_CASE("A charge-off that differs by a fen is refused", "[ledger][life]") {
    // Goal: each component, in both directions; also one that nets out over two components.
    Stage stage;
    const Day day = day_of("2024-08-31");
    stage.accept(PenaltyAssess{Stage::kContract}, day);
    const auto drafted = stage.draft(ChargeOff{.contract = Stage::kContract}, day);
    const auto changed = [&](auto change) {
        auto transaction = drafted;
        transaction.id = stage.book.drafts().next_id();
        change(std::get<ChargeOff>(transaction.body));
        stage.refuse(transaction, Outcome::charge_off_differs);
    };
    for (Amount ChargeOff::*part :
         {&ChargeOff::penalty, &ChargeOff::fee, &ChargeOff::interest, &ChargeOff::principal}) {
        changed([&](ChargeOff& claim) { ++(claim.*part); });
        changed([&](ChargeOff& claim) { --(claim.*part); });
    }
    changed([](ChargeOff& claim) {
        ++claim.principal;
        --claim.fee;
    });
    stage.accept(drafted);
    CHECK(stage.position().status == ContractStatus::charged_off);
}
