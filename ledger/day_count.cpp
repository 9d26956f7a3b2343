#include "ledger/day_count.h"

#include <chrono>

#include "base/check.h"
#include "ledger/dates.h"

namespace tally::ledger {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

year year_of(Day day) { return year_month_day(sys_days(days(day))).year(); }

std::int64_t days_of(year which) { return which.is_leap() ? 366 : 365; }

YearFraction actual_actual(Day from, Day to) {
    const year first = year_of(from);
    const year last = year_of(to);
    if (days_of(first) == days_of(last)) return {to - from, days_of(last)};
    const sys_days last_of_first = first / std::chrono::December / 31;
    const auto split = static_cast<Day>(last_of_first.time_since_epoch().count());
    return {(split - from) * days_of(last) + (to - split) * days_of(first),
            days_of(first) * days_of(last)};
}

}  // namespace

YearFraction year_fraction(DayCount day_count, Day from, Day to) {
    TALLY_CHECK(day_in_range(from) && day_in_range(to) && from < to && to - from <= 31);
    switch (day_count) {
        case DayCount::thirty_360:
            return {1, 12};
        case DayCount::act_365:
            return {to - from, 365};
        case DayCount::act_act:
            return actual_actual(from, to);
    }
    TALLY_CHECK(false && "a day count that no decoder lets through");
    return {};
}

}  // namespace tally::ledger
