#pragma once

#include <boost/json.hpp>

#include "ledger/genesis.h"
#include "ledger/queries.h"
#include "node/http/json_parts.h"

namespace tally::node::http {

/// `ACTIVE` and so on; `UNKNOWN` for a number that is none.
std::string_view status_name(ledger::LineStatus status);

/// The documents of GET /v1/lines and /v1/borrowers (contracts: contract_json.h).
boost::json::object to_json(const ledger::LineView& line, const ReadAt& at,
                            const api::MemberNames& names);
boost::json::object to_json(const ledger::BorrowerView& borrower, const ReadAt& at,
                            const api::MemberNames& names);

}  // namespace tally::node::http
