#include <limits>

#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// Requests, graces and re-plans.
namespace {

constexpr Day kToday = Drafts::kToday;
const auto kRequest = id_of<HardshipId>(1);

}  // namespace

TEST_CASE("HARDSHIP_REQUEST is opened once and answered once", "[ledger][rules][hardship]") {
    // Goal: refused, or granted by a grace or a re-plan; never twice.
    Stage stage;
    stage.refuse(stage.request(kRequest, HardshipStage::refused), Outcome::hardship_unknown);
    stage.accept(stage.request(kRequest));
    CHECK(stage.position().open_requests == std::vector{kRequest});
    stage.refuse(stage.request(kRequest), Outcome::hardship_exists);
    stage.accept(stage.request(kRequest, HardshipStage::refused));
    CHECK(stage.position().open_requests.empty());
    stage.refuse(stage.request(kRequest, HardshipStage::refused), Outcome::hardship_unknown);
    stage.refuse(stage.request(kRequest), Outcome::hardship_exists);
    stage.refuse(stage.grace(kToday, kToday + 1, kRequest), Outcome::hardship_unknown);
    stage.refuse(stage.replan(0, 3, kRequest), Outcome::hardship_unknown);

    const auto second = id_of<HardshipId>(2);
    const auto third = id_of<HardshipId>(3);
    stage.accept(stage.request(second));
    stage.accept(stage.request(third));
    stage.accept(stage.grace(kToday + 1, kToday + 2, second));
    CHECK(stage.position().open_requests == std::vector{third});
    stage.refuse(stage.replan(0, 3, second), Outcome::hardship_unknown);
    stage.accept(stage.replan(0, 3, third));
    CHECK(stage.position().open_requests.empty());
}

