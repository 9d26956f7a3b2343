#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/pool.h"
#include "node/http/json_parts.h"

// The document of a pool (docs/API.md, "Pools").
namespace tally::node::http {

/// `DRAFT`, `SEALED`, `REVOLVING`, `AMORTISING` or `CLOSED`, on a day of the book. Only the two of
/// an issued pool depend on the day.
std::string_view status_name(const ledger::PoolRecord& pool, ledger::Day day);
/// In lists, for one that revolves or amortises.
inline constexpr std::string_view kIssued = "ISSUED";

/// A row of the list of pools, and GET /v1/pools/{id} without its log and alerts. `as_of`: the
/// book's newest day, where it has any.
boost::json::object to_json(const ledger::PoolId& id, const ledger::PoolRecord& pool,
                            std::optional<ledger::Day> as_of, const api::MemberNames& names);

}  // namespace tally::node::http
