#include "ledger/replay.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// What a borrower could rely on stays: a reversal makes no day overdue that has passed, relief that
// was used stays used, and a re-plan keeps the class that was reached.
namespace {

const Day kDue = day_of("2024-02-29");
const Day kLate = day_of("2024-04-10");

std::vector<Day> days_past_due(const Stage& stage, Day last) {
    std::vector<Day> days;
    for (Day day = Drafts::kToday; day <= last; ++day) {
        days.push_back(stage.position_on(day).ageing.days_past_due);
    }
    return days;
}

}  // namespace

TEST_CASE("A reversed payment makes no day overdue that has passed",
          "[ledger][rules][protection]") {
    // Goal: every date up to the reversal counts as before, and the days go on from there; no
    // penalty for them either.
    Stage stage;
    const Transaction payment = stage.draft(stage.payment(33'833), kDue);
    stage.accept(payment);
    stage.book.ensure_day(kLate);
    const auto before = days_past_due(stage, kLate);
    CHECK(before.back() == 10);  // the second row
    stage.accept(stage.reversal(payment), kLate);
    CHECK(days_past_due(stage, kLate) == before);
    CHECK(stage.position_on(kLate + 1).ageing.days_past_due == 11);
    CHECK(stage.position_on(kLate).penalty_accrued == 0);
    CHECK(stage.position_on(kLate + 1).penalty_accrued == 34);
    CHECK(stage.position().outstanding == ByComponent{0, 1'500, 0, 100'000});
}

TEST_CASE("A correction of a closed day goes by the book's newest day",
          "[ledger][rules][protection]") {
    // Goal: the reversal is dated on the closed day, which is long ago; that must not age anybody.
    Stage stage;
    const Transaction payment = stage.draft(stage.payment(33'833, "bank-1"), kDue);
    stage.accept(payment);
    stage.book.ensure_day(kLate);
    stage.close_days(kDue);
    const auto before = days_past_due(stage, kLate);
    Transaction repost = stage.book.drafts().draft(stage.payment(33'000, "bank-1"), kDue);
    std::get<Repayment>(repost.body).allocation = {{0, Component::fee, 500},
                                                   {0, Component::principal, 32'500}};
    const auto both =
        stage.book.submit(std::vector{stage.draft(stage.reversal(payment), kDue), repost},
                          {stage.servicer, stage.servicer_2}, true);
    for (const auto& row : both.transactions) REQUIRE(row.outcome == Outcome::accepted);
    CHECK(days_past_due(stage, kLate) == before);
}

TEST_CASE("The part of a grace that has passed stays", "[ledger][rules][protection]") {
    // Goal: reversed in the middle, its first days still count for nothing, the day of the reversal
    // included, its last ones do.
    Stage stage;
    const Transaction grace = stage.draft(stage.grace(kDue + 1, kDue + 20), kDue);
    stage.accept(grace);
    stage.accept(stage.reversal(grace, stage.lender), kDue + 11);
    CHECK(stage.position_on(kDue + 11).ageing.days_past_due == 11);
    CHECK(stage.position_on(kDue + 11).ageing.delinquent_days == 0);
    CHECK(stage.position_on(kDue + 15).ageing.delinquent_days == 4);
    CHECK(stage.position_on(kDue + 11).penalty_accrued == 0);
    CHECK(stage.position_on(kDue + 12).penalty_accrued == 17);
}

TEST_CASE("A reversed re-plan brings its old rows back, not the days since",
          "[ledger][rules][protection]") {
    Stage stage;
    const Transaction replan = stage.draft(stage.replan(2'000, 6), kLate);
    stage.accept(replan);
    CHECK(stage.position_on(kLate).ageing.days_past_due == 0);
    stage.accept(stage.reversal(replan, stage.lender), kLate + 5);
    CHECK(stage.position().plan == 0);
    CHECK(stage.position_on(kLate).ageing.days_past_due == 41);
    CHECK(stage.position_on(kLate + 5).ageing.days_past_due == 0);
    CHECK(stage.position_on(kLate + 6).ageing.days_past_due == 42);
}

TEST_CASE("A payment that is taken back costs nobody a penalty", "[ledger][rules][protection]") {
    // Goal: on no date more than without the pair, and by the payment's day not less; at rates at
    // which roundings would show.
    for (const Ppm rate : {3, 500}) {
        const StageOptions options{.rules = [rate](RulesetRegister& ruleset, ProductRegister&) {
            ruleset.penalty_ppm_day = rate;
        }};
        const Stage without(options);
        for (const Day value : {kDue, kDue + 5, kDue + 30}) {
            for (const Day days : {0, 1, 5, 33}) {
                INFO(rate << " ppm, " << value - kDue << " and " << days << " days");
                Stage stage(options);
                const Transaction payment = stage.draft(stage.payment(33'000), value);
                stage.accept(payment);
                stage.book.ensure_day(value + days);
                const Amount with = stage.position_on(value + days).penalty_accrued;
                stage.accept(stage.reversal(payment), value + days);
                CHECK(stage.position_on(value + days).penalty_accrued <= with);
                for (Day day = kDue; day <= kDue + 100; ++day) {
                    const Amount now = stage.position_on(day).penalty_accrued;
                    const Amount then = without.position_on(day).penalty_accrued;
                    CHECK((day <= value || days == 0 ? now == then : now <= then));
                }
            }
        }
    }
}

TEST_CASE("A penalty that a payment released comes back with its reversal",
          "[ledger][rules][protection]") {
    // Goal: of a fen or of all that is due, backdated, taken back the same day or five days later;
    // what was billed stands, and the days on which the payment stood bear nothing.
    for (const Amount amount : {Amount{1}, Amount{67'666}}) {
        for (const Day days : {0, 5}) {
            INFO(amount << ", " << days << " days");
            Stage stage;
            const Day day = kDue + 65;
            stage.accept(PenaltyAssess{Stage::kContract, 0}, day);
            const Amount billed = stage.position_on(day).penalty_assessed;
            const Transaction paid = stage.backdated(stage.payment(amount), day, day - 25);
            stage.accept(paid);
            stage.book.ensure_day(day + days);
            stage.accept(stage.reversal(paid), day + days);
            CHECK(stage.position_on(day).penalty_assessed == billed);
            CHECK(stage.position_on(day + days).penalty_accrued == billed);
            const Stage without;
            CHECK(stage.position_on(day + days + 9).penalty_accrued ==
                  without.position_on(day + 9).penalty_accrued);
        }
    }
}

TEST_CASE("A fen that stood when a grace ended keeps no row from bearing it",
          "[ledger][rules][protection]") {
    // Goal: the days of the ruleset's grace before the booking are borne, once it stands no more.
    Stage stage(
        {.rules = [](RulesetRegister& ruleset, ProductRegister&) { ruleset.grace_days = 10; }});
    const Transaction payment = stage.draft(stage.payment(1), kDue + 10);
    stage.accept(payment);
    stage.book.ensure_day(kDue + 12);
    stage.accept(stage.reversal(payment), kDue + 12);
    CHECK(stage.position_on(kDue + 12).penalty_accrued == 0);
    CHECK(stage.position_on(kDue + 13).penalty_accrued == 169 + 17);
}

TEST_CASE("A grace that was used in time stays used", "[ledger][rules][protection]") {
    // Goal: met within the ruleset's grace, taken back long after: no penalty for a day before.
    for (const Day paid : {kDue + 1, kDue + 10}) {
        Stage stage(
            {.rules = [](RulesetRegister& ruleset, ProductRegister&) { ruleset.grace_days = 10; }});
        const Transaction payment = stage.draft(stage.payment(33'833), paid);
        stage.accept(payment);
        stage.book.ensure_day(kDue + 25);
        stage.accept(stage.reversal(payment), kDue + 25);
        CHECK(stage.position_on(kDue + 25).penalty_accrued == 0);
        CHECK(stage.position_on(kDue + 26).penalty_accrued == 17);
    }
}

TEST_CASE("A re-plan keeps the class until rows were met in a row", "[ledger][rules][protection]") {
    // Goal: substandard before it; let go when the third row falls due met, and not before.
    Stage stage({.rules = [](RulesetRegister& ruleset, ProductRegister&) {
        ruleset.observation_rows = 3;
    }});
    const Day day = kDue + 91;
    CHECK(stage.position_on(day).ageing.asset_class == 2);
    stage.accept(stage.replan(0, 6), day);
    for (Day row = 0; row < 3; ++row) {
        CHECK(stage.position().ageing.days_past_due == 0);
        CHECK(stage.position().ageing.asset_class == 2);
        stage.accept(stage.payment(sum_of(
                         stage.position().rows.at(static_cast<std::size_t>(row)).outstanding)),
                     day + 30 * (row + 1));
    }
    CHECK(stage.position().ageing.asset_class == 2);
    const Day third = stage.position().rows.at(2).due;
    CHECK(stage.position_on(third - 1).ageing.asset_class == 2);
    CHECK(stage.position_on(third).ageing.asset_class == 0);
}

TEST_CASE("A re-plan carries or waives the penalty that accrued", "[ledger][rules][protection]") {
    // Goal: what was never billed is neither lost nor hidden.
    Stage stage;
    stage.accept(stage.replan(0, 6), kLate);
    CHECK(stage.position().rows[0].outstanding[0] == 862);
    CHECK(stage.position().penalty_assessed == 862);

    Stage kind;
    Reschedule plan = kind.replan(0, 6);
    plan.waived_penalty = 800;
    kind.accept(plan, kLate);
    CHECK(kind.position().rows[0].outstanding[0] == 62);
    CHECK(kind.position().totals.waived[0] == 800);
    for (const Amount wrong : {Amount{863}, Amount{-1}}) {
        Stage other;
        Reschedule bad = other.replan(0, 6);
        bad.waived_penalty = wrong;
        other.refuse(bad, Outcome::reschedule_differs, kLate);
    }
}

TEST_CASE("A re-plan that waives a penalty takes two keys", "[ledger][rules][protection]") {
    // Goal: as a waiver does, also to take it back; without one a single key is enough.
    Stage stage;
    Reschedule plan = stage.replan(0, 6);
    plan.waived_penalty = 1;
    require_refused(stage.book, stage.draft(plan, kLate), {stage.lender},
                    Outcome::two_keys_required);
    require_refused(stage.book, stage.draft(plan, kLate),
                    {stage.lender, stage.servicer, stage.servicer_2}, Outcome::two_keys_required);
    const Transaction good = stage.draft(plan, kLate);
    CHECK(stage.book.submit_one(good, {stage.lender, stage.lender_2}) == Outcome::accepted);
    const auto back = [&] { return stage.draft(stage.reversal(good, stage.lender), kLate); };
    require_refused(stage.book, back(), {stage.lender}, Outcome::two_keys_required);
    CHECK(stage.book.submit_one(back(), {stage.lender, stage.lender_2}) == Outcome::accepted);
    plan.waived_penalty = 0;
    CHECK(stage.book.submit_one(stage.draft(plan, kLate), {stage.lender}) == Outcome::accepted);
}

TEST_CASE("A re-plan is within the plan in force and the cap", "[ledger][rules][protection]") {
    // Goal: a rate cannot go down and up again; few rows cost more a year than many.
    Stage stage;
    stage.accept(stage.replan(2'000, 6), Drafts::kToday);
    stage.refuse(stage.replan(2'001, 6), Outcome::rate_differs);
    stage.accept(stage.replan(2'000, 6));
    Stage dear({.rules = [](RulesetRegister&, ProductRegister& product) {
        product.apr_cap_ppm = 89'777;
    }});
    Transaction shorter = dear.book.drafts().draft(dear.replan(5'000, 12));
    shorter = dear.book.proposed(shorter);
    CHECK(dear.send(shorter) == Outcome::apr_above_cap);
}

TEST_CASE("SERVICER_CHANGE hands a contract over", "[ledger][rules][servicer]") {
    // Goal: all three sign; from then on the new one posts and takes back, the old one does not.
    Stage stage;
    const Party* second = &stage.book.cast().other_servicer();
    const Transaction payment = stage.draft(stage.payment(500));
    stage.accept(payment);
    const auto change = [&] { return stage.draft(ServicerChange{Stage::kContract, second->id}); };
    require_refused(stage.book, change(), {stage.lender, stage.servicer}, Outcome::signer_missing);
    require_refused(stage.book, change(), {stage.lender, second}, Outcome::servicer_differs);
    require_refused(stage.book, change(), {stage.servicer, second}, Outcome::role_missing);
    stage.accept(change());
    require_refused(stage.book, stage.draft(stage.payment(5)), {stage.servicer},
                    Outcome::servicer_differs);
    require_refused(stage.book, stage.draft(stage.reversal(payment)), {stage.servicer},
                    Outcome::servicer_differs);
    CHECK(stage.book.submit_one(stage.draft(stage.reversal(payment)), {second}) ==
          Outcome::accepted);
    CHECK(stage.book.submit_one(stage.draft(stage.payment(5)), {second}) == Outcome::accepted);
}
