// Rows follow from the terms alone, in integers. The annuity has no closed form here, because every
// row's interest is rounded: instead its instalment is the one whose last row, which takes the
// whole balance, comes closest to it. Three facts make that a search that always ends; it halves
// what is left every other time, and guesses in between, since the difference falls nearly evenly:
// every replay of a contract computes its rows anew.
//
// - A row's principal is what the instalment leaves after interest, but never below zero and never
//   above the balance. So the balance stays within 0..principal, a row never lends more, and 128
//   bits hold every product: principal < 2^50, rate < 2^24, numerator of the period <= 2^14.
// - Rounding keeps order, so a higher instalment never leaves a higher balance: the last row falls
//   or stays as the instalment rises, and their difference falls by at least one a step.
// - An instalment of the principal and the first row's interest pays everything at once.
#include "ledger/schedule.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>

#include "base/check.h"
#include "ledger/dates.h"
#include "ledger/day_count.h"
#include "ledger/wide.h"

namespace tally::ledger {
namespace {

constexpr Ppm kWhole = 1'000'000;

// Fee and interest of a row are at most the principal (31 days at kYearlyPpmMax are 85 % of it), so
// that with all periods every total fits in an Amount.
static_assert(kPrincipalEnd <= std::numeric_limits<Amount>::max() / (kPeriodsMax + 1));
static_assert(Wide{kYearlyPpmMax} * 31 < Wide{kWhole} * 365);

Schedule refused(Outcome outcome) { return {outcome, {}, 0, 0}; }

/// Rows that have their due dates alone, or an empty list where a date is out of range.
std::vector<Instalment> due_rows(const ScheduleTerms& terms) {
    std::vector<Instalment> rows;
    rows.reserve(terms.periods);
    for (std::uint32_t period = 1; period <= terms.periods; ++period) {
        const std::optional<Day> due = terms.month_end == MonthEnd::roll
                                           ? add_months_rolled(terms.anchor, period)
                                           : add_months(terms.anchor, period);
        if (!due) return {};
        rows.push_back({*due, 0, 0, 0});
    }
    return rows;
}

/// The principal of row `period`, counted from 1, when it is divided equally.
Amount equal_share(const ScheduleTerms& terms, Amount period) {
    const auto periods = static_cast<Amount>(terms.periods);
    const Amount share = terms.principal / periods;
    const Amount left_over = terms.principal % periods;
    switch (terms.remainder) {
        case Remainder::last:
            return period == periods ? share + left_over : share;
        case Remainder::first:
            return period == 1 ? share + left_over : share;
        case Remainder::spread:
            return terms.principal * period / periods - terms.principal * (period - 1) / periods;
    }
    TALLY_CHECK(false && "a remainder policy that no decoder lets through");
    return 0;
}

void fill_equal_principal(const ScheduleTerms& terms, Schedule& schedule) {
    const Amount fee = part_half_up(terms.principal, terms.rate_ppm);
    Amount period = 0;
    for (Instalment& row : schedule.rows) {
        row.principal = equal_share(terms, ++period);
        row.fee = fee;
    }
    schedule.fee_total = fee * period;
}

/// Half-even, so that over many rows neither side gains by rounding. Requires 0 <= balance.
Amount interest_of(Amount balance, Ppm rate_ppm, const YearFraction& period) {
    const Wide divisor = static_cast<Wide>(kWhole) * period.denominator;
    const Wide product = static_cast<Wide>(balance) * rate_ppm * period.numerator;
    const Wide whole = product / divisor;
    const Wide twice = (product - whole * divisor) * 2;  // a second division would cost as much
    const bool up = twice > divisor || (twice == divisor && whole % 2 == 1);
    return static_cast<Amount>(whole + (up ? 1 : 0));
}

/// Fills interest and principal of all rows for one instalment; returns the last row's total.
Amount fill_rows(const ScheduleTerms& terms, std::span<const YearFraction> fractions,
                 Amount instalment, std::vector<Instalment>& rows) {
    Amount balance = terms.principal;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const Amount interest = interest_of(balance, terms.rate_ppm, fractions[row]);
        const bool last = row + 1 == rows.size();
        rows[row].interest = interest;
        rows[row].principal =
            last ? balance : std::clamp<Amount>(instalment - interest, 0, balance);
        balance -= rows[row].principal;
    }
    return rows.back().principal + rows.back().interest;
}

/// An instalment, and how much the last row is above it then.
struct Tried {
    Amount instalment = 0;
    Amount excess = 0;
};

/// Where the excess would be gone if it fell evenly from one instalment to a higher one. Requires
/// that it is above 0 at the first alone, and one between them.
Amount between(const Tried& below, const Tried& reached) {
    const Wide width = reached.instalment - below.instalment;
    const Wide step = width * below.excess / (Wide{below.excess} - reached.excess);
    return below.instalment + static_cast<Amount>(std::clamp<Wide>(step, 1, width - 1));
}

void fill_annuity(const ScheduleTerms& terms, Schedule& schedule) {
    std::vector<YearFraction> fractions;
    fractions.reserve(schedule.rows.size());
    Day from = terms.anchor;
    for (const Instalment& row : schedule.rows) {
        fractions.push_back(year_fraction(terms.day_count, from, row.due));
        from = row.due;
    }
    // How much the last row is above the instalment.
    const auto excess_of = [&](Amount instalment) {
        return fill_rows(terms, fractions, instalment, schedule.rows) - instalment;
    };
    // The least instalment that the last row is not above, and the one below it.
    Tried below{0, excess_of(0)};
    Tried reached{terms.principal +
                  interest_of(terms.principal, terms.rate_ppm, fractions.front())};
    reached.excess = excess_of(reached.instalment);
    for (bool halve = false; reached.instalment - below.instalment > 1; halve = !halve) {
        const Amount next = halve ? below.instalment + (reached.instalment - below.instalment) / 2
                                  : between(below, reached);
        const Tried tried{next, excess_of(next)};
        (tried.excess <= 0 ? reached : below) = tried;
    }
    // The closest is one of the two; of two as close, the smaller.
    const Tried& closest = below.excess <= -reached.excess ? below : reached;
    excess_of(closest.instalment);
    for (const Instalment& row : schedule.rows) schedule.interest_total += row.interest;
}

}  // namespace

