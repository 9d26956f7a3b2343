#include "node/pipeline/node_status.h"

namespace tally::node::pipeline {
namespace {

PeerStatus status_of_peer(const ledger::Genesis& genesis, const peer::PeerState& peer,
                          const std::vector<consensus::ProgressView>& progress) {
    PeerStatus shown;
    shown.id = peer.id;
    shown.name = node_name(genesis, peer.id);
    shown.address = peer.address;
    shown.reachable = peer.reachable;
    shown.since = peer.since;
    shown.last_error = peer.last_error;
    for (const auto& followed : progress) {
        if (followed.id != peer.id) continue;
        shown.match = followed.match.value;
        shown.last_refusal = consensus::refusal_name(followed.last_refusal);
    }
    return shown;
}

}  // namespace

std::string node_name(const ledger::Genesis& genesis, consensus::NodeId id) {
    const ledger::GenesisNode* node = genesis.node(id.value);
    return node == nullptr ? std::string() : node->name;
}

NodeStatus status_of(const ledger::Genesis& genesis, consensus::NodeId self,
                     const driver::DriverView& view, const Condition::Words& words,
                     const storage::AppliedPoint& applied,
                     const std::vector<peer::PeerState>& peers) {
    NodeStatus status;
    status.id = self;
    status.name = node_name(genesis, self);
    status.soft = view.soft;
    status.leader_name = node_name(genesis, view.soft.leader);
    status.last_index = view.last_index.value;
    status.applied = applied;
    for (const auto& peer : peers) {
        status.peers.push_back(status_of_peer(genesis, peer, view.progress));
    }
    status.read_only = words.read_only;
    status.halted = words.halted;
    status.ready = view.ready && words.halted.empty();
    return status;
}

}  // namespace tally::node::pipeline
