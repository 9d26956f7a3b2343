// Clients: each has one operation at a time, a write or a linearisable read, and retries it at
// another node until it knows that it happened. A write that was retried may happen twice: making
// that harmless is the ledger's job, not consensus'.

#include <algorithm>

#include "tests/simulation/simulator.h"

namespace tally::simulation {

void Simulator::start_clients() {
    clients_.resize(1 + static_cast<std::size_t>(random_.below(5)));
    // Some networks are mostly written, others mostly read.
    writes_percent_ = between(20, 80).count();
    for (std::size_t client = 0; client < clients_.size(); ++client) {
        finish_operation(client);
        clients_[client].done = 0;
    }
}

void Simulator::finish_operation(std::size_t at) {
    Client& client = clients_[at];
    ++client.done;
    client.sent = Millis(0);
    client.operation = ++operations_;
    client.writing = chance(static_cast<std::uint64_t>(writes_percent_));
    if (client.writing) client.payload = options_.workload(client.operation, random_);
    next_attempt(at, between(0, 60));
}

void Simulator::next_attempt(std::size_t at, Millis delay) {
    if (resting_) return;
    const std::uint64_t number = ++attempts_;
    clients_[at].attempt = number;
    schedule(delay, [this, at, number] {
        if (clients_[at].attempt == number) attempt(at);
    });
}

void Simulator::attempt(std::size_t at) {
    const std::uint64_t number = clients_[at].attempt;
    // Any node will do: it forwards what it cannot do itself.
    SimNode& node = *nodes_.at(ids_[random_.below(ids_.size())]);
    if (!node.up() || node.frozen()) {
        next_attempt(at, between(10, 100));
        return;
    }
    if (clients_[at].writing) {
        attempt_write(at, node);
    } else {
        attempt_read(at, node);
    }
    // Unanswered within its patience, the operation has an unknown outcome and is tried again.
    schedule(between(300, 3500), [this, at, number] {
        if (clients_[at].attempt == number) next_attempt(at, Millis(0));
    });
}

void Simulator::attempt_write(std::size_t at, SimNode& node) {
    Client& client = clients_[at];
    if (client.sent == Millis(0)) {
        client.sent = now_;
        if (unique_payloads_) history_.begin_write(client.operation, ++place_);
    }
    const auto wait = chance(20) ? node::SubmitWait::certified : node::SubmitWait::committed;
    node.submit(client.payload, wait,
                [this, at, number = client.attempt, submission = client.payload, sent = client.sent,
                 &node](Result<node::SubmitReceipt> result) {
                    if (result) note_written(*submission, sent, node, *result);
                    on_written(at, number, result);
                });
}

/// The product's answer, judged from outside: what it says was committed must be in the history.
void Simulator::note_written(ByteView submission, Millis sent, const SimNode& node,
                             const node::SubmitReceipt& receipt) {
    const consensus::Index index(receipt.block);
    // Whoever forwarded it may not have the block yet; somebody has.
    const consensus::Block* block = node.log().block(index);
    for (auto other = ids_.begin(); other != ids_.end(); ++other) {
        const consensus::Block* theirs = nodes_.at(*other)->log().block(index);
        if (oracles_.is_committed(index, theirs)) block = theirs;
    }
    oracles_.on_acknowledged(index, block, submission);
    if (block != nullptr) oracles_.on_dated(sent, block->header.time);
    if (receipt.certified_size) {
        oracles_.on_told_certified(*receipt.certified_size);
        if (*receipt.certified_size <= receipt.result.header_entry) {
            oracles_.fail("a client was told of a certificate that does not cover its entry");
        }
    }
    if (unique_payloads_) history_.end_write(operation_of(submission), ++place_);
    ++result_.writes;
}

void Simulator::on_written(std::size_t at, std::uint64_t number,
                           const Result<node::SubmitReceipt>& result) {
    Client& client = clients_[at];
    if (client.attempt != number) return;  // it gave up waiting, and has asked again
    if (result) {
        client.seen = std::max(client.seen, result->applied_index);
        finish_operation(at);
    } else {
        next_attempt(at, between(10, 100));
    }
}

void Simulator::attempt_read(std::size_t at, SimNode& node) {
    Client& client = clients_[at];
    node::ReadOptions options;
    // Its own writes, from whatever node; or all that was committed before it asked.
    options.confirm = !chance(20);
    options.min_index = options.confirm && chance(50) ? 0 : client.seen;
    const consensus::Index at_least =
        std::max(options.confirm ? oracles_.read_begins() : consensus::Index{},
                 consensus::Index(options.min_index));
    const std::uint64_t key = random_.below(History::kKeys);
    node.read(options, [this, at, number = client.attempt, at_least, key, called = ++place_,
                        confirm = options.confirm,
                        &node](const node::driver::ReadAnswer& answer, consensus::Index view) {
        const bool served = answer.status && !answer.stale;
        if (served) {
            oracles_.on_read(node.id(), view, at_least);
            const auto seen = node.log_value(key);
            if (confirm && seen) history_.add_read(key, called, ++place_, *seen);
            ++result_.reads;
        }
        if (clients_[at].attempt != number) return;
        if (served) {
            finish_operation(at);
        } else {
            next_attempt(at, between(10, 100));
        }
    });
}

}  // namespace tally::simulation
