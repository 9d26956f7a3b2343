// Clients: each has one operation at a time, a write or a linearisable read, and retries it at
// another node until it knows that it happened. A write that was retried may happen twice: making
// that harmless is the ledger's job, not consensus'.

#include "tests/simulation/simulator.h"

namespace tally::simulation {

void Simulator::start_clients() {
    clients_.resize(1 + static_cast<std::size_t>(random_.below(5)));
    for (std::size_t client = 0; client < clients_.size(); ++client) {
        finish_operation(client);
        clients_[client].done = 0;
    }
    propose_seals();
}

/// As leaders do at an interval; nobody waits for one.
void Simulator::propose_seals() {
    schedule(between(200, 900), [this] { propose_seals(); });
    if (watching_.empty()) return;
    SimNode& leader = *nodes_.at(*watching_.begin());
    if (leader.up() && !leader.frozen()) {
        (void)leader.propose(share({}), consensus::BlockKind::seal);
    }
}

void Simulator::finish_operation(std::size_t at) {
    Client& client = clients_[at];
    ++client.done;
    client.operation = ++operations_;
    client.writing = chance(70);
    if (client.writing) client.payload = options_.workload(client.operation, random_);
    next_attempt(at, between(0, 60));
}

void Simulator::next_attempt(std::size_t at, Millis delay) {
    const std::uint64_t number = ++attempts_;
    clients_[at].attempt = number;
    clients_[at].asked = consensus::kNobody;
    schedule(delay, [this, at, number] {
        if (clients_[at].attempt == number) attempt(at);
    });
}

NodeId Simulator::guess_leader() {
    if (!watching_.empty() && chance(80)) return *watching_.rbegin();
    return ids_[random_.below(ids_.size())];
}

void Simulator::attempt(std::size_t at) {
    Client& client = clients_[at];
    const std::uint64_t number = client.attempt;
    SimNode& node = *nodes_.at(client.writing ? guess_leader() : ids_[random_.below(ids_.size())]);
    if (!node.up() || node.frozen()) {
        next_attempt(at, between(10, 100));
        return;
    }
    if (client.writing) {
        attempt_write(at, node);
    } else {
        attempt_read(at, node);
    }
    // Unanswered within its patience, the operation has an unknown outcome and is tried again.
    schedule(between(300, 1500), [this, at, number] {
        if (clients_[at].attempt == number) next_attempt(at, Millis(0));
    });
}

void Simulator::attempt_write(std::size_t at, SimNode& node) {
    Client& client = clients_[at];
    const std::uint64_t number = client.attempt;
    const Result<consensus::Proposed> place = node.propose(client.payload);
    if (client.attempt != number) return;
    if (!place) {
        next_attempt(at, between(10, 100));
        return;
    }
    client.asked = node.id();
    client.place = *place;
}

void Simulator::attempt_read(std::size_t at, SimNode& node) {
    Client& client = clients_[at];
    client.asked = node.id();
    client.at_least = oracles_.read_begins();
    if (!node.read_index(client.attempt)) next_attempt(at, between(10, 100));
}

void Simulator::on_applied(NodeId id, const consensus::Block& block) {
    for (std::size_t at = 0; at < clients_.size(); ++at) {
        Client& client = clients_[at];
        if (!client.writing || client.asked != id) continue;
        if (client.place.first != block.header.index) continue;
        if (client.place.term == block.header.term) {
            oracles_.on_acknowledged(block.header.index, block.hash);
            ++result_.writes;
            finish_operation(at);
        } else {
            next_attempt(at, between(1, 50));
        }
    }
}

void Simulator::on_read(NodeId id, const consensus::ReadState& read) {
    for (std::size_t at = 0; at < clients_.size(); ++at) {
        Client& client = clients_[at];
        if (client.writing || client.asked != id || client.attempt != read.context) continue;
        if (!read.granted) {
            next_attempt(at, between(10, 100));
            continue;
        }
        oracles_.on_read(id, read.index, client.at_least);
        ++result_.reads;
        finish_operation(at);
    }
}

}  // namespace tally::simulation
