#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/types.h"

namespace tally::ledger {

/// The dates that the book can hold: 1970-01-01 to 9999-12-31, both inclusive.
inline constexpr Day kDayMin = 0;
inline constexpr Day kDayMax = 2'932'896;

constexpr bool day_in_range(Day day) { return day >= kDayMin && day <= kDayMax; }

/// The same day of the month `months` later, clamped to that month's last day (31 January and one
/// month: 28 or 29 February). Nothing when the anchor or the result is out of range.
std::optional<Day> add_months(Day anchor, std::uint32_t months);
/// The same, but a day that the month does not have becomes the first day of the next month
/// (31 January 2025 and one month: 1 March).
std::optional<Day> add_months_rolled(Day anchor, std::uint32_t months);

/// `2024-02-29` (ISO 8601). Requires a day in range.
std::string day_text(Day value);
/// The day of exactly ten characters `YYYY-MM-DD`; nothing for any other text or a day that does
/// not exist or is out of range.
std::optional<Day> day_from_text(std::string_view text);

}  // namespace tally::ledger
