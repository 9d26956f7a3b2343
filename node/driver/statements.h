#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consensus/types.h"
#include "crypto/digest.h"
#include "node/peer_messages.h"

namespace tally::node::driver {

/// Who has signed which root of one size. A node counts for each root that it signed, as it does
/// for anybody who verifies a checkpoint; an honest one signs one. Holds at most two statements of
/// a node: the first is never replaced, and the second proves that it is not honest.
class Statements {
public:
    /// False if it says nothing new: this node has signed this root, or two others.
    bool add(consensus::NodeId node, CheckpointSignatures statement);
    /// The node has said something about this size.
    bool heard(consensus::NodeId node) const { return by_node_.contains(node); }
    /// What the node signed on this root; null for nothing. Lives until the next call of add.
    const CheckpointSignatures* find(consensus::NodeId node, const crypto::Digest& root) const;

    /// Nodes that have said something.
    std::size_t heard_count() const { return by_node_.size(); }
    /// Nodes that signed this root.
    std::size_t votes(const crypto::Digest& root) const;
    /// No two nodes, and no node with itself, differ.
    bool agree() const { return votes_.size() < 2; }
    /// A root other than `own` that so many nodes signed.
    std::optional<crypto::Digest> other_with(std::size_t votes, const crypto::Digest& own) const;
    /// So many votes can be had for some root, if `silent` more nodes speak.
    bool within_reach(std::size_t votes, std::size_t silent) const;
    /// Nodes that signed another root than this one.
    std::vector<consensus::NodeId> differing_from(const crypto::Digest& root) const;
    /// The root that was signed first. Requires that somebody was heard.
    const crypto::Digest& first_root() const;

    /// The signed note of a root: every line on it, those of `first` before the others.
    std::string note(const std::string& text, const crypto::Digest& root,
                     consensus::NodeId first) const;
    /// Every root that somebody signed, in the order of digests.
    std::vector<crypto::Digest> roots() const;

private:
    std::map<consensus::NodeId, std::vector<CheckpointSignatures>> by_node_;
    std::map<crypto::Digest, std::size_t> votes_;
    std::optional<crypto::Digest> first_root_;
};

}  // namespace tally::node::driver
