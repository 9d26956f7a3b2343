#include "ledger/schedule.h"

#include <algorithm>
#include <limits>
#include <random>

#include "ledger/dates.h"
#include "tests/support/catch.h"

using namespace tally::ledger;

namespace {

constexpr Amount kAmountMax = std::numeric_limits<Amount>::max();
using Amounts = std::vector<Amount>;
using Texts = std::vector<std::string>;

ScheduleTerms equal_terms(Amount principal, Ppm fee_ppm, std::uint32_t periods,
                          const char* anchor = "2024-01-31") {
    ScheduleTerms terms;
    terms.principal = principal;
    terms.rate_ppm = fee_ppm;
    terms.periods = periods;
    terms.anchor = day_from_text(anchor).value();
    return terms;
}

ScheduleTerms annuity_terms(Amount principal, Ppm yearly_ppm, std::uint32_t periods,
                            const char* anchor, DayCount day_count,
                            MonthEnd month_end = MonthEnd::clamp) {
    ScheduleTerms terms = equal_terms(principal, yearly_ppm, periods, anchor);
    terms.method = ScheduleMethod::annuity;
    terms.day_count = day_count;
    terms.month_end = month_end;
    return terms;
}

template <typename Value, typename Of>
std::vector<Value> column(const Schedule& schedule, Of of) {
    std::vector<Value> values;
    for (const Instalment& row : schedule.rows) values.push_back(of(row));
    return values;
}
Amounts totals(const Schedule& schedule) {
    return column<Amount>(
        schedule, [](const Instalment& row) { return row.principal + row.fee + row.interest; });
}
Amounts principals(const Schedule& schedule) {
    return column<Amount>(schedule, [](const Instalment& row) { return row.principal; });
}
Amounts interests(const Schedule& schedule) {
    return column<Amount>(schedule, [](const Instalment& row) { return row.interest; });
}
Texts dues(const Schedule& schedule) {
    return column<std::string>(schedule, [](const Instalment& row) { return day_text(row.due); });
}

/// What holds for every schedule that is not refused.
void check_whole(const ScheduleTerms& terms, const Schedule& schedule) {
    REQUIRE(schedule.outcome == Outcome::accepted);
    REQUIRE(schedule.rows.size() == terms.periods);
    Amount principal = 0;
    Amount fee = 0;
    Amount interest = 0;
    Day before = terms.anchor;
    for (const Instalment& row : schedule.rows) {
        REQUIRE(row.principal >= 0);
        REQUIRE(row.fee >= 0);
        REQUIRE(row.interest >= 0);
        REQUIRE(row.due > before);
        before = row.due;
        principal += row.principal;
        fee += row.fee;
        interest += row.interest;
    }
    REQUIRE(principal == terms.principal);
    REQUIRE(fee == schedule.fee_total);
    REQUIRE(interest == schedule.interest_total);
}

}  // namespace

