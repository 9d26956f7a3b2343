#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "api/entry_json.h"
#include "api/ids.h"
#include "ledger/contract.h"
#include "ledger/queries.h"

// Pieces that the documents of the API are made of (docs/API.md).
namespace tally::node::http {

/// What a document about a point in time was read at: a date where the book has any, and the last
/// entry that counted.
struct ReadAt {
    std::optional<ledger::Day> as_of;
    std::uint64_t known_at = 0;
};

using api::member_json;
std::string_view currency_text(const ledger::CurrencyCode& code);
/// `{"penalty","fee","interest","principal"}`.
boost::json::object to_json(const ledger::ByComponent& amounts);
/// `[{"instalment","component","amount"}]`.
boost::json::array to_json(const std::vector<ledger::Allocation>& allocation);
/// ISO 8601, null for a day that there is not.
boost::json::value day_json(const std::optional<ledger::Day>& day);
/// The book's newest day; nothing before its first one.
Result<std::optional<ledger::Day>> newest_day(const ledger::RecordReader& records);
/// null for kNoEntry.
boost::json::value entry_json(std::uint64_t entry);
/// Hexadecimal, null without one.
template <typename Id>
boost::json::value id_json(const std::optional<Id>& id) {
    return id ? boost::json::value(api::id_text(*id)) : boost::json::value(nullptr);
}
/// `entries` and `last_entry` of an account.
void add_log(boost::json::object& target, const ledger::AccountHead& log);
/// `as_of` and `known_at`.
void add_point(boost::json::object& target, const ReadAt& at);

}  // namespace tally::node::http