Amount part_half_up(Amount amount, Ppm ppm) {
    TALLY_CHECK(amount >= 0 && ppm >= 0 && ppm <= kWhole);
    const Wide product = static_cast<Wide>(amount) * ppm;
    return static_cast<Amount>((product + kWhole / 2) / kWhole);
}

Schedule compute_schedule(const ScheduleTerms& terms) {
    const bool annuity = terms.method == ScheduleMethod::annuity;
    TALLY_CHECK(annuity || terms.method == ScheduleMethod::equal_principal);
    if (terms.principal <= 0) return refused(Outcome::amount_not_positive);
    if (terms.periods < 1 || terms.periods > kPeriodsMax) {
        return refused(Outcome::periods_out_of_range);
    }
    if (terms.rate_ppm < 0 || terms.rate_ppm > (annuity ? kYearlyPpmMax : kFeePpmMax)) {
        return refused(Outcome::rate_out_of_range);
    }
    if (terms.principal >= kPrincipalEnd) return refused(Outcome::overflow);
    if (!day_in_range(terms.anchor)) return refused(Outcome::date_out_of_range);
    Schedule schedule;
    schedule.rows = due_rows(terms);
    if (schedule.rows.empty()) return refused(Outcome::date_out_of_range);
    if (annuity) {
        fill_annuity(terms, schedule);
    } else {
        fill_equal_principal(terms, schedule);
    }
    return schedule;
}

}  // namespace tally::ledger
