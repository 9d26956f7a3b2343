#include "ledger/schedule.h"

#include <optional>

#include "base/check.h"
#include "base/checked.h"
#include "ledger/dates.h"
#include "ledger/wide.h"

namespace tally::ledger {
namespace {

constexpr Ppm kWhole = 1'000'000;

Schedule refused(Outcome outcome) { return Schedule{outcome, {}, 0}; }

/// Equal principal plus fee: every row bears principal div periods and the same fee; what the
/// division leaves over is in the last row.
Schedule equal_principal(const ScheduleTerms& terms) {
    const auto periods = static_cast<Amount>(terms.periods);
    const Amount share = terms.principal / periods;
    const Amount remainder = terms.principal % periods;
    const Amount fee = part_half_up(terms.principal, terms.fee_ppm);
    const std::optional<Amount> fee_total = checked_mul(fee, periods);
    if (!fee_total || !checked_add(terms.principal, *fee_total)) return refused(Outcome::overflow);

    Schedule schedule;
    schedule.fee_total = *fee_total;
    schedule.rows.reserve(terms.periods);
    for (std::uint32_t period = 1; period <= terms.periods; ++period) {
        const std::optional<Day> due = add_months(terms.anchor, period);
        if (!due) return refused(Outcome::date_out_of_range);
        const bool last = period == terms.periods;
        schedule.rows.push_back({*due, last ? share + remainder : share, fee});
    }
    return schedule;
}

}  // namespace

Amount part_half_up(Amount amount, Ppm ppm) {
    CHECK(amount >= 0 && ppm >= 0 && ppm <= kWhole);
    const Wide product = static_cast<Wide>(amount) * ppm;
    return static_cast<Amount>((product + kWhole / 2) / kWhole);
}

Schedule compute_schedule(const ScheduleTerms& terms) {
    if (terms.principal <= 0) return refused(Outcome::amount_not_positive);
    if (terms.periods < 1 || terms.periods > kPeriodsMax) {
        return refused(Outcome::periods_out_of_range);
    }
    if (terms.fee_ppm < 0 || terms.fee_ppm > kFeePpmMax) {
        return refused(Outcome::rate_out_of_range);
    }
    if (!day_in_range(terms.anchor)) return refused(Outcome::date_out_of_range);
    switch (terms.method) {
        case ScheduleMethod::equal_principal_fee_last:
            return equal_principal(terms);
    }
    CHECK(false && "a method that no decoder lets through");
    return refused(Outcome::schedule_differs);
}

}  // namespace tally::ledger
