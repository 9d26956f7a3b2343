#include "node/driver/statements.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "node/driver/mutation.h"

namespace tally::node::driver {
namespace {

constexpr std::size_t kOfOneNodeMax = 2;

}  // namespace

bool Statements::add(consensus::NodeId node, CheckpointSignatures statement) {
    if (find(node, statement.root) != nullptr) return false;
    std::vector<CheckpointSignatures>& said = by_node_[node];
    if (mutated(Mutation::first_statement_replaced)) said.clear();
    if (said.size() == kOfOneNodeMax) return false;
    if (!first_root_) first_root_ = statement.root;
    ++votes_[statement.root];
    said.push_back(std::move(statement));
    return true;
}

const CheckpointSignatures* Statements::find(consensus::NodeId node,
                                             const crypto::Digest& root) const {
    const auto found = by_node_.find(node);
    if (found == by_node_.end()) return nullptr;
    for (const CheckpointSignatures& statement : found->second) {
        if (statement.root == root) return &statement;
    }
    return nullptr;
}

std::size_t Statements::votes(const crypto::Digest& root) const {
    const auto found = votes_.find(root);
    return found == votes_.end() ? 0 : found->second;
}

std::optional<crypto::Digest> Statements::other_with(std::size_t votes,
                                                     const crypto::Digest& own) const {
    for (const auto& [root, count] : votes_) {
        if (root != own && count >= votes) return root;
    }
    return std::nullopt;
}

bool Statements::within_reach(std::size_t votes, std::size_t silent) const {
    std::size_t most = 0;
    for (const auto& [root, count] : votes_) most = std::max(most, count);
    return most + silent >= votes;
}

std::vector<consensus::NodeId> Statements::differing_from(const crypto::Digest& root) const {
    std::vector<consensus::NodeId> nodes;
    for (const auto& [node, said] : by_node_) {
        const bool differs =
            std::any_of(said.begin(), said.end(),
                        [&root](const CheckpointSignatures& one) { return one.root != root; });
        if (differs) nodes.push_back(node);
    }
    return nodes;
}

const crypto::Digest& Statements::first_root() const {
    TALLY_CHECK(first_root_.has_value());
    return *first_root_;
}

std::string Statements::note(const std::string& text, const crypto::Digest& root,
                             consensus::NodeId first) const {
    crypto::Note note{text, {}};
    const auto add = [&](consensus::NodeId node) {
        const CheckpointSignatures* said = find(node, root);
        if (said == nullptr) return;
        note.signatures.insert(note.signatures.end(), said->lines.begin(), said->lines.end());
    };
    add(first);
    for (const auto& [node, said] : by_node_) {
        if (node != first) add(node);
    }
    return note.encode();
}

std::vector<crypto::Digest> Statements::roots() const {
    std::vector<crypto::Digest> roots;
    for (const auto& [root, count] : votes_) roots.push_back(root);
    return roots;
}

}  // namespace tally::node::driver
