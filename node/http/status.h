#pragma once

#include <boost/json.hpp>
#include <string>

#include "ledger/genesis.h"
#include "node/service.h"

namespace tally::node::http {

/// The document of GET /v1/status.
boost::json::object status_json(const NodeStatus& status, const ledger::Genesis& genesis);

/// In words, what is wrong and what to do: halted, read only, no quorum (who is not reachable and
/// since when), no leader. Empty when nothing is to be done.
std::string advice_of(const NodeStatus& status);

}  // namespace tally::node::http
