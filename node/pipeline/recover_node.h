#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "node/recovery.h"
#include "storage/audit.h"
#include "storage/salvage.h"

namespace tally::node::pipeline {

/// Makes of the folder of a node that does not run one that starts recovering, whatever became of
/// its blocks and its mark; genesis, keys and node.toml it must have. With `taken`, it has the
/// blocks of that folder afterwards, and signs their history: where it has signed another one, that
/// must be given up, from the first block at which it did. Errors name the folder.
Result<storage::Salvaged> recover_node(
    const std::string& folder, const std::optional<storage::TakenBlocks>& taken = std::nullopt);

/// Refused where the folder's node.toml names another one as the node's, or cannot be read: nothing
/// below would be done to what was named. All of the following begin with it.
Status check_at_home(const std::string& folder);

/// Where a node stands, read from the folder of one that does not run.
struct NodeStanding {
    crypto::Digest network;
    std::uint32_t id = 0;
    std::uint64_t index = 0;  ///< of its last block
    std::uint64_t term = 0;
    crypto::Digest hash;
    std::uint64_t voted_term = 0;        ///< the newest term that it knows
    std::string recovering;              ///< why it would start recovering; empty: it would not
    std::uint64_t commit = 0;            ///< the last block that it knows to be committed
    std::vector<crypto::Digest> hashes;  ///< of its blocks from the first one on
    std::optional<storage::Anchor> certified;  ///< the newest checkpoint that it has
    /// All of them, by size: what was put into a folder may contradict an older one of its own.
    std::vector<storage::Anchor> anchors;
    /// What it holds itself to, certified or not.
    std::vector<storage::SignedMark> signed_roots;

    /// The first block that only one of both has, or that is another one in each.
    std::uint64_t parts_from(const NodeStanding& other) const;
};
/// Every block is read and checked on the way.
Result<NodeStanding> node_standing(const std::string& folder);

/// What shows, also of a node whose blocks cannot be read, how far it had come.
struct NodeTraces {
    std::optional<storage::HighWaterMark> marked;  ///< the farthest block that a mark of it named
    std::vector<std::string> set_aside;            ///< blocks that were replaced, by their folders
};
NodeTraces node_traces(const std::string& folder);
/// Where its mark lies, if that is not its own folder; empty: it is, or its node.toml does not say.
std::string mark_folder_of(const std::string& folder);

/// An audit of its whole log up to the last block, whatever is known to be committed.
Result<storage::AuditReport> audit_log(const std::string& folder,
                                       const std::vector<storage::Anchor>& anchors);

/// The manifest by which these nodes go on from there.
RecoveryManifest recovery_from(const NodeStanding& standing, std::vector<std::uint32_t> nodes,
                               consensus::Millis decided);

/// Lets a node that recovers and does not run go on as a voter, by what a quorum of the members
/// that govern has signed: the manifest names the node, and its last block is the manifest's. The
/// manifest stays in the folder. What the node had signed above that block, or of another history,
/// is set aside. Refused with invalid_argument and what does not fit.
Status apply_recovery(const std::string& folder, const RecoveryDocument& document);

/// What of it can be known before anything is changed: that a quorum signed it, by the book of the
/// node whose last block it names.
Status check_signed(const std::string& folder, const RecoveryDocument& document);
/// And that this node has not gone on by it before.
Status check_unused(const std::string& folder, const RecoveryDocument& document);

/// Appends to the log of a node that does not run, and recovers, what another folder's log has
/// beyond what both have in common, up to `target`. Blocks that are known to be committed are never
/// replaced: diverged.
Status extend_log(const std::string& folder, const std::string& source,
                  const RecoveryManifest& target);

}  // namespace tally::node::pipeline
