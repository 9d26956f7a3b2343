#pragma once

#include <cstdint>

#include "ledger/types.h"

namespace tally::ledger {

/// How days become parts of a year. Values are part of the record and transaction formats, as
/// those in ledger/schedule.h are.
enum class DayCount : std::uint8_t { thirty_360 = 1, act_365 = 2, act_act = 3 };

/// A part of a year, not reduced: 1/12, 31/365.
struct YearFraction {
    std::int64_t numerator = 0;    ///< 0..2^14
    std::int64_t denominator = 1;  ///< 1..2^18
};

/// The part of a year by which a monthly period bears interest, from the due date before it (or
/// the anchor) to its own. 30/360 counts every month as a twelfth, whatever its days. act/act
/// splits at 31 December: days after `from` up to and including `to`, each by the length of the
/// year that it lies in. Requires both days in range, `from` before `to` and at most 31 days
/// between them. Source: docs/CREDIT.md, "Schedules".
YearFraction year_fraction(DayCount day_count, Day from, Day to);

}  // namespace tally::ledger
