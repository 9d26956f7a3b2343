#include "api/times.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "ledger/dates.h"

namespace tally::api {
namespace {

constexpr std::size_t kDayChars = 10;
constexpr std::size_t kTimeChars = 24;

/// The number that all of `digits` spell, below `limit`.
std::optional<int> number_of(std::string_view digits, int limit) {
    int number = 0;
    for (const char digit : digits) {
        if (digit < '0' || digit > '9') return std::nullopt;
        number = number * 10 + (digit - '0');
    }
    if (number >= limit) return std::nullopt;
    return number;
}

std::optional<ledger::Millis> plain_number(std::string_view text) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stopped != end) return std::nullopt;
    if (time_text(ledger::Millis(number)) != text) return std::nullopt;
    return ledger::Millis(number);
}

}  // namespace

std::string time_text(ledger::Millis time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    if (day.count() < ledger::kDayMin || day.count() > ledger::kDayMax) {
        return std::to_string(time.count());
    }
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 16> rest{};
    std::snprintf(
        rest.data(), rest.size(), "T%02d:%02d:%02d.%03dZ", static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
        static_cast<int>(clock.subseconds().count()));
    return ledger::day_text(static_cast<ledger::Day>(day.count())) + rest.data();
}

std::optional<ledger::Millis> time_from_text(std::string_view text) {
    if (text.size() != kTimeChars || text[kDayChars] != 'T') return plain_number(text);
    if (text[13] != ':' || text[16] != ':' || text[19] != '.' || text[23] != 'Z') {
        return std::nullopt;
    }
    const auto day = ledger::day_from_text(text.substr(0, kDayChars));
    const auto hour = number_of(text.substr(11, 2), 24);
    const auto minute = number_of(text.substr(14, 2), 60);
    const auto second = number_of(text.substr(17, 2), 60);
    const auto millis = number_of(text.substr(20, 3), 1000);
    if (!day || !hour || !minute || !second || !millis) return std::nullopt;
    return std::chrono::days(*day) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second) + ledger::Millis(*millis);
}

}  // namespace tally::api
