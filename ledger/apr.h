#pragma once

#include <optional>
#include <span>

#include "ledger/schedule.h"
#include "ledger/types.h"

namespace tally::ledger {

/// The annual percentage rate: twelve times the monthly internal rate of return of the totals of
/// the rows against the principal, one month apart whatever their dates, in ppm, rounded to the
/// nearest (docs/CREDIT.md, "Annual percentage rate"). In integers of 1024 bits, never in floating
/// point. Nothing unless there are 1..36 rows, 0 < principal < 2^50, totals not negative and at
/// least the principal in sum, and the rate is 0..10,000,000 ppm (`out_of_range`).
std::optional<Ppm> apr_ppm(Amount principal, std::span<const Instalment> rows);
/// True if `claim` is that rate: two evaluations instead of a search.
bool apr_is(Amount principal, std::span<const Instalment> rows, Ppm claim);
/// True if the rate of the rows is at most `cap`: one evaluation. False where there is no rate.
bool apr_within(Amount principal, std::span<const Instalment> rows, Ppm cap);
/// The effective annual rate of a nominal one compounded monthly, rounded half up; 64 bits because
/// it grows faster. Requires 0 <= apr <= 10,000,000.
std::int64_t ear_ppm(Ppm apr);

}  // namespace tally::ledger
