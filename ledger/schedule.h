#pragma once

#include <cstdint>
#include <vector>

#include "ledger/day_count.h"
#include "ledger/outcome.h"
#include "ledger/types.h"

namespace tally::ledger {

inline constexpr std::uint32_t kPeriodsMax = 36;
/// A fee per period of the whole principal.
inline constexpr Ppm kFeePpmMax = 1'000'000;
/// A yearly rate of 1,000 %.
inline constexpr Ppm kYearlyPpmMax = 10'000'000;
/// Principal of a schedule, exclusive: then rates of return fit a fixed width (ledger/apr.h).
inline constexpr Amount kPrincipalEnd = Amount{1} << 50;

// How rows follow from the terms. Values are part of the record and transaction formats; a new
// method is a new value and never changes an old contract.
enum class ScheduleMethod : std::uint8_t {
    equal_principal = 1,  ///< equal principal plus a fee per period
    annuity = 2,          ///< equal totals, interest on the balance
};
enum class MonthEnd : std::uint8_t {
    clamp = 1,  ///< 31 January, 29 February, 31 March
    roll = 2,   ///< 31 January, 1 March, 31 March: to the first day of the next month
};
/// Where what an equal division of the principal leaves over goes; equal_principal only.
enum class Remainder : std::uint8_t { last = 1, first = 2, spread = 3 };

/// A row: what is due when.
struct Instalment {
    Day due = 0;
    Amount principal = 0;
    Amount fee = 0;
    Amount interest = 0;

    bool operator==(const Instalment&) const = default;
};

/// All that a schedule follows from.
struct ScheduleTerms {
    ScheduleMethod method = ScheduleMethod::equal_principal;
    DayCount day_count = DayCount::thirty_360;
    MonthEnd month_end = MonthEnd::clamp;
    Remainder remainder = Remainder::last;
    Amount principal = 0;
    Ppm rate_ppm = 0;           ///< per period for equal_principal, per year for annuity
    std::uint32_t periods = 0;  ///< monthly
    Day anchor = 0;             ///< due dates count from here: the value date of the capture

    bool operator==(const ScheduleTerms&) const = default;
};

/// Rows, or the outcome that refuses the terms.
struct Schedule {
    Outcome outcome = Outcome::accepted;
    std::vector<Instalment> rows;
    Amount fee_total = 0;
    Amount interest_total = 0;
};

/// Pure. Refuses with amount_not_positive, periods_out_of_range, rate_out_of_range,
/// date_out_of_range or overflow (principal not below kPrincipalEnd, or a total above an Amount).
/// Rules: docs/CREDIT.md, "Schedules".
Schedule compute_schedule(const ScheduleTerms& terms);

/// amount * ppm / 1,000,000 rounded half up, in 128 bits. Requires amount >= 0 and
/// 0 <= ppm <= 1,000,000, so that the result is at most `amount`.
Amount part_half_up(Amount amount, Ppm ppm);

}  // namespace tally::ledger
