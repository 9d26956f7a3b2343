#pragma once

#include <cstdint>
#include <optional>

#include "ledger/outcome.h"
#include "ledger/schedule.h"
#include "ledger/transaction.h"

namespace tally::ledger {

/// The rate for a band and a number of periods, if the product is sold so.
std::optional<Ppm> rate_of(const ProductRegister& product, std::uint32_t band,
                           std::uint32_t periods);
/// What the schedule of a purchase follows from; `anchor` is its value date.
ScheduleTerms terms_of(const ProductRegister& product, Amount principal, Ppm rate_ppm,
                       std::uint32_t periods, Day anchor);
/// Sets a purchase's rate, schedule and APR to what the product says for its principal, as many
/// periods as its schedule has rows, and a value date. Gives accepted, or what stands in the way:
/// rate_differs where the product is not sold so, the outcomes of compute_schedule, or apr_differs
/// where there is no rate up to 1,000 %; the purchase is then unchanged. A servicer that it does
/// not name is the product's. `table`: the cost table that it cites, whose charges the APR counts.
Outcome price(Capture& capture, const ProductRegister& product, std::uint32_t band, Day anchor,
              const CostTable* table = nullptr);

}  // namespace tally::ledger
