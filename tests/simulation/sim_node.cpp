// What a node's threads are in a process: the driver's is in sim_node_driver.cpp, those of the log
// writer, of applying and of the keeper are in sim_node_threads.cpp. Here it lives, dies, freezes,
// and hears what arrives.

#include "tests/simulation/sim_node.h"

#include <string>
#include <utility>

#include "base/check.h"
#include "node/driver/admission.h"

namespace tally::simulation {

using consensus::Block;
using consensus::Message;

SimNode::SimNode(World& world, SimNodeParts parts)
    : world_(world),
      parts_(std::move(parts)),
      log_(parts_.config.network),
      persisted_state_(parts_.factory()) {}

void SimNode::start() {
    TALLY_CHECK(!driver_);
    ++epoch_;
    incarnation_ = world_.random().next();
    syncing_ = apply_waits_ = remember_waits_ = frozen_ = turning_ = false;
    state_ = persisted_state_->clone();
    Result<consensus::PersistedState> loaded = log_.load();
    TALLY_CHECK(loaded.has_value());
    committed_at_start_ = loaded->hard_state.commit;
    Result<consensus::RawNode> core =
        consensus::RawNode::restore(parts_.config, std::move(*loaded), persisted_applied_,
                                    world_.random().next(), incarnation_);
    if (!core) {
        world_.oracles().fail("a node cannot start: " + core.error().context);
        return;
    }
    node::driver::DriverConfig config = parts_.driver;
    config.incarnation = incarnation_;
    driver_.emplace(std::move(*core), config, moment());
    keeper_.emplace(*parts_.genesis, id(), parts_.keys, log_);
    driver_->handle(node::driver::CheckpointCertified{keeper_->certified_size()}, moment());
    applying_.emplace(log_, *state_, persisted_applied_);
    world_.trace([this] { return "start, last " + std::to_string(log_.last().value); });
    // As in a process: the newest seal is told again, then what is applied already.
    if (const auto seal = state_->last_seal()) keeper_->on_seal(*seal, moment());
    run_keeper();
    node::driver::BlockApplied standing;
    standing.index = persisted_applied_;
    standing.entry_count = state_->entry_count();
    standing.sealed_size = state_->last_seal() ? state_->last_seal()->size : 0;
    driver_->handle(std::move(standing), moment());
    if (full_) driver_->handle(node::driver::SpaceChanged{"storage_full"}, moment());
    turn();
}

void SimNode::crash(std::size_t kept) {
    TALLY_CHECK(driver_);
    ++epoch_;
    world_.trace([&] {
        return "crash, " + std::to_string(kept) + " of " + std::to_string(log_.waiting()) +
               " writes kept";
    });
    applied_ = applying_->applied();
    driver_.reset();
    keeper_.reset();
    applying_.reset();
    groups_ = {};
    remembering_.clear();
    submitted_.clear();
    reading_.clear();
    asked_.clear();
    told_.clear();
    world_.oracles().on_forgotten(id());
    frozen_ = false;
    kept_.clear();
    if (const Status written = log_.crash(kept); !written) {
        world_.oracles().fail("a write breaks the log: " + written.error().context);
    }
}

void SimNode::put_back(const SimLog::Copy& copy) {
    TALLY_CHECK(!driver_);
    world_.trace([&] {
        return "put back, " + std::to_string(copy.blocks.size()) + " blocks of " +
               std::to_string(log_.blocks().size());
    });
    if (const Status written = log_.put_back(copy); !written) {
        world_.oracles().fail("a copy is no log: " + written.error().context);
    }
    persisted_state_ = parts_.factory();
    persisted_applied_ = applied_ = consensus::Index(0);
}

void SimNode::thaw() {
    frozen_ = false;
    while (!frozen_ && !kept_.empty()) {
        std::function<void()> work = std::move(kept_.front());
        kept_.pop_front();
        work();
    }
}

void SimNode::set_disk(Millis fastest, Millis slowest) {
    disk_fastest_ = fastest;
    disk_slowest_ = slowest;
}

void SimNode::set_full(bool full) {
    if (std::exchange(full_, full) == full || !driver_) return;
    run_or_keep([this, full] { tell(node::driver::SpaceChanged{full ? "storage_full" : ""}); });
}

/// Runs `work` in this process, if it still lives then.
void SimNode::later(Millis delay, std::function<void()> work) {
    world_.schedule(delay, [this, epoch = epoch_, work = std::move(work)]() mutable {
        if (epoch != epoch_ || !driver_) return;
        run_or_keep(std::move(work));
    });
}

void SimNode::run_or_keep(std::function<void()> work) {
    if (frozen_) {
        kept_.push_back(std::move(work));
    } else {
        work();
    }
}

node::driver::Moment SimNode::moment() const {
    return {node::driver::Clock::time_point(world_.now()), world_.now() + clock_offset_};
}

// ---- the network's thread

void SimNode::receive(const Message& message) {
    if (!driver_) return;
    run_or_keep([this, message] {
        consensus::PolicyVerdict verdict = judge(message);
        tell(node::driver::MessageReceived{message, std::move(verdict)});
    });
}

void SimNode::receive(NodeId from, const node::ForwardRequest& request) {
    if (!driver_) return;
    run_or_keep([this, from, request] {
        const auto reply = [this, from, id = request.id](Result<node::SubmitReceipt> result) {
            world_.carry(
                parts_.config.id, from,
                [leader = parts_.config.id, reply = node::ForwardReply{id, std::move(result)}](
                    SimNode& asker) { asker.receive(leader, reply); });
        };
        submit(request.submission, node::SubmitWait::committed, reply, true);
    });
}

void SimNode::receive(NodeId from, const node::ForwardReply& reply) {
    if (!driver_) return;
    run_or_keep([this, from, reply] {
        if (reply.result) told_.insert(reply.result->block);
        tell(node::driver::ForwardAnswered{from, reply});
    });
}

void SimNode::receive(NodeId from, const node::CheckpointSignatures& signatures, bool lie) {
    if (!driver_) return;
    run_or_keep([this, from, signatures, lie] {
        keeper_->on_signatures(from, signatures, moment());
        run_keeper();
        if (lie) world_.oracles().on_heard_lie(id(), from, signatures.size);
    });
}

consensus::PolicyVerdict SimNode::judge(const Message& message) const {
    const auto* append = std::get_if<consensus::AppendRequest>(&message.body);
    if (append == nullptr) return {};
    if (full_ && !append->blocks.empty()) {
        return node::driver::refuse_when_full(*append, "storage_full");
    }
    if (!refusing_) return {};
    for (const Block& block : append->blocks) {
        if (block.header.term != message.term || block.header.index <= append->commit) continue;
        if (block.header.kind != consensus::BlockKind::submissions) continue;
        return {block.header.index, consensus::Refusal::signature, "a test refuses it"};
    }
    return {};
}

}  // namespace tally::simulation
