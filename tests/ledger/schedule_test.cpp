#include "ledger/schedule.h"

#include <limits>

#include "ledger/dates.h"
#include "tests/support/catch.h"

using namespace tally::ledger;

namespace {

constexpr Amount kAmountMax = std::numeric_limits<Amount>::max();

Schedule compute(Amount principal, Ppm fee_ppm, std::uint32_t periods, const char* anchor) {
    return compute_schedule({ScheduleMethod::equal_principal_fee_last, principal, fee_ppm, periods,
                             day_from_text(anchor).value()});
}

std::vector<Amount> totals(const Schedule& schedule) {
    std::vector<Amount> totals;
    for (const Instalment& row : schedule.rows) totals.push_back(row.principal + row.fee);
    return totals;
}

std::vector<std::string> dues(const Schedule& schedule) {
    std::vector<std::string> dues;
    for (const Instalment& row : schedule.rows) dues.push_back(day_text(row.due));
    return dues;
}

}  // namespace

TEST_CASE("Known rows of equal principal plus fee", "[ledger][schedule]") {
    // Goal: the published Baitiao figures, to the fen.
    CHECK(totals(compute(100'000, 5000, 3, "2024-01-31")) ==
          std::vector<Amount>{33'833, 33'833, 33'834});
    const std::vector<Amount> twelve = totals(compute(100'000, 5000, 12, "2024-01-31"));
    REQUIRE(twelve.size() == 12);
    for (std::size_t row = 0; row < 11; ++row) CHECK(twelve[row] == 8'833);
    CHECK(twelve[11] == 8'837);
}

TEST_CASE("The remainder of the division is in the last row", "[ledger][schedule]") {
    // Goal: 10000 / 7 gives 1428 six times and 1432.
    const Schedule schedule = compute(10'000, 0, 7, "2024-01-31");
    CHECK(totals(schedule) == std::vector<Amount>{1428, 1428, 1428, 1428, 1428, 1428, 1432});
    CHECK(schedule.fee_total == 0);
    CHECK(totals(compute(5, 0, 7, "2024-01-31")) == std::vector<Amount>{0, 0, 0, 0, 0, 0, 5});
}

TEST_CASE("Due dates follow the anchor and are clamped", "[ledger][schedule]") {
    // Goal: the dates of the known contract captured on 31 January of a leap year.
    CHECK(dues(compute(100'000, 5000, 3, "2024-01-31")) ==
          std::vector<std::string>{"2024-02-29", "2024-03-31", "2024-04-30"});
    CHECK(dues(compute(100'000, 5000, 3, "2024-11-30")) ==
          std::vector<std::string>{"2024-12-30", "2025-01-30", "2025-02-28"});
}

TEST_CASE("Fees round half up in 128 bits", "[ledger][schedule]") {
    // Goal: the rounding point, and products far above 64 bits.
    CHECK(part_half_up(0, 5000) == 0);
    CHECK(part_half_up(99, 5000) == 0);   // 0.495
    CHECK(part_half_up(100, 5000) == 1);  // 0.5: the trap of a tiny principal
    CHECK(part_half_up(299, 5000) == 1);  // 1.495
    CHECK(part_half_up(300, 5000) == 2);  // 1.5
    CHECK(part_half_up(123, 1'000'000) == 123);
    CHECK(part_half_up(kAmountMax, 1'000'000) == kAmountMax);
    CHECK(part_half_up(kAmountMax, 500'000) == kAmountMax / 2 + 1);
    CHECK(part_half_up(kAmountMax, 0) == 0);
}

TEST_CASE("Terms outside their bounds are refused by name", "[ledger][schedule]") {
    // Goal: each bound and its neighbour.
    CHECK(compute(0, 5000, 3, "2024-01-31").outcome == Outcome::amount_not_positive);
    CHECK(compute(-1, 5000, 3, "2024-01-31").outcome == Outcome::amount_not_positive);
    CHECK(compute(std::numeric_limits<Amount>::min(), 5000, 3, "2024-01-31").outcome ==
          Outcome::amount_not_positive);
    CHECK(compute(1, 5000, 0, "2024-01-31").outcome == Outcome::periods_out_of_range);
    CHECK(compute(1, 5000, 37, "2024-01-31").outcome == Outcome::periods_out_of_range);
    CHECK(compute(1, 5000, 36, "2024-01-31").outcome == Outcome::accepted);
    CHECK(compute(1, 5000, 0xFFFF'FFFF, "2024-01-31").outcome == Outcome::periods_out_of_range);
    CHECK(compute(1, -1, 3, "2024-01-31").outcome == Outcome::rate_out_of_range);
    CHECK(compute(1, 1'000'001, 3, "2024-01-31").outcome == Outcome::rate_out_of_range);
    CHECK(compute(1, 1'000'000, 3, "2024-01-31").outcome == Outcome::accepted);
    CHECK(compute(1, 5000, 1, "9999-12-01").outcome == Outcome::date_out_of_range);
    CHECK(compute(1, 5000, 1, "9999-11-30").outcome == Outcome::accepted);
    CHECK(compute_schedule({ScheduleMethod::equal_principal_fee_last, 1, 0, 1, -1}).outcome ==
          Outcome::date_out_of_range);
}

TEST_CASE("Totals that do not fit are an overflow, not a wrap", "[ledger][schedule]") {
    // Goal: principal and all fees together must fit in 64 bits.
    CHECK(compute(kAmountMax, 0, 36, "2024-01-31").outcome == Outcome::accepted);
    CHECK(compute(kAmountMax, 1, 1, "2024-01-31").outcome == Outcome::overflow);
    CHECK(compute(kAmountMax, 1'000'000, 36, "2024-01-31").outcome == Outcome::overflow);
    CHECK(compute(kAmountMax / 2, 1'000'000, 1, "2024-01-31").outcome == Outcome::accepted);
    CHECK(compute(kAmountMax / 2 + 1, 1'000'000, 1, "2024-01-31").outcome == Outcome::overflow);
}

TEST_CASE("Rows always sum to the principal", "[ledger][schedule]") {
    // Goal: nothing is lost or made by dividing, over many principals and all terms.
    for (const Amount principal :
         {Amount{1}, Amount{7}, Amount{99'999}, Amount{1'234'567'891}, kAmountMax}) {
        for (std::uint32_t periods = 1; periods <= kPeriodsMax; ++periods) {
            const Schedule schedule = compute(principal, 0, periods, "2024-01-31");
            REQUIRE(schedule.outcome == Outcome::accepted);
            Amount sum = 0;
            for (const Instalment& row : schedule.rows) {
                REQUIRE(row.principal >= 0);
                sum += row.principal;
            }
            REQUIRE(sum == principal);
        }
    }
}
