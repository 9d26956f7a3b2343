#include <algorithm>
#include <random>

#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// How a payment meets the rows, through the book and on bare contracts.
namespace {

using Parts = std::vector<Allocation>;

/// What the rules would make of a payment on the stage's contract.
Parts parts_of(Stage& stage, Amount amount, Day day) {
    return std::get<Repayment>(stage.draft(stage.payment(amount), day).body).allocation;
}

/// A contract that was never in a book, to replay under any ruleset.
struct Bare {
    ContractBody contract;
    RulesetRegister ruleset;
    ProductRegister product;

    Bare(Amount principal, Ppm rate_ppm, std::uint32_t periods, ScheduleMethod method) {
        contract.terms.method = method;
        contract.terms.principal = principal;
        contract.terms.rate_ppm = rate_ppm;
        contract.terms.periods = periods;
        contract.terms.anchor = Drafts::kToday;
        add(EventKind::capture, Drafts::kToday);
        ruleset.bucket_days = {30};
        ruleset.class_days = {1, 91, 121, 181};
        ruleset.penalty_ppm_day = 500;
        ruleset.penalty_cap_ppm = 1'000'000;
    }
    void add(EventKind kind, Day day, Amount amount = 0) {
        ContractEvent event;
        event.kind = kind;
        event.entry = contract.events.size();
        event.business_date = day;
        event.value_date = day;
        event.amount = amount;
        contract.events.push_back(event);
    }
    Position position() const { return position_of(contract, {ruleset, product}); }
};

}  // namespace

