#include "tests/simulation/sim_node.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"

namespace tally::simulation {

using consensus::AppendTask;
using consensus::Block;
using consensus::Index;
using consensus::Message;
using consensus::Ready;

SimNode::SimNode(World& world, consensus::Config config, SimStateMachineFactory factory,
                 SimNodeFaults faults)
    : world_(world),
      config_(std::move(config)),
      factory_(std::move(factory)),
      faults_(faults),
      log_(config_.network),
      persisted_state_(factory_()) {}

void SimNode::start() {
    TALLY_CHECK(!core_);
    ++epoch_;
    incarnation_ = world_.random().next();
    syncing_ = applying_ = frozen_ = false;
    kept_.clear();
    applied_ = apply_to_ = persisted_applied_;
    state_ = persisted_state_->clone();
    Result<consensus::PersistedState> loaded = log_.load();
    TALLY_CHECK(loaded.has_value());
    Result<consensus::RawNode> core = consensus::RawNode::restore(
        config_, std::move(*loaded), applied_, world_.random().next(), incarnation_);
    if (!core) {
        world_.oracles().fail("a node cannot start: " + core.error().context);
        return;
    }
    core_ = std::move(*core);
    world_.trace([this] { return "start, last " + std::to_string(log_.last().value); });
    process();
    later(world_.between(0, tick_.count()), [this] { tick(); });
}

void SimNode::crash(std::size_t kept) {
    TALLY_CHECK(core_);
    ++epoch_;
    core_.reset();
    frozen_ = false;
    kept_.clear();
    world_.trace([&] {
        return "crash, " + std::to_string(kept) + " of " + std::to_string(log_.waiting()) +
               " writes kept";
    });
    log_.crash(kept);
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

/// Runs `work` in this process, if it still lives then.
void SimNode::later(Millis delay, std::function<void()> work) {
    world_.schedule(delay, [this, epoch = epoch_, work = std::move(work)]() mutable {
        if (epoch != epoch_ || !core_) return;
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

void SimNode::tick() {
    core_->tick(clock());
    process();
    later(tick_, [this] { tick(); });
}

void SimNode::receive(const Message& message) {
    if (!core_) return;
    run_or_keep([this, message] {
        const Status status = core_->step(message, clock(), judge(message));
        if (!status)
            world_.oracles().fail("an honest message is refused: " + status.error().context);
        process();
    });
}

consensus::PolicyVerdict SimNode::judge(const Message& message) const {
    const auto* append = std::get_if<consensus::AppendRequest>(&message.body);
    if (append == nullptr || !refusing_) return {};
    for (const Block& block : append->blocks) {
        if (block.header.term != message.term || block.header.index <= append->commit) continue;
        if (block.header.kind != consensus::BlockKind::submissions) continue;
        return {block.header.index, consensus::Refusal::signature, "a test refuses it"};
    }
    return {};
}

Result<consensus::Proposed> SimNode::propose(SharedBytes payload, consensus::BlockKind kind) {
    const consensus::Proposal proposal{kind, std::move(payload)};
    Result<consensus::Proposed> place = core_->propose({&proposal, 1}, clock());
    process();
    return place;
}

Status SimNode::read_index(std::uint64_t context) {
    Status status = core_->read_index(context);
    process();
    return status;
}

void SimNode::process() {
    while (core_->has_ready()) {
        Ready ready = core_->take_ready();
        if (ready.soft_state) {
            world_.trace([&] {
                const char* roles[] = {"follower", "pre-candidate", "candidate", "leader"};
                return std::string(roles[static_cast<int>(ready.soft_state->role)]) + " term " +
                       std::to_string(ready.soft_state->term.value) + " commit " +
                       std::to_string(ready.soft_state->commit.value) + " last " +
                       std::to_string(core_->last_index().value);
            });
        }
        for (const Message& message : ready.messages) {
            world_.oracles().on_send(message, log_);
            world_.transmit(message);
        }
        if (ready.append) {
            log_.enqueue(std::move(*ready.append));
            start_sync();
        }
        if (ready.apply_to) {
            if (*ready.apply_to > Index(log_.blocks().size())) {
                world_.oracles().fail("told to apply blocks that are not durable");
                return;
            }
            apply_to_ = *ready.apply_to;
            start_apply();
        }
        for (const consensus::ReadState& read : ready.read_states) world_.on_read(id(), read);
        for (const consensus::FetchRequest& fetch : ready.fetches) serve_fetch(fetch);
    }
    world_.watch(id());
}

void SimNode::start_sync() {
    if (syncing_) return;
    syncing_ = true;
    // The disk works on while the process is frozen: only its news wait.
    world_.schedule(world_.between(disk_fastest_.count(), disk_slowest_.count()),
                    [this, epoch = epoch_] {
                        if (epoch == epoch_ && core_) finish_sync();
                    });
}

void SimNode::finish_sync() {
    syncing_ = false;
    const std::size_t waiting = log_.waiting();
    if (waiting == 0) return;
    // A group commit covers some or all of what waits.
    const std::size_t count = static_cast<std::size_t>(1 + world_.random().below(waiting));
    auto tasks = std::make_shared<std::vector<AppendTask>>(log_.sync(count));
    const std::uint64_t sequence = tasks->back().sequence;
    run_or_keep([this, tasks] {
        for (const AppendTask& task : *tasks) {
            for (const Message& message : task.release) {
                world_.oracles().on_send(message, log_);
                world_.transmit(message);
            }
        }
    });
    later(world_.between(0, 2), [this, sequence] {
        core_->on_append_done(sequence);
        process();
    });
    if (log_.waiting() > 0) start_sync();
}

void SimNode::start_apply() {
    if (applying_ || applied_ >= apply_to_) return;
    applying_ = true;
    later(world_.between(0, 5), [this] { apply_some(); });
}

void SimNode::apply_some() {
    applying_ = false;
    const Index target = std::min(apply_to_, Index(applied_.value + 8));
    while (applied_ < target) {
        applied_ = applied_.next();
        const Block& block = *log_.durable_block(applied_);
        state_->apply(block);
        world_.oracles().on_applied(id(), applied_, state_->digest());
        world_.on_applied(id(), block);
        if (world_.chance(20)) persist_state();
    }
    core_->on_apply_done(applied_);
    process();
    start_apply();
}

void SimNode::persist_state() {
    // The bug of etcd #13766: the index runs ahead of the state that it stands for.
    if (!faults_.split_applied_index || world_.chance(50)) persisted_state_ = state_->clone();
    persisted_applied_ = applied_;
}

void SimNode::serve_fetch(const consensus::FetchRequest& request) {
    later(world_.between(1, 8), [this, request] {
        consensus::FetchResult result{request.id, {}, {}};
        if (!world_.chance(fetch_failures_percent_)) {
            result.previous = log_.tip_before(request.first);
            Result<std::vector<Block>> blocks = log_.read(request.first, request.last, 2000);
            if (blocks) result.blocks = std::move(*blocks);
        }
        core_->on_blocks_fetched(std::move(result));
        process();
    });
}

}  // namespace tally::simulation
