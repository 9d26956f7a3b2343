#pragma once

#include "ledger/genesis.h"
#include "node/driver/driver.h"
#include "node/driver/keeper.h"
#include "node/driver/scrubber.h"
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
    std::string recovering;  ///< why, if it does
    std::optional<RecoveryManifest> recovery;
    std::vector<peer::PeerState> peers;
    driver::KeeperView keeper;
    driver::ScrubView scrub;
    bool scrubs = false;  ///< rounds are on
    std::vector<Accused> accused;
    driver::Clock::time_point now;
    std::uint64_t queued_bytes = 0;
    std::uint64_t free_bytes = 0;
    consensus::Millis started{0};
    std::uint32_t rules_newest = 0;
    std::optional<ledger::GovernanceRecord::Next> next_rules;
};
/// The rules version that was decided on, if one is to follow and the record can be read.
std::optional<ledger::GovernanceRecord::Next> next_rules_of(const storage::StateView& state);
NodeStatus status_of(const StatusSources& sources);

}  // namespace tally::node::pipeline
