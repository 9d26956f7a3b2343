#include "api/times.h"

#include <charconv>
#include <chrono>

#include "ledger/dates.h"
#include "ledger/time_text.h"

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

std::string time_text(ledger::Millis time) { return ledger::time_text(time); }

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