TEST_CASE("The known part payment on 10 April", "[ledger][allocation]") {
    // Goal: 20000 paid 10 days late covers penalty 169, fee 500 and 19331 of principal.
    Stage stage;
    REQUIRE(stage.send(stage.payment(33'833), day_of("2024-02-29")) == Outcome::accepted);
    const Day late = day_of("2024-04-10");
    REQUIRE(stage.send(PenaltyAssess{Stage::kContract}, late) == Outcome::accepted);
    CHECK(parts_of(stage, 20'000, late) == Parts{{1, Component::penalty, 169},
                                                 {1, Component::fee, 500},
                                                 {1, Component::principal, 19'331}});
    // 14002 of the row are left, and on 1 May, with the last row, 47836 are overdue.
    REQUIRE(stage.send(stage.payment(20'000), late) == Outcome::accepted);
    const Position position = stage.position();
    CHECK(position.rows[1].base() == 14'002);
    CHECK(position.rows[1].base() + position.rows[2].base() == 47'836);
}

TEST_CASE("Within a row: penalty, fee, interest, principal, or as the ruleset says",
          "[ledger][allocation]") {
    // Goal: each component is exhausted before the next one gets anything, in any order.
    Bare bare(40'000, 1'200'000, 1, ScheduleMethod::annuity);
    const Day late = bare.position().rows[0].due + 2;
    bare.add(EventKind::penalty, late, 44);
    const auto paid = [&](Amount amount) {
        Bare copy = bare;
        copy.add(EventKind::repayment, late, amount);
        const Position position = copy.position();
        REQUIRE_FALSE(position.misfit);
        return position.effects.back().allocation;
    };
    // No method of the book bears fee and interest at once, so a fee is not among them.
    CHECK(paid(1) == Parts{{0, Component::penalty, 1}});
    CHECK(paid(44) == Parts{{0, Component::penalty, 44}});
    CHECK(paid(4'044) == Parts{{0, Component::penalty, 44}, {0, Component::interest, 4'000}});
    CHECK(paid(44'044) == Parts{{0, Component::penalty, 44},
                                {0, Component::interest, 4'000},
                                {0, Component::principal, 40'000}});
    std::array<Component, kComponents> order = bare.ruleset.order;
    std::sort(order.begin(), order.end());
    do {
        bare.ruleset.order = order;
        std::vector<Component> met;
        for (const Allocation& part : paid(44'044)) met.push_back(part.component);
        std::vector<Component> expected(order.begin(), order.end());
        std::erase(expected, Component::fee);
        CHECK(met == expected);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("Past due before due before in advance, each oldest first", "[ledger][allocation]") {
    // Goal: the order over rows for a date before, on, between and after their due dates.
    const Parts expected = {{0, Component::fee, 500}, {0, Component::principal, 33'333},
                            {1, Component::fee, 500}, {1, Component::principal, 33'333},
                            {2, Component::fee, 500}, {2, Component::principal, 11}};
    for (const char* date : {"2024-01-31", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-31",
                             "2024-04-01", "2024-04-30", "2024-05-01", "2026-10-27"}) {
        Bare bare(100'000, 5000, 3, ScheduleMethod::equal_principal);
        bare.add(EventKind::repayment, day_of(date), 33'833 + 33'833 + 511);
        CHECK(bare.position().effects.back().allocation == expected);
    }
}

TEST_CASE("Principal goes first once a contract is far enough behind", "[ledger][allocation]") {
    // Goal: beyond the threshold, not at it; the other components keep their order.
    Bare bare(100'000, 5000, 3, ScheduleMethod::equal_principal);
    bare.ruleset.principal_first_after = 90;
    bare.ruleset.penalty_ppm_day = 1'000;
    const Day due = bare.position().rows[0].due;
    const auto first_at = [&](Day day) {
        Bare copy = bare;
        copy.add(EventKind::penalty, due + 2, 10);
        copy.add(EventKind::repayment, day, 33'843);
        Parts row = copy.position().effects.back().allocation;
        return row;
    };
    const Parts usual = {
        {0, Component::penalty, 10}, {0, Component::fee, 500}, {0, Component::principal, 33'333}};
    CHECK(first_at(due + 90) == usual);
    CHECK(first_at(due + 91) == Parts{{0, Component::principal, 33'333},
                                      {0, Component::penalty, 10},
                                      {0, Component::fee, 500}});
    bare.ruleset.principal_first_after = 0;
    CHECK(first_at(due + 91) == usual);
    // Days of standing grace are not delinquent.
    bare.ruleset.principal_first_after = 90;
    bare.ruleset.grace_days = 1;
    CHECK(first_at(due + 91) == usual);
}

TEST_CASE("A payment of nothing and of everything", "[ledger][allocation]") {
    // Goal: both ends; rows that owe nothing are left out.
    Bare bare(1, 0, 2, ScheduleMethod::equal_principal);
    CHECK(bare.position().payable() == 1);
    Bare nothing = bare;
    nothing.add(EventKind::repayment, Drafts::kToday, 0);
    CHECK(nothing.position().misfit->why == Outcome::amount_not_positive);
    bare.add(EventKind::repayment, Drafts::kToday, 1);
    CHECK(bare.position().effects.back().allocation == Parts{{1, Component::principal, 1}});
    CHECK(bare.position().payable() == 0);
    CHECK(bare.position().status == ContractStatus::closed_paid);
}

TEST_CASE("Allocations sum to their payment and never exceed a row", "[ledger][allocation]") {
    // Goal: the property over random contracts, penalties and payments, with the seed shown.
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 500; ++round) {
        const bool annuity = random() % 2 == 0;
        Bare bare(1 + static_cast<Amount>(random() % 500'000),
                  static_cast<Ppm>(random() % (annuity ? 400'000 : 20'000)),
                  1 + static_cast<std::uint32_t>(random() % 36),
                  annuity ? ScheduleMethod::annuity : ScheduleMethod::equal_principal);
        Day day = Drafts::kToday;
        for (int event = 0; event < 8; ++event) {
            day += static_cast<Day>(random() % 60);
            const Position before = bare.position();
            if (before.status != ContractStatus::active) break;
            if (random() % 3 == 0) {
                bare.add(EventKind::penalty, day, 1 + static_cast<Amount>(random() % 300));
                continue;
            }
            const Amount amount =
                1 + static_cast<Amount>(random() % static_cast<std::uint64_t>(before.payable()));
            bare.add(EventKind::repayment, day, amount);
            const Position after = bare.position();
            REQUIRE_FALSE(after.misfit);
            Amount sum = 0;
            std::vector<PlanRow> rest = before.rows;
            for (const Allocation& part : after.effects.back().allocation) {
                REQUIRE(part.amount > 0);
                sum += part.amount;
                Amount& owed = rest.at(part.instalment).outstanding[place_of(part.component)];
                owed -= part.amount;
                REQUIRE(owed >= 0);
            }
            REQUIRE(sum == amount);
            REQUIRE(after.payable() == before.payable() - amount);
            for (std::size_t row = 0; row < rest.size(); ++row) {
                REQUIRE(after.rows[row].outstanding == rest[row].outstanding);
            }
        }
    }
}
