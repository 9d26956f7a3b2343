#include <limits>

#include "ledger/apr.h"
#include "ledger/usual_terms.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// What a purchase owes to its product: price, band, minimum, APR and cap.
namespace {

template <typename Change>
void refuse_changed(Stage& stage, Change change, Outcome expected) {
    Transaction transaction = stage.draft(stage.capture(100'000));
    change(std::get<Capture>(transaction.body));
    stage.refuse(transaction, expected);
}

StageOptions with_product(std::function<void(ProductRegister&)> change) {
    return {.rules = [change](RulesetRegister&, ProductRegister& product) { change(product); },
            .captured = false};
}

}  // namespace

TEST_CASE("CAPTURE sells what the product sells", "[ledger][rules][product]") {
    // Goal: product, owner, currency, minimum, band, periods and rate.
    Stage stage({.captured = false});
    refuse_changed(
        stage, [](Capture& body) { body.product = id_of<ProductId>(9); }, Outcome::product_unknown);
    for (const Ppm rate : {0, 4'999, 5'001, 6'000, std::numeric_limits<Ppm>::min()}) {
        refuse_changed(
            stage, [&](Capture& body) { body.rate_ppm = rate; }, Outcome::rate_differs);
    }
    for (const std::size_t periods : {1U, 2U, 4U, 36U}) {
        refuse_changed(
            stage, [&](Capture& body) { body.schedule.resize(periods); }, Outcome::rate_differs);
    }
    ProductRegister yen = usual_product(id_of<ProductId>(1), Stage::kRuleset);
    yen.currency = "JPY";
    stage.accept(yen);
    refuse_changed(
        stage, [&](Capture& body) { body.product = yen.product; }, Outcome::currency_differs);
    const auto foreign = usual_product(id_of<ProductId>(2), Stage::kRuleset);
    REQUIRE(stage.book.submit_one(stage.draft(foreign), {&stage.book.cast().other_originator(),
                                                         stage.regulator}) == Outcome::accepted);
    refuse_changed(
        stage, [&](Capture& body) { body.product = foreign.product; }, Outcome::owner_differs);
    stage.refuse(stage.capture(99), Outcome::below_minimum);
    stage.accept(stage.capture(100, 3));
}

TEST_CASE("CAPTURE discloses the APR that follows", "[ledger][rules][product]") {
    // Goal: the known rates, and one ppm beside them on both sides.
    struct Row {
        std::uint32_t periods;
        Ppm apr;
    };
    for (const Row row : {Row{3, 89'777}, Row{12, 108'960}}) {
        Stage stage({.captured = false});
        const Transaction drafted = stage.draft(stage.capture(100'000, row.periods));
        CHECK(std::get<Capture>(drafted.body).apr_ppm == row.apr);
        for (const Ppm claim : {row.apr - 1, row.apr + 1, 0, -1, std::numeric_limits<Ppm>::min(),
                                std::numeric_limits<Ppm>::max()}) {
            Transaction wrong = drafted;
            wrong.id = stage.book.drafts().next_id();
            std::get<Capture>(wrong.body).apr_ppm = claim;
            stage.refuse(wrong, Outcome::apr_differs);
        }
        stage.accept(drafted);
        CHECK(stage.book.contract(Stage::kContract)->body.apr_ppm == row.apr);
    }
}

TEST_CASE("The APR cap catches the trap of small amounts", "[ledger][rules][product]") {
    // Goal: 1.00 over 12 periods at 0.5 % costs a fen a period, an APR of 20.8 %.
    for (const Ppm cap : {207'000, 209'000}) {
        Stage stage(with_product([cap](ProductRegister& product) { product.apr_cap_ppm = cap; }));
        const Transaction drafted = stage.draft(stage.capture(100, 12));
        const Ppm apr = std::get<Capture>(drafted.body).apr_ppm;
        CHECK(apr / 1'000 == 208);
        if (apr > cap) {
            stage.refuse(drafted, Outcome::apr_above_cap);
        } else {
            stage.accept(drafted);
        }
    }
    Stage exact(with_product([](ProductRegister& product) { product.apr_cap_ppm = 89'777; }));
    exact.accept(exact.capture(100'000));
    Stage below(with_product([](ProductRegister& product) { product.apr_cap_ppm = 89'776; }));
    below.refuse(below.capture(100'000), Outcome::apr_above_cap);
}

TEST_CASE("A schedule whose APR has no value is refused", "[ledger][rules][product]") {
    // Goal: a rate that the bounds cannot state is no rate at all.
    Stage stage(with_product([](ProductRegister& product) {
        product.apr_cap_ppm = kYearlyPpmMax;
        product.terms = {{1, 3, 800'000}};
    }));
    ScheduleTerms terms;
    terms.principal = 100'000;
    terms.rate_ppm = 800'000;
    terms.periods = 3;
    terms.anchor = Drafts::kToday;
    Capture body = stage.capture(100'000, 3);
    body.rate_ppm = terms.rate_ppm;
    body.schedule = compute_schedule(terms).rows;
    REQUIRE_FALSE(apr_ppm(100'000, body.schedule));
    for (const Ppm claim : {0, kYearlyPpmMax, std::numeric_limits<Ppm>::max()}) {
        body.apr_ppm = claim;
        stage.refuse(body, Outcome::apr_differs);
    }
}

TEST_CASE("Each method and policy of a product shows in the rows", "[ledger][rules][product]") {
    // Goal: remainder, annuity with day counts, and rolled due dates, as the known results say.
    const auto totals = [](const StageOptions& options, Amount principal, std::uint32_t periods,
                           Day day) {
        Stage stage(options);
        stage.accept(stage.capture(principal, periods), day);
        std::vector<Amount> sums;
        for (const PlanRow& row : stage.position().rows) sums.push_back(row.base());
        return sums;
    };
    using Sums = std::vector<Amount>;
    const auto equal = [&](Remainder remainder) {
        return with_product([remainder](ProductRegister& product) {
            product.remainder = remainder;
            product.terms = {{1, 7, 0}};
        });
    };
    const Day today = Drafts::kToday;
    CHECK(totals(equal(Remainder::last), 10'000, 7, today) ==
          Sums{1428, 1428, 1428, 1428, 1428, 1428, 1432});
    CHECK(totals(equal(Remainder::first), 10'000, 7, today) ==
          Sums{1432, 1428, 1428, 1428, 1428, 1428, 1428});
    CHECK(totals(equal(Remainder::spread), 10'000, 7, today) ==
          Sums{1428, 1429, 1428, 1429, 1428, 1429, 1429});
    const auto annuity = with_product([](ProductRegister& product) {
        product.method = ScheduleMethod::annuity;
        product.terms = {{1, 6, 120'000}};
    });
    CHECK(totals(annuity, 10'000, 6, today) == Sums{1725, 1725, 1725, 1725, 1725, 1728});
    const auto rolled = with_product([](ProductRegister& product) {
        product.method = ScheduleMethod::annuity;
        product.day_count = DayCount::act_act;
        product.month_end = MonthEnd::roll;
        product.terms = {{1, 3, 120'000}};
    });
    CHECK(totals({.rules = rolled.rules, .limit = 1'000'000, .captured = false}, 1'000'000, 3,
                 day_of("2025-01-31")) == Sums{339'856, 339'856, 339'856});
}

TEST_CASE("A purchase is backdated within the ruleset's days", "[ledger][rules][product]") {
    // Goal: the last day that passes and the first that does not; the schedule counts from it.
    Stage stage({.captured = false});
    const Day today = day_of("2024-03-31");
    stage.refuse(stage.backdated(stage.capture(100'000), today, today - 31),
                 Outcome::backdated_too_far);
    stage.accept(stage.backdated(stage.capture(100'000), today, today - 30));
    CHECK(stage.position().rows[0].due == add_months(today - 30, 1).value());
}

TEST_CASE("No purchase is past due on the day on which it is booked", "[ledger][rules][product]") {
    // Goal: however far back the ruleset lets it be dated, its first row is due on its business
    // date or later, and no penalty has accrued on it.
    Stage stage({.rules = [](RulesetRegister& ruleset,
                             ProductRegister&) { ruleset.backdating_days_max = 3650; },
                 .captured = false});
    const Day back = day_of("2024-02-10");
    const Day due = day_of("2024-03-10");
    stage.refuse(stage.backdated(stage.capture(100'000), due + 1, back),
                 Outcome::backdated_too_far);
    stage.refuse(stage.backdated(stage.capture(100'000), due + 122, back),
                 Outcome::backdated_too_far);
    stage.accept(stage.backdated(stage.capture(100'000), due, back));
    const Position position = stage.position_on(due);
    CHECK(position.rows[0].due == due);
    CHECK(position.ageing.days_past_due == 0);
    CHECK(position.penalty_accrued == 0);
}
