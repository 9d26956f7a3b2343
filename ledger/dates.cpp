#include "ledger/dates.h"

#include <chrono>

#include "base/check.h"

namespace tally::ledger {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month;
using std::chrono::year_month_day;

Day day_of(const year_month_day& date) {
    return static_cast<Day>(sys_days(date).time_since_epoch().count());
}

year_month_day date_of(Day value) { return sys_days(days(value)); }

/// The month `months` after that of `anchor`, in a year that dates can have.
std::optional<year_month> month_after(Day anchor, std::uint32_t months) {
    constexpr std::uint32_t kMonthsMax = 12 * 10'000;
    if (!day_in_range(anchor) || months > kMonthsMax) return std::nullopt;
    const year_month_day start = date_of(anchor);
    const year_month target = start.year() / start.month() + std::chrono::months(months);
    if (target.year() > year(9999)) return std::nullopt;
    return target;
}

/// The number written by the digits alone, or -1.
int digits(std::string_view text) {
    int number = 0;
    for (const char character : text) {
        if (character < '0' || character > '9') return -1;
        number = number * 10 + (character - '0');
    }
    return number;
}

void append_number(std::string& text, unsigned number, unsigned unit) {
    for (; unit > 0; unit /= 10) text.push_back(static_cast<char>('0' + number / unit % 10));
}

}  // namespace

std::optional<Day> add_months(Day anchor, std::uint32_t months) {
    const auto target = month_after(anchor, months);
    if (!target) return std::nullopt;
    const year_month_day last(sys_days(*target / std::chrono::last));
    const day own = date_of(anchor).day();
    return day_of(own < last.day() ? *target / own : last);
}

std::optional<Day> add_months_rolled(Day anchor, std::uint32_t months) {
    const auto target = month_after(anchor, months);
    if (!target) return std::nullopt;
    const year_month_day date = *target / date_of(anchor).day();
    if (date.ok()) return day_of(date);
    // Never beyond the range: the last month of all has 31 days.
    return day_of((*target + std::chrono::months(1)) / day(1));
}

std::string day_text(Day value) {
    TALLY_CHECK(day_in_range(value));
    const year_month_day date = date_of(value);
    std::string text;
    append_number(text, static_cast<unsigned>(static_cast<int>(date.year())), 1000);
    text.push_back('-');
    append_number(text, static_cast<unsigned>(date.month()), 10);
    text.push_back('-');
    append_number(text, static_cast<unsigned>(date.day()), 10);
    return text;
}

std::optional<Day> day_from_text(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const int years = digits(text.substr(0, 4));
    const int months = digits(text.substr(5, 2));
    const int number = digits(text.substr(8, 2));
    if (years < 0 || months < 0 || number < 0) return std::nullopt;
    const year_month_day date{year(years), month(static_cast<unsigned>(months)),
                              day(static_cast<unsigned>(number))};
    if (!date.ok()) return std::nullopt;
    const Day value = day_of(date);
    if (!day_in_range(value)) return std::nullopt;
    return value;
}

}  // namespace tally::ledger
