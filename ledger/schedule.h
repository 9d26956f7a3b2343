#pragma once

#include <cstdint>
#include <vector>

#include "ledger/outcome.h"
#include "ledger/transaction.h"
#include "ledger/types.h"

namespace tally::ledger {

inline constexpr std::uint32_t kPeriodsMax = 36;
inline constexpr Ppm kFeePpmMax = 1'000'000;

/// How rows follow from the terms. Values are part of the record format; a new method is a new
/// value and a new branch of compute_schedule, and never changes an old contract.
enum class ScheduleMethod : std::uint8_t {
    equal_principal_fee_last = 1,  ///< equal principal plus fee, remainder in the last row
};

/// All that a schedule follows from.
struct ScheduleTerms {
    ScheduleMethod method = ScheduleMethod::equal_principal_fee_last;
    Amount principal = 0;
    Ppm fee_ppm = 0;            ///< per period
    std::uint32_t periods = 0;  ///< monthly
    Day anchor = 0;             ///< the value date of the capture

    bool operator==(const ScheduleTerms&) const = default;
};

/// Rows, or the outcome that refuses the terms.
struct Schedule {
    Outcome outcome = Outcome::accepted;
    std::vector<Instalment> rows;
    Amount fee_total = 0;
};

/// Pure. Refuses with amount_not_positive, periods_out_of_range, rate_out_of_range,
/// date_out_of_range or overflow (the total of principal and fees must fit in an Amount).
Schedule compute_schedule(const ScheduleTerms& terms);

/// amount * ppm / 1,000,000 rounded half up, in 128 bits. Requires amount >= 0 and
/// 0 <= ppm <= 1,000,000, so that the result is at most `amount`.
Amount part_half_up(Amount amount, Ppm ppm);

}  // namespace tally::ledger
