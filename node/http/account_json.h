#pragma once

#include <boost/json.hpp>

#include "ledger/genesis.h"
#include "ledger/queries.h"

namespace tally::node {

/// The documents of GET /v1/lines, /v1/contracts and /v1/borrowers.
boost::json::object to_json(const ledger::LineView& line, const ledger::Genesis& genesis);
boost::json::object to_json(const ledger::ContractView& contract, const ledger::Genesis& genesis);
boost::json::object to_json(const ledger::BorrowerView& borrower, const ledger::Genesis& genesis);

/// `[{"instalment","component","amount"}]`.
boost::json::array to_json(const std::vector<ledger::Allocation>& allocation);

}  // namespace tally::node
