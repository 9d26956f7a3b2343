#include "node/pipeline/node_status.h"

#include <unistd.h>

#include "ledger/queries.h"

namespace tally::node::pipeline {
namespace {

PeerStatus status_of_peer(const ledger::Genesis& genesis, const peer::PeerState& peer,
                          const driver::DriverView& view) {
    PeerStatus shown;
    shown.id = peer.id;
    shown.name = node_name(genesis, peer.id);
    shown.address = peer.address;
    shown.reachable = peer.reachable;
    shown.since = peer.since;
    shown.last_error = peer.last_error;
    shown.rules_newest = peer.rules_newest;
    for (const auto& followed : view.progress) {
        if (followed.id != peer.id) continue;
        shown.match = followed.match.value;
        shown.forgotten = followed.forgotten.value;
        shown.recovering = followed.recovering;
        shown.last_refusal = consensus::refusal_name(followed.last_refusal);
        shown.refusal_reason = followed.last_reason;
    }
    if (const auto faults = view.faults.find(peer.id); faults != view.faults.end()) {
        shown.faults = faults->second.count;
        shown.last_fault = faults->second.last;
    }
    return shown;
}

std::optional<Uncertified> uncertified_of(const StatusSources& sources) {
    const driver::KeeperView& keeper = sources.keeper;
    if (!keeper.uncertified_since) return std::nullopt;
    Uncertified shown;
    shown.size = keeper.signed_size;
    shown.waiting = std::chrono::duration_cast<std::chrono::milliseconds>(
        sources.now - *keeper.uncertified_since);
    for (const auto node : keeper.lacking) {
        shown.lacking.push_back(node_name(sources.genesis, node));
    }
    for (const auto node : keeper.differing) {
        shown.differing.push_back(node_name(sources.genesis, node));
    }
    return shown;
}

}  // namespace

std::string node_name(const ledger::Genesis& genesis, consensus::NodeId id) {
    const ledger::GenesisNode* node = genesis.node(id.value);
    return node == nullptr ? std::string() : node->name;
}

std::optional<ledger::GovernanceRecord::Next> next_rules_of(const storage::StateView& state) {
    const auto governance = ledger::read_governance(state);
    if (!governance) return std::nullopt;
    return governance->next;
}

NodeStatus status_of(const StatusSources& sources) {
    NodeStatus status;
    // Every member by name: a new one that is not filled in here does not compile.
    auto& [id, name, soft, leader_name, last_index, applied, certified_size, uncertified, accused,
           peers, queued_bytes, free_bytes, read_only, halted, diverged, unreadable, scrub,
           network_commit, behind, lead_transfers, recovering, recovery, started, process,
           rules_newest, next_rules, ready] = status;
    id = sources.self;
    name = node_name(sources.genesis, sources.self);
    soft = sources.view.soft;
    leader_name = node_name(sources.genesis, sources.view.soft.leader);
    last_index = sources.view.last_index.value;
    applied = sources.applied;
    if (sources.keeper.certified_size > 0) certified_size = sources.keeper.certified_size;
    uncertified = uncertified_of(sources);
    accused = sources.accused;
    for (const auto& peer : sources.peers) {
        peers.push_back(status_of_peer(sources.genesis, peer, sources.view));
    }
    queued_bytes = sources.queued_bytes;
    free_bytes = sources.free_bytes;
    read_only = sources.words.read_only;
    halted = sources.words.halted;
    diverged = sources.view.diverged;
    unreadable = sources.view.unreadable;
    scrub.on = sources.scrubs;
    scrub.block = sources.scrub.block.value;
    scrub.until = sources.scrub.until.value;
    scrub.ended = sources.scrub.ended;
    scrub.damaged = sources.scrub.damaged;
    scrub.mended = sources.scrub.mended;
    network_commit = sources.view.network_commit.value;
    behind = sources.view.behind;
    lead_transfers = {sources.view.transfers_asked, sources.view.transfer_refused};
    recovery = sources.recovery;
    if (soft.recovering) {
        recovering = RecoveringStatus{sources.recovering, last_index, soft.recovered_by.value};
    }
    started = sources.started;
    process = ::getpid();
    rules_newest = sources.rules_newest;
    next_rules = sources.next_rules;
    ready = sources.view.ready && sources.words.halted.empty();
    return status;
}

}  // namespace tally::node::pipeline