TEST_CASE("Known rows of equal principal plus fee", "[ledger][schedule]") {
    // Goal: the published Baitiao figures, to the fen.
    CHECK(totals(compute_schedule(equal_terms(100'000, 5000, 3))) ==
          Amounts{33'833, 33'833, 33'834});
    Amounts twelve(11, 8'833);
    twelve.push_back(8'837);
    const Schedule schedule = compute_schedule(equal_terms(100'000, 5000, 12));
    CHECK(totals(schedule) == twelve);
    CHECK(schedule.fee_total == 6'000);
    CHECK(schedule.interest_total == 0);
}

TEST_CASE("What an equal division leaves over goes where the product says", "[ledger][schedule]") {
    // Goal: 10000 / 7 under each of the three policies, and principals below the periods.
    ScheduleTerms terms = equal_terms(10'000, 0, 7);
    ScheduleTerms tiny = equal_terms(5, 0, 7);
    CHECK(principals(compute_schedule(terms)) == Amounts{1428, 1428, 1428, 1428, 1428, 1428, 1432});
    CHECK(principals(compute_schedule(tiny)) == Amounts{0, 0, 0, 0, 0, 0, 5});
    terms.remainder = tiny.remainder = Remainder::first;
    CHECK(principals(compute_schedule(terms)) == Amounts{1432, 1428, 1428, 1428, 1428, 1428, 1428});
    CHECK(principals(compute_schedule(tiny)) == Amounts{5, 0, 0, 0, 0, 0, 0});
    terms.remainder = tiny.remainder = Remainder::spread;
    CHECK(principals(compute_schedule(terms)) == Amounts{1428, 1429, 1428, 1429, 1428, 1429, 1429});
    CHECK(principals(compute_schedule(tiny)) == Amounts{0, 1, 1, 0, 1, 1, 1});
}

TEST_CASE("Every remainder policy divides the whole principal", "[ledger][schedule]") {
    // Goal: nothing is lost or made, over all periods, edges and random principals; spread rows
    // differ by one unit at most.
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (std::uint32_t periods = 1; periods <= kPeriodsMax; ++periods) {
        Amounts amounts{1, 7, 35, 36, 37, 99'999, kPrincipalEnd - 1};
        for (int extra = 0; extra < 20; ++extra) {
            const auto bits = static_cast<std::uint64_t>(random() % 50);
            amounts.push_back(static_cast<Amount>(random() >> 14 >> bits) % (kPrincipalEnd - 1) +
                              1);
        }
        for (const Amount principal : amounts) {
            for (const auto policy : {Remainder::last, Remainder::first, Remainder::spread}) {
                ScheduleTerms terms = equal_terms(principal, 5000, periods);
                terms.remainder = policy;
                const Schedule schedule = compute_schedule(terms);
                check_whole(terms, schedule);
                const Amounts shares = principals(schedule);
                const auto [least, most] = std::minmax_element(shares.begin(), shares.end());
                REQUIRE(*most - *least <= (policy == Remainder::spread ? 1 : Amount{periods} - 1));
            }
        }
    }
}

TEST_CASE("The fee of a tiny purchase rounds up to one unit a period", "[ledger][schedule]") {
    // Goal: the trap: 1.00 at 0.5 % over 12 periods is charged 12 %, and the row says so.
    const Schedule schedule = compute_schedule(equal_terms(100, 5000, 12));
    Amounts rows(11, 9);
    rows.push_back(13);
    CHECK(totals(schedule) == rows);
    CHECK(schedule.fee_total == 12);
    CHECK(compute_schedule(equal_terms(99, 5000, 12)).fee_total == 0);
}

TEST_CASE("Known rows of annuities", "[ledger][schedule]") {
    // Goal: five published schedules: act/act across the turn of a leap year, 30/360, both rules
    // for the month's end, and a long one.
    const auto c3152 =
        compute_schedule(annuity_terms(1'000'000, 120'000, 6, "2023-12-12", DayCount::act_act));
    CHECK(totals(c3152) == Amounts{172'556, 172'556, 172'556, 172'556, 172'556, 172'559});
    CHECK(interests(c3152) == Amounts{10'181, 8'514, 6'405, 5'158, 3'345, 1'736});

    const auto c3154 =
        compute_schedule(annuity_terms(10'000, 120'000, 6, "2024-01-01", DayCount::thirty_360));
    CHECK(totals(c3154) == Amounts{1725, 1725, 1725, 1725, 1725, 1728});
    CHECK(interests(c3154) == Amounts{100, 84, 67, 51, 34, 17});

    const auto c111043 = compute_schedule(
        annuity_terms(1'000'000, 120'000, 3, "2025-01-31", DayCount::act_act, MonthEnd::roll));
    CHECK(dues(c111043) == Texts{"2025-03-01", "2025-03-31", "2025-05-01"});
    CHECK(totals(c111043) == Amounts{339'856, 339'856, 339'856});
    CHECK(interests(c111043) == Amounts{9'534, 6'605, 3'429});

    const auto c111047 = compute_schedule(
        annuity_terms(1'000'000, 120'000, 3, "2025-01-31", DayCount::act_act, MonthEnd::clamp));
    CHECK(dues(c111047) == Texts{"2025-02-28", "2025-03-31", "2025-04-30"});
    CHECK(totals(c111047) == Amounts{339'782, 339'782, 339'783});
    CHECK(interests(c111047) == Amounts{9'205, 6'823, 3'319});

    const auto frappe =
        compute_schedule(annuity_terms(10'000'000, 99'900, 36, "2024-01-01", DayCount::thirty_360));
    CHECK(totals(frappe).front() == 322'625);
    CHECK(frappe.interest_total == 1'614'500);
    CHECK(frappe.fee_total == 0);
}

TEST_CASE("Day counts see the days of a period", "[ledger][schedule]") {
    // Goal: one period of 12 % on 1,000,000.00 by each convention: twelfths, days over 365, days
    // over the year's own length, and 31 December as the seam between two years.
    const auto first_interest = [](const char* anchor, DayCount day_count) {
        return compute_schedule(annuity_terms(100'000'000, 120'000, 1, anchor, day_count))
            .interest_total;
    };
    for (const char* anchor : {"2024-01-31", "2025-01-31", "2023-12-12"}) {
        CHECK(first_interest(anchor, DayCount::thirty_360) == 1'000'000);
    }
    CHECK(first_interest("2024-01-31", DayCount::act_365) == 953'425);  // 29 / 365
    CHECK(first_interest("2025-01-31", DayCount::act_365) == 920'548);  // 28 / 365
    CHECK(first_interest("2024-01-31", DayCount::act_act) == 950'820);  // 29 / 366
    CHECK(first_interest("2025-01-31", DayCount::act_act) == 920'548);
    CHECK(first_interest("2023-12-12", DayCount::act_365) == 1'019'178);
    CHECK(first_interest("2023-12-12", DayCount::act_act) == 1'018'100);  // 19 / 365 + 12 / 366
    CHECK(first_interest("2024-12-12", DayCount::act_act) == 1'017'471);  // 19 / 366 + 12 / 365
    CHECK(first_interest("2023-12-31", DayCount::act_act) == 1'016'393);  // 31 / 366
    CHECK(first_interest("2023-11-30", DayCount::act_act) == 986'301);    // 30 / 365
    CHECK(first_interest("2025-12-12", DayCount::act_act) == 1'019'178);  // neither is leap
    CHECK(first_interest("2100-02-10", DayCount::act_act) == 920'548);    // 2100 is not leap
}

TEST_CASE("Interest rounds half to even", "[ledger][schedule]") {
    // Goal: a twelfth of 6 % of 100, 300 and 500 units is 0.5, 1.5 and 2.5 exactly.
    const auto interest = [](Amount principal) {
        return compute_schedule(
                   annuity_terms(principal, 60'000, 1, "2024-01-31", DayCount::thirty_360))
            .interest_total;
    };
    CHECK(interest(99) == 0);
    CHECK(interest(100) == 0);
    CHECK(interest(101) == 1);
    CHECK(interest(300) == 2);
    CHECK(interest(500) == 2);
    CHECK(interest(501) == 3);
    CHECK(interest(700) == 4);
}

TEST_CASE("An annuity without interest or of a few units stays whole", "[ledger][schedule]") {
    // Goal: where units are few, equal rows are impossible; none is negative even so.
    const auto rows = [](Amount principal, Ppm yearly_ppm, std::uint32_t periods) {
        return principals(compute_schedule(
            annuity_terms(principal, yearly_ppm, periods, "2024-01-31", DayCount::thirty_360)));
    };
    CHECK(rows(10'000, 0, 7) == Amounts{1429, 1429, 1429, 1429, 1429, 1429, 1426});
    CHECK(rows(10'001, 0, 7) == Amounts{1429, 1429, 1429, 1429, 1429, 1429, 1427});
    CHECK(rows(1, 0, 3) == Amounts{0, 0, 1});  // 0 and 1 are as close: the smaller
    CHECK(rows(2, 0, 3) == Amounts{1, 1, 0});
    Amounts few(19, 1);  // by the letter the last row would be -16
    few.resize(36, 0);
    CHECK(rows(19, 0, 36) == few);
    Amounts one(35, 0);
    one.push_back(1);
    CHECK(rows(1, 120'000, 36) == one);
    CHECK(rows(1, kYearlyPpmMax, 36) == one);
}

TEST_CASE("At the highest rates a long month repays nothing rather than lending more",
          "[ledger][schedule]") {
    // Goal: at 1,000 % a year the interest of 31 days is above the annuity of the mean month.
    for (const auto day_count : {DayCount::act_365, DayCount::act_act}) {
        const ScheduleTerms terms =
            annuity_terms(kPrincipalEnd - 1, kYearlyPpmMax, 36, "2024-01-31", day_count);
        const Schedule schedule = compute_schedule(terms);
        check_whole(terms, schedule);
        CHECK(std::count(schedule.rows.begin(), schedule.rows.end(), Instalment{}) == 0);
        const Amounts shares = principals(schedule);
        CHECK(std::count(shares.begin(), shares.end(), 0) > 0);
    }
}

TEST_CASE("Random annuities are whole, and no other instalment comes closer",
          "[ledger][schedule]") {
    // Goal: sums hold for any terms; on small ones the bisection finds what a search of all
    // instalments finds.
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 2'000; ++round) {
        ScheduleTerms terms = annuity_terms(1, 0, 1, "2024-01-31", DayCount::thirty_360);
        terms.day_count = static_cast<DayCount>(1 + random() % 3);
        terms.month_end = static_cast<MonthEnd>(1 + random() % 2);
        terms.principal =
            static_cast<Amount>(random() >> 14 >> (random() % 50)) % (kPrincipalEnd - 1) + 1;
        terms.rate_ppm = static_cast<Ppm>(random() % 10'000'001 >> (random() % 10));
        terms.periods = static_cast<std::uint32_t>(1 + random() % kPeriodsMax);
        terms.anchor = static_cast<Day>(random() % 2'900'000);
        check_whole(terms, compute_schedule(terms));
    }
    for (int round = 0; round < 300; ++round) {
        ScheduleTerms terms = annuity_terms(1, 0, 1, "2024-01-31", DayCount::thirty_360);
        terms.principal = static_cast<Amount>(1 + random() % 500);
        terms.rate_ppm = static_cast<Ppm>(random() % 12 * 60'000);
        terms.periods = static_cast<std::uint32_t>(2 + random() % 11);
        // A twelfth of the rate is a whole number of half per cents: interest in plain integers.
        const Amount per_mille = terms.rate_ppm / 12'000;
        Amount nearest = kAmountMax;
        Amounts expected;
        for (Amount instalment = 0; instalment <= 2 * terms.principal; ++instalment) {
            Amounts rows;
            Amount balance = terms.principal;
            for (std::uint32_t row = 1; row <= terms.periods; ++row) {
                const Amount product = balance * per_mille;
                const Amount down = product / 1000;
                const Amount left = product % 1000;
                const Amount interest = down + (left > 500 || (left == 500 && down % 2) ? 1 : 0);
                const Amount share = std::min(std::max<Amount>(instalment - interest, 0), balance);
                const Amount principal = row == terms.periods ? balance : share;
                rows.push_back(principal + interest);
                balance -= principal;
            }
            const Amount distance = std::abs(rows.back() - instalment);
            if (distance < nearest) {
                nearest = distance;
                expected = rows;
            }
        }
        INFO(terms.principal << " at " << terms.rate_ppm << " x" << terms.periods);
        REQUIRE(totals(compute_schedule(terms)) == expected);
    }
}

TEST_CASE("Due dates follow the anchor, clamped or rolled", "[ledger][schedule]") {
    // Goal: the dates of the known contract captured on 31 January of a leap year, and the same
    // for both methods.
    ScheduleTerms terms = equal_terms(100'000, 5000, 3);
    CHECK(dues(compute_schedule(terms)) == Texts{"2024-02-29", "2024-03-31", "2024-04-30"});
    terms.month_end = MonthEnd::roll;
    const Texts rolled{"2024-03-01", "2024-03-31", "2024-05-01"};
    CHECK(dues(compute_schedule(terms)) == rolled);
    terms.method = ScheduleMethod::annuity;
    CHECK(dues(compute_schedule(terms)) == rolled);
    CHECK(dues(compute_schedule(equal_terms(100'000, 5000, 3, "2024-11-30"))) ==
          Texts{"2024-12-30", "2025-01-30", "2025-02-28"});
    CHECK(dues(compute_schedule(equal_terms(100'000, 5000, 1, "9999-11-30"))) ==
          Texts{"9999-12-30"});
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
    // Goal: each bound and its neighbour, for both methods, and nothing but the outcome.
    const auto outcome = [](ScheduleMethod method, Amount principal, Ppm rate_ppm,
                            std::uint32_t periods, const char* anchor = "2024-01-31") {
        ScheduleTerms terms = equal_terms(principal, rate_ppm, periods, anchor);
        terms.method = method;
        const Schedule schedule = compute_schedule(terms);
        CHECK((schedule.outcome == Outcome::accepted) == !schedule.rows.empty());
        return schedule.outcome;
    };
    for (const auto method : {ScheduleMethod::equal_principal, ScheduleMethod::annuity}) {
        const Ppm rate_max = method == ScheduleMethod::annuity ? kYearlyPpmMax : kFeePpmMax;
        CHECK(outcome(method, 0, 5000, 3) == Outcome::amount_not_positive);
        CHECK(outcome(method, std::numeric_limits<Amount>::min(), 5000, 3) ==
              Outcome::amount_not_positive);
        CHECK(outcome(method, 1, 5000, 0) == Outcome::periods_out_of_range);
        CHECK(outcome(method, 1, 5000, 36) == Outcome::accepted);
        CHECK(outcome(method, 1, 5000, 37) == Outcome::periods_out_of_range);
        CHECK(outcome(method, 1, 5000, 0xFFFF'FFFF) == Outcome::periods_out_of_range);
        CHECK(outcome(method, 1, -1, 3) == Outcome::rate_out_of_range);
        CHECK(outcome(method, 1, rate_max, 3) == Outcome::accepted);
        CHECK(outcome(method, 1, rate_max + 1, 3) == Outcome::rate_out_of_range);
        CHECK(outcome(method, kPrincipalEnd - 1, rate_max, 36) == Outcome::accepted);
        CHECK(outcome(method, kPrincipalEnd, 0, 1) == Outcome::overflow);
        CHECK(outcome(method, kAmountMax, rate_max, 36) == Outcome::overflow);
        CHECK(outcome(method, 1, 5000, 1, "9999-12-01") == Outcome::date_out_of_range);
        CHECK(outcome(method, 1, 5000, 1, "9999-11-30") == Outcome::accepted);
        CHECK(outcome(method, 1, 5000, 36, "9997-01-31") == Outcome::date_out_of_range);
        CHECK(outcome(method, 1, 5000, 36, "9996-12-31") == Outcome::accepted);
    }
    ScheduleTerms before = equal_terms(1, 0, 1);
    before.anchor = -1;
    CHECK(compute_schedule(before).outcome == Outcome::date_out_of_range);
}
