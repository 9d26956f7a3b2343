#include "ledger/time_text.h"

#include <array>
#include <chrono>
#include <cstdio>

#include "ledger/dates.h"

namespace tally::ledger {

std::string time_text(Millis time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    if (day.count() < kDayMin || day.count() > kDayMax) {
        return std::to_string(time.count());
    }
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 16> rest{};
    std::snprintf(
        rest.data(), rest.size(), "T%02d:%02d:%02d.%03dZ", static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
        static_cast<int>(clock.subseconds().count()));
    return day_text(static_cast<Day>(day.count())) + rest.data();
}

}  // namespace tally::ledger
