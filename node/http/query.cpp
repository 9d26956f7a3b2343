#include "node/http/query.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "api/errc.h"
#include "ledger/dates.h"

namespace tally::node::http {

std::optional<std::uint64_t> parse_number(std::string_view text) {
    const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
        return letter >= '0' && letter <= '9';
    });
    if (!digits || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    return number;
}

QueryReader::QueryReader(const HttpRequest& request) : request_(request) {}

void QueryReader::reject(std::string_view name, std::string_view what) {
    if (!status_) return;
    status_ = fail(api::errc::invalid_argument,
                   "query parameter " + std::string(name) + ": " + std::string(what));
}

std::optional<std::string> QueryReader::text(std::string_view name) {
    known_.push_back(name);
    std::optional<std::string> found;
    for (const auto& [key, value] : request_.query) {
        if (key != name) continue;
        if (found) reject(name, "given twice");
        found = value;
    }
    return found;
}

std::uint64_t QueryReader::number(std::string_view name, std::uint64_t otherwise,
                                  std::uint64_t least, std::uint64_t most) {
    const auto given = text(name);
    if (!given) return otherwise;
    const auto parsed = parse_number(*given);
    if (!parsed || *parsed < least || *parsed > most) {
        reject(name, "not a number from " + std::to_string(least) + " to " + std::to_string(most));
        return otherwise;
    }
    return *parsed;
}

ReadOptions QueryReader::read_options() {
    ReadOptions options;
    const auto consistency = text("consistency");
    if (consistency && *consistency != "confirmed" && *consistency != "local") {
        reject("consistency", "neither confirmed nor local");
    }
    options.confirm = consistency != "local";
    options.min_index = number("min_index", 0, 0, std::numeric_limits<std::uint64_t>::max());
    return options;
}

std::optional<ledger::Day> QueryReader::day(std::string_view name) {
    const auto given = text(name);
    if (!given) return std::nullopt;
    const auto day = ledger::day_from_text(*given);
    if (!day) reject(name, "not a date YYYY-MM-DD that exists");
    return day;
}

ledger::PointInTime QueryReader::point() {
    ledger::PointInTime point;
    point.as_of = day("as_of").value_or(point.as_of);
    // The largest number stands for "all" and is no entry.
    point.known_at = number("known_at", point.known_at, 0, ledger::kNoEntry - 1);
    return point;
}

Status QueryReader::finish() {
    for (const auto& [key, value] : request_.query) {
        if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
            status_ = {};  // a misspelt name explains why another one is missing
            reject(key, "not known here");
            break;
        }
    }
    return status_;
}

}  // namespace tally::node::http
