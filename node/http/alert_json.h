#pragma once

#include <boost/json.hpp>
#include <string_view>

#include "ledger/queries.h"
#include "node/http/json_parts.h"

namespace tally::node::http {

/// `OPEN`, or what was decided last: `ESCALATED`, `CONFIRMED`, `DISMISSED`.
std::string_view status_name(const ledger::AlertRecord& alert);
/// In lists, for one that is confirmed or dismissed.
inline constexpr std::string_view kDisposed = "DISPOSED";

/// The document of GET /v1/alerts/{id}, and a row of lists of alerts.
boost::json::object to_json(const ledger::AlertId& id, const ledger::AlertRecord& alert,
                            const api::MemberNames& names);
/// `alerts` and `alerts_whole` of a contract, a line or a pool.
void add_alerts(boost::json::object& target, const ledger::AlertsView& alerts,
                const api::MemberNames& names);

}  // namespace tally::node::http
