#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "node/recovery.h"

namespace tally::node::pipeline {

/// What `tallystick node recover` did to a folder.
struct RecoverReport {
    std::uint64_t kept = 0;  ///< its blocks up to here are good, and stay
    std::string damage;      ///< what was wrong with them; empty: nothing
    std::string set_aside;   ///< the folder that holds the old ones now; empty: they stay in place
};
/// Makes of the folder of a node that does not run one that starts recovering, whatever became of
/// its blocks and its mark; genesis, keys and node.toml it must have. Errors name the folder.
Result<RecoverReport> recover_node(const std::string& folder);

/// Where a node stands, read from the folder of one that does not run.
struct NodeStanding {
    crypto::Digest network;
    std::uint32_t id = 0;
    std::uint64_t index = 0;  ///< of its last block
    std::uint64_t term = 0;
    crypto::Digest hash;
    std::uint64_t voted_term = 0;  ///< the newest term that it knows
    std::string recovering;        ///< why it would start recovering; empty: it would not
};
/// Every block is read and checked on the way.
Result<NodeStanding> node_standing(const std::string& folder);

/// The manifest by which these nodes go on from there.
RecoveryManifest recovery_from(const NodeStanding& standing, std::vector<std::uint32_t> nodes,
                               consensus::Millis decided);

/// Lets a node that recovers and does not run go on as a voter, by what a quorum of the members
/// that govern has signed: the manifest names the node, and its last block is the manifest's. The
/// manifest stays in the folder. Refused with invalid_argument and what does not fit.
Status apply_recovery(const std::string& folder, const RecoveryDocument& document);

/// Appends to the log of a node that does not run, and recovers, what another folder's log has
/// beyond what both have in common, up to `target`. Blocks that are known to be committed are never
/// replaced: diverged.
Status extend_log(const std::string& folder, const std::string& source,
                  const RecoveryManifest& target);

}  // namespace tally::node::pipeline
