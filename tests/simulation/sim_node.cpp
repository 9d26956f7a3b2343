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
    world_.oracles().on_start(id(), incarnation_);
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
    watch_.emplace(parts_.config, world_.oracles());
    next_tick_ = driver_->next_tick();
    keeper_.emplace(*parts_.genesis, id(), parts_.keys, log_);
    driver_->handle(node::driver::CheckpointCertified{keeper_->certified_size()}, moment());
    applying_.emplace(log_, *state_, persisted_applied_);
    world_.trace(id(), [this] { return "START, last " + std::to_string(log_.last().value); });
    // As in a process: the newest seal is told again, then what is applied already.
    if (const auto seal = state_->last_seal()) keeper_->on_seal(*seal, moment());
    run_keeper();
    if (guilty_ && !contradicted_) {
        world_.oracles().fail("a restart makes a contradicted node right");
    }
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
    world_.trace(id(), [&] {
        return "CRASH, " + std::to_string(kept) + " of " + std::to_string(log_.waiting()) +
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
    confirmed_.clear();
    asked_here_.clear();
    contested_.clear();
    signed_here_.clear();
    signed_there_.clear();
    watch_.reset();
    divergence_due_ = contradicted_ = sync_waits_ = false;
    world_.oracles().on_forgotten(id());
    frozen_ = false;
    kept_.clear();
    const bool lies = parts_.faults.lying_syncs && world_.chance(50);
    if (lies) return log_.crash_lying();
    const Status written = parts_.faults.torn_writes ? log_.crash_torn() : log_.crash(kept);
    if (!written) {
        world_.oracles().fail("a write breaks the log: " + written.error().context);
    }
}

void SimNode::put_back(const SimLog::Copy& copy) {
    TALLY_CHECK(!driver_);
    world_.trace(id(), [&] {
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
    // What waits for a write waits for the one before it as well.
    world_.oracles().on_slowness(3 * slowest);
}

void SimNode::set_hung(bool hung) {
    hung_ = hung;
    if (!hung_ && std::exchange(sync_waits_, false)) finish_sync();
}

void SimNode::rot() {
    rotten_ = true;
    world_.oracles().on_rot(id());
    world_.trace(id(), [] { return std::string("ROTS"); });
    if (state_) state_->rot();
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
    run_or_keep([this, message] { take(message); });
}

void SimNode::take(const Message& message) {
    world_.trace(
        id(), [&] { return "<" + std::to_string(message.from.value) + " " + words_of(message); });
    node::driver::MessageReceived received{message, judge(message)};
    watch_->before(message, received.verdict, driver_->core(), log_, !turning_);
    tell(std::move(received));
    watch_->after(message, driver_->core());
}

/// The block before the append is another one than what is committed here.
void SimNode::receive_lie(const Message& message) {
    if (!driver_) return;
    run_or_keep([this, message] {
        const consensus::SoftState soft = driver_->core().soft_state();
        const bool heard =
            soft.term < message.term || (soft.term == message.term && soft.leader == message.from);
        if (soft.commit.value == 0 || !heard) return take(message);
        Message lie = message;
        auto& append = std::get<consensus::AppendRequest>(lie.body);
        const Block* own = log_.block(soft.commit);
        append.previous_index = soft.commit;
        append.previous_term = own == nullptr ? consensus::Term(1) : own->header.term;
        append.previous_hash = crypto::sha256(view_of("a lie"));
        append.blocks.clear();
        if (contested_.insert(lie.term).second) divergence_due_ = true;
        take(lie);
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

void SimNode::receive(NodeId from, const node::CheckpointSignatures& signatures, Saying saying) {
    if (!driver_) return;
    run_or_keep([this, from, signatures, saying] {
        keeper_->on_signatures(from, signatures, moment());
        run_keeper();
        if (saying == Saying::lie) world_.oracles().on_heard_lie(id(), from, signatures.size);
        if (saying == Saying::truth) check_guilt(from, signatures.size);
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
