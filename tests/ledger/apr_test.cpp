#include "ledger/apr.h"

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "ledger/dates.h"
#include "tests/support/catch.h"

using namespace tally::ledger;

namespace {

using Rows = std::vector<Instalment>;

Rows rows_of(const std::vector<Amount>& totals) {
    Rows rows;
    for (const Amount total : totals) rows.push_back({0, total, 0, 0});
    return rows;
}

Rows baitiao(Amount principal, Ppm fee_ppm, std::uint32_t periods) {
    ScheduleTerms terms;
    terms.principal = principal;
    terms.rate_ppm = fee_ppm;
    terms.periods = periods;
    return compute_schedule(terms).rows;
}

Rows annuity(Amount principal, Ppm yearly_ppm, std::uint32_t periods, DayCount day_count) {
    ScheduleTerms terms;
    terms.method = ScheduleMethod::annuity;
    terms.day_count = day_count;
    terms.principal = principal;
    terms.rate_ppm = yearly_ppm;
    terms.periods = periods;
    terms.anchor = day_from_text("2025-01-31").value();
    return compute_schedule(terms).rows;
}

/// The rate is `apr`, and no neighbour passes for it.
bool only(Amount principal, const Rows& rows, Ppm apr) {
    return apr_ppm(principal, rows) == apr && apr_is(principal, rows, apr) &&
           !apr_is(principal, rows, apr - 1) && !apr_is(principal, rows, apr + 1);
}

/// Whether the rows are worth the principal at half a ppm above the rate, in exact numbers.
bool worth(Amount principal, const std::vector<Amount>& totals, Ppm rate) {
    using boost::multiprecision::cpp_int;
    cpp_int sum = 0;
    cpp_int owed = principal;
    cpp_int power = 1;
    const cpp_int base = 24'000'000 + 2 * cpp_int(rate) + 1;
    for (const Amount total : totals) {
        power *= 24'000'000;
        sum = sum * base + power * total;
        owed *= base;
    }
    return sum >= owed;
}

}  // namespace

