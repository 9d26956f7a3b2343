#pragma once

#include "ledger/genesis.h"
#include "node/driver/driver.h"
#include "node/driver/keeper.h"
#include "node/peer/transport.h"
#include "node/pipeline/condition.h"
#include "node/service.h"
#include "storage/state_store.h"

namespace tally::node::pipeline {

/// Empty if genesis has no such node.
std::string node_name(const ledger::Genesis& genesis, consensus::NodeId id);

/// What the parts of a node say of themselves when its status is asked for.
struct StatusSources {
    const ledger::Genesis& genesis;
    consensus::NodeId self;
    const driver::DriverView& view;
    const Condition::Words& words;
    const storage::AppliedPoint& applied;
    std::vector<peer::PeerState> peers;
    driver::KeeperView keeper;
    std::vector<Accused> accused;
    driver::Clock::time_point now;
    std::uint64_t queued_bytes = 0;
    std::uint64_t free_bytes = 0;
    consensus::Millis started{0};
};
NodeStatus status_of(const StatusSources& sources);

}  // namespace tally::node::pipeline
