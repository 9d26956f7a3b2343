#pragma once

#include "ledger/genesis.h"
#include "node/driver/driver.h"
#include "node/peer/transport.h"
#include "node/pipeline/condition.h"
#include "node/service.h"
#include "storage/state_store.h"

namespace tally::node::pipeline {

/// Empty if genesis has no such node.
std::string node_name(const ledger::Genesis& genesis, consensus::NodeId id);

/// What the parts of a node say of themselves, as one status; the caller fills in the rest (queue,
/// disk, start).
NodeStatus status_of(const ledger::Genesis& genesis, consensus::NodeId self,
                     const driver::DriverView& view, const Condition::Words& words,
                     const storage::AppliedPoint& applied,
                     const std::vector<peer::PeerState>& peers);

}  // namespace tally::node::pipeline
