#include <limits>

#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

namespace {

PenaltyAssess assess(Amount amount = 0) { return {Stage::kContract, amount}; }

StageOptions with_rules(std::function<void(RulesetRegister&)> change) {
    return {.rules = [change](RulesetRegister& ruleset, ProductRegister&) { change(ruleset); }};
}

Amount half_up(Amount base, Amount ppm, Amount days) {
    return (base * ppm * days + 500'000) / 1'000'000;
}

/// Day by day, as the rule says it, for a contract on which nothing was paid.
Amount walked(Day last, Amount ppm) {
    const Day due[] = {day_of("2024-02-29"), day_of("2024-03-31"), day_of("2024-04-30")};
    const Amount sums[] = {33'833, 33'833, 33'834};
    Amount finished = 0;
    Amount base = 0;
    Amount days = 0;
    for (Day day = Drafts::kToday + 1; day <= last; ++day) {
        Amount now = 0;
        for (std::size_t row = 0; row < 3; ++row) now += due[row] < day ? sums[row] : 0;
        if (now != base) {
            finished += half_up(base, ppm, days);
            base = now;
            days = 0;
        }
        ++days;
    }
    return finished + half_up(base, ppm, days);
}

}  // namespace

TEST_CASE("Penalties accrue day by day on what is overdue", "[ledger][rules][penalty]") {
    // Goal: every day of a half year equals a plain walk over its days.
    const Stage stage;
    for (Day day = Drafts::kToday; day < Drafts::kToday + 200; ++day) {
        REQUIRE(stage.position_on(day).penalty_accrued == walked(day, 500));
    }
    CHECK(stage.position_on(day_of("2024-02-29")).penalty_accrued == 0);
    CHECK(stage.position_on(day_of("2024-03-01")).penalty_accrued == 17);
}

TEST_CASE("PENALTY_ASSESS bills what accrued and was not yet assessed",
          "[ledger][rules][penalty]") {
    // Goal: by the fen; once a day; never penalty on penalty.
    Stage stage;
    stage.refuse(assess(1), Outcome::penalty_differs);
    const Day first = day_of("2024-03-10");
    const auto claims = [&](Amount amount, Day day, Outcome expected) {
        Transaction transaction = stage.draft(assess(), day);
        std::get<PenaltyAssess>(transaction.body).amount = amount;
        stage.refuse(transaction, expected);
    };
    for (const Amount amount : {Amount{168}, Amount{170}, std::numeric_limits<Amount>::max()}) {
        claims(amount, first, Outcome::penalty_differs);
    }
    for (const Amount amount : {Amount{0}, Amount{-169}, std::numeric_limits<Amount>::min()}) {
        claims(amount, first, Outcome::amount_not_positive);
    }
    require_refused(stage.book, stage.draft(assess(), first), {stage.lender},
                    Outcome::role_missing);
    stage.refuse(PenaltyAssess{id_of<ContractId>(9), 5}, Outcome::contract_unknown, first);
    stage.accept(assess(), first);
    CHECK(stage.position().outstanding[0] == 169);
    CHECK(stage.position().rows[0].outstanding[0] == 169);
    claims(169, first, Outcome::penalty_differs);
    const Day second = day_of("2024-03-20");
    stage.accept(assess(), second);
    // 20 days of one base: 338, of which 169 were billed; the billed ones bear nothing.
    CHECK(stage.position().outstanding[0] == 338);
    CHECK(stage.position().penalty_assessed == 338);
}

TEST_CASE("A payment begins a new base", "[ledger][rules][penalty]") {
    // Goal: rounding is per base, and the day of the payment still bears the old one.
    Stage stage;
    stage.accept(stage.payment(10'000), day_of("2024-03-10"));
    const Amount finished = half_up(33'833, 500, 10);
    CHECK(stage.position_on(day_of("2024-03-10")).penalty_accrued == finished);
    CHECK(stage.position_on(day_of("2024-03-15")).penalty_accrued ==
          finished + half_up(23'833, 500, 5));
    stage.accept(stage.payment(23'833), day_of("2024-03-15"));
    CHECK(stage.position_on(day_of("2024-03-31")).penalty_accrued ==
          finished + half_up(23'833, 500, 5));
}

TEST_CASE("No more penalty than the cap", "[ledger][rules][penalty]") {
    // Goal: reached to the fen, and not a fen more however long it takes; caps of nothing.
    Stage stage(with_rules([](RulesetRegister& rules) { rules.penalty_cap_ppm = 5'000; }));
    const Day day = day_of("2024-06-30");
    CHECK(walked(day, 500) > 500);
    CHECK(stage.position_on(day).penalty_accrued == 500);
    stage.accept(assess(), day);
    CHECK(stage.position().outstanding[0] == 500);
    stage.refuse(assess(1), Outcome::penalty_differs, day_of("2024-12-31"));
    CHECK(stage.position_on(kDayMax).penalty_accrued == 500);
    const Stage none(with_rules([](RulesetRegister& rules) { rules.penalty_cap_ppm = 0; }));
    CHECK(none.position_on(day).penalty_accrued == 0);
    const Stage free(with_rules([](RulesetRegister& rules) { rules.penalty_ppm_day = 0; }));
    CHECK(free.position_on(day).penalty_accrued == 0);
}

TEST_CASE("The heaviest penalty over all of time fits", "[ledger][rules][penalty]") {
    // Goal: the ends of rate, cap, principal and calendar together.
    Stage stage({.rules =
                     [](RulesetRegister& rules, ProductRegister& product) {
                         rules.penalty_ppm_day = 1'000'000;
                         rules.penalty_cap_ppm = 10'000'000;
                         product.apr_cap_ppm = kYearlyPpmMax;
                         product.terms = {{1, 1, 0}};
                     },
                 .limit = std::numeric_limits<Amount>::max(),
                 .captured = false});
    const Amount principal = kPrincipalEnd - 1;
    stage.accept(stage.capture(principal, 1));
    CHECK(stage.position_on(kDayMax).penalty_accrued == 10 * principal);
    stage.book.ensure_day(kDayMax);
    stage.accept(assess(), kDayMax);
    CHECK(stage.position().payable() == 11 * principal);
    stage.accept(stage.payment(11 * principal), kDayMax);
    CHECK(stage.position().status == ContractStatus::closed_paid);
}

TEST_CASE("Penalties of ever earlier dates never pass the cap", "[ledger][rules][penalty]") {
    // Goal: one is billed, the others are refused; what is owed stays a sum, and a payment is
    // taken.
    constexpr Amount kMax = std::numeric_limits<Amount>::max();
    Stage stage({.rules =
                     [](RulesetRegister& rules, ProductRegister& product) {
                         rules.penalty_ppm_day = 1'000'000;
                         rules.penalty_cap_ppm = 10'000'000;
                         rules.backdating_days_max = 3650;
                         rules.overpayment = Overpayment::credit;
                         product.apr_cap_ppm = kYearlyPpmMax;
                         product.terms = {{1, 36, 700'000}};
                     },
                 .limit = kMax,
                 .captured = false});
    stage.accept(stage.capture(kPrincipalEnd - 1, 36));
    const Day last = Drafts::kToday + 3'600;
    const Amount most = 10 * (kPrincipalEnd - 1);
    stage.book.ensure_day(last);
    std::vector<Transaction> all;
    for (Day back = 0; back < 600; ++back) {
        Transaction one = stage.backdated(PenaltyAssess{Stage::kContract, most}, last, last - back);
        std::get<PenaltyAssess>(one.body).amount = most;
        all.push_back(std::move(one));
    }
    stage.accept(all.front());
    for (std::size_t one = 1; one < all.size(); ++one) {
        REQUIRE(stage.book.submit_one(all[one], {stage.servicer}) == Outcome::penalty_differs);
    }
    CHECK(stage.position().penalty_assessed == most);
    CHECK(stage.position().status == ContractStatus::active);
    stage.accept(stage.payment(1), last);
}

TEST_CASE("A backdated payment releases what no longer accrued", "[ledger][rules][penalty]") {
    // Goal: as of the assessment's date, by the fen; what accrues afterwards is billed as usual.
    Stage stage;
    stage.accept(assess(), day_of("2024-03-10"));
    CHECK(stage.position().outstanding[0] == 169);
    stage.accept(
        stage.backdated(stage.payment(20'000), day_of("2024-03-11"), day_of("2024-03-01")));
    const Position position = stage.position_on(day_of("2024-03-11"));
    const Amount stands = half_up(33'833, 500, 1) + half_up(13'833, 500, 9);
    CHECK(position.penalty_assessed == stands);
    CHECK(position.totals.billed[0] == stands);
    CHECK(position.outstanding[0] == stands);
    CHECK(position.effects.back().released == 169 - stands);
    CHECK(position.penalty_accrued == half_up(33'833, 500, 1) + half_up(13'833, 500, 10));
    stage.accept(assess(), day_of("2024-03-11"));
    CHECK(stage.position().penalty_assessed == position.penalty_accrued);
}

TEST_CASE("A payment in time that arrives late leaves no penalty", "[ledger][rules][penalty]") {
    // Goal: the borrower owes what it would owe had the file come in time; the books as well.
    Stage stage;
    stage.accept(assess(), day_of("2024-03-10"));
    stage.accept(
        stage.backdated(stage.payment(33'833), day_of("2024-03-11"), day_of("2024-02-29")));
    const Position position = stage.position_on(day_of("2024-03-11"));
    CHECK(position.penalty_accrued == 0);
    CHECK(position.penalty_assessed == 0);
    CHECK(position.outstanding == ByComponent{0, 1'000, 0, 66'667});
    CHECK(balances_of(position).of(BookAccount::penalty_income) == 0);
}

TEST_CASE("Nothing is assessed as of a date before the newest assessment",
          "[ledger][rules][penalty]") {
    // Goal: the same days are billed once, whatever the order; the cap holds at every date.
    Stage stage(with_rules([](RulesetRegister& rules) { rules.penalty_cap_ppm = 20'000; }));
    const Day last = day_of("2024-06-30");
    stage.accept(assess(), last);
    CHECK(stage.position().outstanding[0] == 2'000);
    for (Day day = last - 1; day > last - 10; --day) {
        stage.refuse(stage.backdated(PenaltyAssess{Stage::kContract, 2'000}, last, day),
                     Outcome::penalty_differs);
    }
    Stage steps;
    steps.accept(steps.backdated(assess(), last, last - 20));
    steps.accept(steps.backdated(assess(), last, last - 10));
    steps.accept(assess(), last);
    CHECK(steps.position().penalty_assessed == steps.position_on(last).penalty_accrued);
    CHECK(steps.position().penalty_assessed == walked(last, 500));
}

TEST_CASE("What is over stays over", "[ledger][rules][penalty]") {
    // Goal: nothing that needs an active contract is added as of a date before it was paid off.
    Stage stage;
    const Day paid = day_of("2024-06-20");
    stage.accept(stage.payment(101'500), paid);
    REQUIRE(stage.position().status == ContractStatus::closed_paid);
    const Day before = paid - 1;
    const Day later = paid + 5;
    stage.refuse(stage.backdated(PenaltyAssess{Stage::kContract, 3'000}, later, before),
                 Outcome::contract_not_active);
    stage.refuse(stage.backdated(stage.grace(before, before + 3), later, before),
                 Outcome::contract_not_active);
    CHECK(stage.position().status == ContractStatus::closed_paid);
}

TEST_CASE("A row met within the standing grace bears no penalty", "[ledger][rules][penalty]") {
    // Goal: the last day of grace and the first behind it; what is unmet then bears all days.
    const auto graced = [] {
        return Stage(with_rules([](RulesetRegister& rules) { rules.grace_days = 3; }));
    };
    Stage in_time = graced();
    in_time.accept(in_time.payment(33'833), day_of("2024-03-03"));
    CHECK(in_time.position_on(day_of("2024-03-31")).penalty_accrued == 0);
    Stage late = graced();
    CHECK(late.position_on(day_of("2024-03-03")).penalty_accrued == 0);
    CHECK(late.position_on(day_of("2024-03-04")).penalty_accrued ==
          half_up(33'833, 500, 3) + half_up(33'833, 500, 1));
    late.accept(late.payment(10'000), day_of("2024-03-02"));
    CHECK(late.position_on(day_of("2024-03-10")).penalty_accrued ==
          half_up(23'833, 500, 3) + half_up(23'833, 500, 7));
}

TEST_CASE("Penalties pause during a grace and go on after it", "[ledger][rules][penalty]") {
    // Goal: both ends of the grace; rounding begins anew behind it.
    Stage stage;
    stage.accept(stage.grace(day_of("2024-03-11"), day_of("2024-03-20")), day_of("2024-03-10"));
    const Amount before = half_up(33'833, 500, 10);
    CHECK(stage.position_on(day_of("2024-03-10")).penalty_accrued == before);
    CHECK(stage.position_on(day_of("2024-03-15")).penalty_accrued == before);
    CHECK(stage.position_on(day_of("2024-03-20")).penalty_accrued == before);
    CHECK(stage.position_on(day_of("2024-03-25")).penalty_accrued ==
          before + half_up(33'833, 500, 5));
}

TEST_CASE("A grace that begins on its own day covers it", "[ledger][rules][penalty]") {
    // Goal: "days, both inclusive, on which nothing ages and no penalty accrues".
    Stage stage;
    stage.accept(stage.grace(day_of("2024-03-10"), day_of("2024-03-20")), day_of("2024-03-10"));
    CHECK(stage.position_on(day_of("2024-03-20")).penalty_accrued == half_up(33'833, 500, 9));
    CHECK(stage.position_on(day_of("2024-03-20")).ageing.delinquent_days == 9);
}