TEST_CASE("HARDSHIP_REQUEST is refused, each rule with its code", "[ledger][rules][hardship]") {
    // Goal: reason, contract and signer.
    Stage stage;
    HardshipRequest request = stage.request(kRequest);
    for (const auto& reason : {std::string(), std::string(65, 'x')}) {
        request.reason = reason;
        stage.refuse(request, Outcome::text_out_of_range);
    }
    request.reason = std::string(64, 'x');
    request.contract = id_of<ContractId>(9);
    stage.refuse(request, Outcome::contract_unknown);
    require_refused(stage.book, stage.draft(stage.request(kRequest)), {stage.lender},
                    Outcome::role_missing);
    stage.accept(stage.payment(101'500));
    stage.refuse(stage.request(kRequest), Outcome::contract_not_active);
}

TEST_CASE("GRACE_GRANT has a form, a number and a length", "[ledger][rules][hardship]") {
    // Goal: dates at their ends, overlaps by a day, and what the ruleset allows: 2 and 60 days.
    Stage stage;
    const auto refused = [&](Day from, Day to, Outcome expected) {
        stage.refuse(stage.grace(from, to), expected);
    };
    for (const Day day :
         {-1, kDayMax + 1, std::numeric_limits<Day>::max(), std::numeric_limits<Day>::min()}) {
        refused(day, kToday + 5, Outcome::date_out_of_range);
        refused(kToday, day, Outcome::date_out_of_range);
    }
    refused(kToday - 1, kToday + 5, Outcome::grace_invalid);
    refused(kToday + 5, kToday + 4, Outcome::grace_invalid);
    refused(kToday, kToday + 60, Outcome::grace_exhausted);
    refused(kToday, kDayMax, Outcome::grace_exhausted);
    require_refused(stage.book, stage.draft(stage.grace(kToday, kToday)), {stage.servicer},
                    Outcome::role_missing);
    require_refused(stage.book, stage.draft(stage.grace(kToday, kToday)),
                    {&stage.book.cast().other_originator()}, Outcome::owner_differs);
    stage.accept(stage.grace(kToday + 10, kToday + 39));
    for (const Day from : {kToday + 5, kToday + 10, kToday + 39}) {
        refused(from, kToday + 45, Outcome::grace_invalid);
    }
    refused(kToday + 5, kToday + 10, Outcome::grace_invalid);
    refused(kToday + 40, kToday + 70, Outcome::grace_exhausted);
    stage.accept(stage.grace(kToday + 40, kToday + 69));
    refused(kToday + 80, kToday + 80, Outcome::grace_exhausted);
}

TEST_CASE("The number of graces is a bound of its own", "[ledger][rules][hardship]") {
    // Goal: a third one of a single day is refused; without any allowed, the first.
    Stage stage;
    stage.accept(stage.grace(kToday, kToday));
    stage.accept(stage.grace(kToday + 2, kToday + 2));
    stage.refuse(stage.grace(kToday + 4, kToday + 4), Outcome::grace_exhausted);
    Stage none({.rules = [](RulesetRegister& ruleset, ProductRegister&) {
        ruleset.grace_grants_max = 0;
    }});
    none.refuse(none.grace(kToday, kToday), Outcome::grace_exhausted);
}

TEST_CASE("RESCHEDULE makes a new plan of everything that is owed", "[ledger][rules][hardship]") {
    // Goal: principal and arrears come along to the fen, charges that never fell due lapse, use and
    // days past due follow.
    Stage stage;
    const Day day = day_of("2024-04-10");
    stage.accept(PenaltyAssess{Stage::kContract}, day);
    stage.accept(stage.replan(2'000, 6), day);
    const Position position = stage.position();
    CHECK(position.plan == 1);
    CHECK(position.terms.principal == 100'000);
    REQUIRE(position.rows.size() == 6);
    CHECK(position.rows[0].due == day_of("2024-05-10"));
    CHECK(position.rows[0].outstanding == ByComponent{862, 1'000 + 200, 0, 16'666});
    CHECK(position.rows[1].outstanding == ByComponent{0, 200, 0, 16'666});
    CHECK(position.rows[5].outstanding == ByComponent{0, 200, 0, 16'670});
    CHECK(position.totals.lapsed == ByComponent{0, 500, 0, 0});
    // The class from before is kept until three rows were met in a row.
    CHECK(position.ageing == Ageing{0, 0, 0, 1});
    CHECK(stage.line().used == 100'000);
    CHECK(stage.position_on(day_of("2024-05-11")).ageing.days_past_due == 1);
    // Penalties go on from what the new rows owe, and what was assessed stays assessed.
    CHECK(stage.position_on(day_of("2024-05-10")).penalty_accrued == 862);
    stage.accept(stage.payment(862 + 1'200 + 16'666), day_of("2024-05-10"));
    CHECK(stage.position().rows[0].outstanding == ByComponent{});
}

TEST_CASE("RESCHEDULE carries interest that fell due", "[ledger][rules][hardship]") {
    // Goal: the arrears of an annuity; what is not due by the day lapses.
    Stage stage({.rules = [](RulesetRegister&, ProductRegister& product) {
        product.method = ScheduleMethod::annuity;
        product.terms = {{1, 3, 120'000}, {1, 6, 120'000}};
    }});
    const Position before = stage.position();
    const Day day = before.rows[1].due;
    const auto drafted = stage.draft(stage.replan(0, 6), day);
    const auto& claims = std::get<Reschedule>(drafted.body);
    const Amount arrears = before.rows[0].outstanding[2] + before.rows[1].outstanding[2];
    CHECK(claims.carried_interest == arrears);
    CHECK(claims.carried_fee == 0);
    stage.accept(drafted);
    CHECK(stage.position().rows[0].outstanding[2] == arrears);
    CHECK(stage.position().totals.lapsed[2] == before.rows[2].outstanding[2]);
}

TEST_CASE("RESCHEDULE is refused, each rule with its code", "[ledger][rules][hardship]") {
    // Goal: rows, rate, calendar, signer and number.
    Stage stage;
    const auto changed = [&](auto change, Outcome expected) {
        Transaction transaction = stage.draft(stage.replan(2'000, 6));
        change(std::get<Reschedule>(transaction.body));
        stage.refuse(transaction, expected);
    };
    changed([](Reschedule& body) { body.schedule.clear(); }, Outcome::periods_out_of_range);
    changed([](Reschedule& body) { body.schedule.resize(37); }, Outcome::periods_out_of_range);
    for (const Ppm rate : {5'001, std::numeric_limits<Ppm>::max()}) {
        changed([&](Reschedule& body) { body.rate_ppm = rate; }, Outcome::rate_differs);
    }
    for (const Ppm rate : {-1, std::numeric_limits<Ppm>::min()}) {
        changed([&](Reschedule& body) { body.rate_ppm = rate; }, Outcome::rate_out_of_range);
    }
    changed([](Reschedule& body) { body.rate_ppm = 1'990; }, Outcome::reschedule_differs);
    changed([](Reschedule& body) { body.schedule.pop_back(); }, Outcome::reschedule_differs);
    for (const Amount amount : {Amount{-1}, Amount{1}, std::numeric_limits<Amount>::min(),
                                std::numeric_limits<Amount>::max()}) {
        changed([&](Reschedule& body) { body.carried_penalty = amount; },
                Outcome::reschedule_differs);
        changed([&](Reschedule& body) { body.carried_fee = amount; }, Outcome::reschedule_differs);
        changed([&](Reschedule& body) { body.carried_interest = amount; },
                Outcome::reschedule_differs);
    }
    const auto good = stage.draft(stage.replan(5'000, 36));
    require_refused(stage.book, good, {stage.servicer}, Outcome::role_missing);
    stage.accept(stage.replan(5'000, 36));
    stage.accept(stage.replan(5'000, 1));
    CHECK(stage.position().plan == 2);
    stage.refuse(stage.replan(5'000, 3), Outcome::reschedule_exhausted);
}

TEST_CASE("A re-plan that ends behind the calendar is refused", "[ledger][rules][hardship]") {
    // Goal: its due dates are dates like others.
    Stage stage;
    Reschedule body = stage.replan(5'000, 1);
    body.carried_fee = 1'500;
    body.schedule[0].principal = 100'000;
    stage.refuse(body, Outcome::date_out_of_range, kDayMax);
}

TEST_CASE("Only fees left cannot be re-planned", "[ledger][rules][hardship]") {
    // Goal: there is no principal for a plan to begin with.
    Stage stage({.rules = [](RulesetRegister& ruleset, ProductRegister&) {
        ruleset.order = {Component::principal, Component::fee, Component::interest,
                         Component::penalty};
    }});
    stage.accept(PenaltyAssess{Stage::kContract}, day_of("2024-03-10"));
    stage.accept(stage.payment(101'500), day_of("2024-03-10"));
    CHECK(stage.position().outstanding == ByComponent{0, 169, 0, 0});
    stage.refuse(stage.replan(0, 1), Outcome::reschedule_differs, day_of("2024-03-10"));
}

TEST_CASE("A re-plan begins on its day, and no row of it is due in the past",
          "[ledger][rules][hardship]") {
    // Goal: not backdated; booked on an older open day it stands before later events, as long as
    // its first row is not due before the newest one.
    Stage stage;
    stage.refuse(stage.backdated(stage.replan(5'000, 6), kToday + 10, kToday + 9),
                 Outcome::backdated_too_far);
    stage.accept(stage.payment(1'000), kToday + 10);
    stage.book.ensure_day(day_of("2024-03-10"));
    stage.refuse(stage.replan(5'000, 6), Outcome::backdated_too_far, day_of("2024-02-09"));
    stage.accept(stage.replan(5'000, 6), kToday + 10);
    CHECK(stage.position().plan == 1);
    CHECK(stage.position_on(day_of("2024-03-10")).ageing == Ageing{});
    CHECK(stage.position().payable() == 99'500 + 6 * 498);
    Stage settled;
    settled.accept(PrepaySettle{Stage::kContract, 0, "s-1"}, kToday + 10);
    settled.refuse(settled.replan(0, 6), Outcome::replay_conflict, kToday);
}