TEST_CASE("Known rates of return", "[ledger][apr]") {
    // Goal: the published Baitiao figures to the ppm, and the trap of a tiny purchase, of which
    // the fee rounds up to 1 fen a period: 20.8 %.
    CHECK(only(100'000, baitiao(100'000, 5000, 3), 89'777));
    CHECK(ear_ppm(89'777) == 93'565);
    CHECK(only(100'000, baitiao(100'000, 5000, 12), 108'960));
    CHECK(ear_ppm(108'960) == 114'570);
    const Rows trap = baitiao(100, 5000, 12);
    const auto apr = apr_ppm(100, trap);
    REQUIRE(apr);
    CHECK(*apr / 1000 == 208);
    CHECK(only(100, trap, *apr));
}

TEST_CASE("An annuity returns its own rate", "[ledger][apr]") {
    // Goal: in large amounts, where rounding is far below a ppm, 30/360 gives the yearly rate back.
    for (const Ppm rate : {1, 5000, 99'900, 120'000, 240'000, 1'000'000, 9'999'999}) {
        for (const std::uint32_t periods : {1U, 2U, 12U, 36U}) {
            const Amount principal = 1'000'000'000'000;
            INFO(rate << " x" << periods);
            CHECK(only(principal, annuity(principal, rate, periods, DayCount::thirty_360), rate));
        }
    }
}

TEST_CASE("No charge is no rate", "[ledger][apr]") {
    // Goal: zero for any rows that sum to the principal, those without a payment included.
    CHECK(apr_ppm(100'000, baitiao(100'000, 0, 12)) == 0);
    CHECK(apr_is(100'000, baitiao(100'000, 0, 12), 0));
    CHECK(apr_ppm(100, rows_of({0, 0, 100})) == 0);
    CHECK(apr_ppm(kPrincipalEnd - 1, rows_of({kPrincipalEnd - 1})) == 0);
    CHECK(apr_ppm(1, rows_of(std::vector<Amount>(36, 0))) == std::nullopt);
}

TEST_CASE("A rate is rounded to the nearest, halves up", "[ledger][apr]") {
    // Goal: one period makes the rate exact. A charge c on principal P is 12,000,000 * c / P ppm;
    // with P = 24,000,000 it is c / 2.
    constexpr Amount kPrincipal = 24'000'000;
    CHECK(apr_ppm(kPrincipal, rows_of({kPrincipal + 1})) == 1);  // 0.5
    CHECK(apr_ppm(kPrincipal, rows_of({kPrincipal + 2})) == 1);
    CHECK(apr_ppm(kPrincipal, rows_of({kPrincipal + 3})) == 2);             // 1.5
    CHECK(apr_ppm(kPrincipal * 10, rows_of({kPrincipal * 10 + 4})) == 0);   // 0.2
    CHECK(apr_ppm(kPrincipal * 10, rows_of({kPrincipal * 10 + 14})) == 1);  // 0.7
    CHECK_FALSE(apr_is(kPrincipal, rows_of({kPrincipal + 1}), 0));
    CHECK(apr_is(kPrincipal, rows_of({kPrincipal + 1}), 1));
}

TEST_CASE("Rates up to 1,000 % are found and none above", "[ledger][apr]") {
    // Goal: the bound and both neighbours, at the widest numbers that there are.
    constexpr Amount kPrincipal = 24'000'000;
    CHECK(only(kPrincipal, rows_of({kPrincipal + 19'999'998}), 9'999'999));
    CHECK(apr_ppm(kPrincipal, rows_of({kPrincipal + 20'000'000})) == 10'000'000);
    CHECK(apr_is(kPrincipal, rows_of({kPrincipal + 20'000'000}), 10'000'000));
    CHECK_FALSE(apr_ppm(kPrincipal, rows_of({kPrincipal + 20'000'001})));
    CHECK_FALSE(apr_is(kPrincipal, rows_of({kPrincipal + 20'000'001}), 10'000'000));

    constexpr Amount kMost = kPrincipalEnd - 1;
    const Rows widest = annuity(kMost, kYearlyPpmMax, 36, DayCount::thirty_360);
    CHECK(apr_ppm(kMost, widest) == kYearlyPpmMax);
    CHECK(apr_is(kMost, widest, kYearlyPpmMax));
    const Rows absurd = rows_of(std::vector<Amount>(36, std::numeric_limits<Amount>::max()));
    CHECK_FALSE(apr_ppm(kMost, absurd));
    CHECK_FALSE(apr_ppm(1, absurd));
    CHECK_FALSE(apr_is(kMost, absurd, kYearlyPpmMax));
    // The greatest totals that still have a rate: late, after 35 rows of nothing.
    std::vector<Amount> late(36, 0);
    late.back() = std::numeric_limits<Amount>::max();
    const auto apr = apr_ppm(kMost, rows_of(late));
    REQUIRE(apr);
    CHECK(only(kMost, rows_of(late), *apr));
}

TEST_CASE("Nothing outside its bounds has a rate, whatever the claim", "[ledger][apr]") {
    // Goal: hostile rows are answered, never added up wrongly.
    constexpr Amount kMost = std::numeric_limits<Amount>::max();
    constexpr Amount kLeast = std::numeric_limits<Amount>::min();
    const auto none = [](Amount principal, const Rows& rows) {
        return !apr_ppm(principal, rows) && !apr_is(principal, rows, 0) &&
               !apr_is(principal, rows, 5000);
    };
    CHECK(none(100, {}));
    CHECK(none(36, rows_of(std::vector<Amount>(37, 1))));
    CHECK(none(0, rows_of({1})));
    CHECK(none(-1, rows_of({1})));
    CHECK(none(kLeast, rows_of({1})));
    CHECK(none(kPrincipalEnd, rows_of({kPrincipalEnd})));
    CHECK(none(100, rows_of({99})));
    CHECK(none(100, rows_of({-1, 101})));
    CHECK(none(100, rows_of({kLeast, kMost, 102})));
    // A last row of -1 that, taken for 2^64 - 1, would still give a rate below the bound.
    std::vector<Amount> negative(36, 0);
    negative.front() = kPrincipalEnd + 1;
    negative.back() = -1;
    CHECK(none(kPrincipalEnd - 1, rows_of(negative)));
    CHECK(none(100, {{0, kMost, 1, 0}}));
    CHECK(none(100, {{0, kMost, kMost, kMost}}));
    CHECK(none(100, {{0, kLeast, kLeast, kLeast}}));
    CHECK(apr_ppm(100, Rows{{0, kMost, 0, 100 - kMost}}) == 0);

    const Rows rows = baitiao(100'000, 5000, 3);
    CHECK_FALSE(apr_is(100'000, rows, -1));
    CHECK_FALSE(apr_is(100'000, rows, 10'000'001));
    CHECK_FALSE(apr_is(100'000, rows, std::numeric_limits<Ppm>::min()));
    CHECK_FALSE(apr_is(100'000, rows, std::numeric_limits<Ppm>::max()));
}

TEST_CASE("The effective rate compounds monthly and rounds half up", "[ledger][apr]") {
    // Goal: the ends, and agreement with floating point, which tests may use, within its error.
    CHECK(ear_ppm(0) == 0);
    CHECK(ear_ppm(1) == 1);
    CHECK(ear_ppm(120'000) == 126'825);
    CHECK(ear_ppm(10'000'000) == 1'440'774'092);
    for (Ppm apr = 0; apr <= 10'000'000; apr += 3'331) {
        const long double exact =
            (std::pow(1.0L + static_cast<long double>(apr) / 12e6L, 12.0L) - 1.0L) * 1e6L;
        REQUIRE(std::fabs(static_cast<long double>(ear_ppm(apr)) - exact) < 0.5001L);
    }
}

TEST_CASE("Random rows: the rate is the one that floating point sees", "[ledger][apr]") {
    // Goal: an independent evaluation of the present value changes its sign at the same ppm.
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 300; ++round) {
        const auto principal = static_cast<Amount>(1'000'000 + random() % 1'000'000'000);
        const auto periods = static_cast<std::size_t>(1 + random() % kPeriodsMax);
        std::vector<Amount> totals;
        for (std::size_t row = 0; row < periods; ++row) {
            const Amount fair = principal / static_cast<Amount>(periods);
            totals.push_back(fair + static_cast<Amount>(random()) % (fair + 1) / 3 + fair / 3 + 1);
        }
        const Rows rows = rows_of(totals);
        const auto apr = apr_ppm(principal, rows);
        if (!apr) continue;
        REQUIRE(only(principal, rows, *apr));
        const auto value = [&](long double rate) {
            long double sum = 0;
            for (std::size_t row = totals.size(); row-- > 0;) {
                sum = (sum + static_cast<long double>(totals[row])) / (1 + rate / 12e6L);
            }
            return sum - static_cast<long double>(principal);
        };
        REQUIRE(value(static_cast<long double>(*apr) - 0.501L) > 0);
        REQUIRE(value(static_cast<long double>(*apr) + 0.501L) < 0);
    }
}

TEST_CASE("A cap is judged exactly next to it, in small numbers and in the largest",
          "[ledger][apr]") {
    // Goal: bounds in 128 bits decide what is clear, and what is not they leave alone: the verdict
    // is that of exact numbers where the rows are worth the principal to within a unit.
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    int above = 0, within = 0;
    for (int round = 0; round < 2'000; ++round) {
        const Amount size = Amount{1} << (random() % 45);
        const auto cap = static_cast<Ppm>(random() % 10'000'001);
        std::vector<Amount> totals(1 + random() % kPeriodsMax);
        Amount sum = 0;
        for (Amount& total : totals) sum += total = static_cast<Amount>(random()) % size / 2 + size;
        // The greatest principal that the rows are worth at the cap.
        Amount low = 0, high = sum + 1;
        while (high - low > 1) {
            const Amount middle = low + (high - low) / 2;
            (worth(middle, totals, cap) ? low : high) = middle;
        }
        for (const Amount principal : {low - 1, low, low + 1}) {
            if (principal <= 0 || principal > sum || principal >= kPrincipalEnd) continue;
            const bool is_within = !worth(principal, totals, cap);
            REQUIRE(apr_within(principal, rows_of(totals), cap) == is_within);
            ++(is_within ? within : above);
        }
    }
    CHECK(above > 1'000);
    CHECK(within > 1'000);
}
