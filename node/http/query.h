#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/position.h"
#include "node/http/message.h"
#include "node/service.h"

namespace tally::node::http {

/// Reads the query parameters of a request strictly: a handler reads all that it knows and asks
/// `finish` once, which refuses unknown and repeated ones, so that a misspelt name is no silent
/// default. The request must outlive the reader.
class QueryReader {
public:
    explicit QueryReader(const HttpRequest& request);

    std::optional<std::string> text(std::string_view name);
    /// A decimal number in [least, most], or `otherwise` when absent.
    std::uint64_t number(std::string_view name, std::uint64_t otherwise, std::uint64_t least,
                         std::uint64_t most);
    /// `consistency` and `min_index`, which every read takes.
    ReadOptions read_options();
    /// A date YYYY-MM-DD that exists.
    std::optional<ledger::Day> day(std::string_view name);
    /// `as_of` and `known_at`, which reads of accounts take; both open when absent.
    ledger::PointInTime point();

    void reject(std::string_view name, std::string_view what);
    Status finish();

private:
    const HttpRequest& request_;
    std::vector<std::string_view> known_;
    Status status_;
};

/// Decimal digits alone, without leading zeros, that fit.
std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace tally::node::http
