#include "tests/simulation/sim_node.h"

#include <algorithm>
#include <string>
#include <utility>

#include "api/errc.h"
#include "base/check.h"
#include "crypto/checkpoint.h"
#include "ledger/submission.h"
#include "node/driver/admission.h"

namespace tally::simulation {

using consensus::Block;
using consensus::Index;
using consensus::Message;
using node::driver::Actions;

namespace {

constexpr std::size_t kQueueBytesMax = 1 << 20;

}  // namespace

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

// ---- the driver's thread

void SimNode::tell(Event event) {
    driver_->handle(std::move(event), moment());
    world_.oracles().on_soft_state(id(), driver_->core().soft_state());
    turn_soon(std::max(world_.between(0, 1), starved_));
}

/// What comes while a turn is due is taken together, as by a thread that empties its queue.
void SimNode::turn_soon(Millis delay) {
    if (std::exchange(turning_, true)) return;
    later(delay, [this] { turn(); });
}

/// The next tick, or later where the process starves.
void SimNode::wake() {
    const auto wait = std::chrono::duration_cast<Millis>(driver_->next_tick() - moment().steady);
    const Millis delay = std::max({wait, starved_, Millis(1)});
    later(delay, [this, number = ++wakes_] {
        if (number == wakes_) turn();
    });
}

void SimNode::turn() {
    turning_ = false;
    Actions actions = driver_->take_actions(moment());
    const std::uint64_t epoch = epoch_;
    perform(std::move(actions));
    if (epoch != epoch_ || !driver_) return;
    keeper_->on_time(moment());
    run_keeper();
    wake();
    look_at_tickets();
    const consensus::SoftState soft = driver_->core().soft_state();
    if (traced_ != soft) {
        traced_ = soft;
        world_.trace([&] {
            const char* roles[] = {"follower", "pre-candidate", "candidate", "leader"};
            return std::string(roles[static_cast<int>(soft.role)]) + " term " +
                   std::to_string(soft.term.value) + " commit " +
                   std::to_string(soft.commit.value) + " last " +
                   std::to_string(driver_->core().last_index().value);
        });
    }
    for (const auto& followed : driver_->core().progress()) {
        if (followed.forgotten.value > 0) world_.oracles().fail("an honest disk is accused");
    }
    for (const auto& [peer, faults] : driver_->view().faults) {
        world_.oracles().fail("an honest message is refused: " + faults.last);
    }
    world_.watch(id());
}

void SimNode::send(const Message& message) {
    world_.oracles().on_send(message, log_);
    world_.transmit(message);
}

void SimNode::perform(Actions actions) {
    for (const auto& found : actions.divergences) {
        world_.oracles().fail("honest nodes contradict each other: " + consensus::describe(found));
    }
    for (const Message& message : actions.messages) send(message);
    for (const auto& forward : actions.forwards) {
        if (world_.chance(3)) {
            tell(node::driver::ForwardDropped{forward.request.id});
            continue;
        }
        world_.carry(id(), forward.to, [from = id(), request = forward.request](SimNode& leader) {
            leader.receive(from, request);
        });
    }
    for (auto& task : actions.appends) {
        check_proposals(task);
        log_.note_append(task.write);
        groups_.add(std::move(task));
    }
    start_sync();
    if (actions.apply_to) {
        if (*actions.apply_to > Index(log_.blocks().size())) {
            world_.oracles().fail("told to apply blocks that are not durable");
            return;
        }
        applying_->apply_to(*actions.apply_to);
        start_apply();
    }
    for (const auto& fetch : actions.fetches) serve_fetch(fetch);
    answer(actions);
}

/// What this node proposes must not stand in its log already: it is taken from the log itself, by
/// the bytes of each submission.
void SimNode::check_copies(const consensus::AppendTask& task) {
    const consensus::SoftState soft = driver_->core().soft_state();
    if (soft.role != consensus::Role::leader || task.write.blocks.empty()) return;
    std::set<Bytes> standing;
    const auto submissions_of = [](const Block& block) {
        std::vector<Bytes> found;
        if (block.header.kind != consensus::BlockKind::submissions) return found;
        if (const auto payload = ledger::decode_payload(*block.payload)) {
            for (const ByteView bytes : *payload) found.push_back(to_bytes(bytes));
        }
        return found;
    };
    const Index first = task.write.blocks.front().header.index;
    // What was known to be committed at the start is applied without the driver's knowledge.
    const Index known = std::max(applying_->applied(), committed_at_start_);
    for (Index index = known.next(); index < first; index = index.next()) {
        for (Bytes& bytes : submissions_of(*log_.block(index))) standing.insert(std::move(bytes));
    }
    for (const Block& block : task.write.blocks) {
        for (Bytes& bytes : submissions_of(block)) {
            const bool fresh = standing.insert(std::move(bytes)).second;
            if (!fresh && block.header.term == soft.term) {
                world_.oracles().fail("a copy of what stands in the log is proposed");
            }
        }
    }
}

/// A full disk is where nothing more is proposed, but for the block that opens a term.
void SimNode::check_proposals(const consensus::AppendTask& task) {
    check_copies(task);
    const consensus::SoftState soft = driver_->core().soft_state();
    if (driver_->view().read_only.empty() || soft.role != consensus::Role::leader) return;
    for (const Block& block : task.write.blocks) {
        const bool own = block.header.term == soft.term;
        if (own && block.header.kind != consensus::BlockKind::noop) {
            world_.oracles().fail("a full node proposes");
        }
    }
}

void SimNode::answer(Actions& actions) {
    for (auto& given : actions.submission_answers) {
        auto waiting = submitted_.extract(given.ticket);
        if (waiting.empty()) {
            world_.oracles().fail("a ticket is answered twice");
            return;
        }
        asked_.erase(given.ticket);
        if (given.result && Index(given.result->block) > applying_->applied() &&
            !told_.contains(given.result->block)) {
            world_.oracles().fail("an answer before its block is applied");
        }
        waiting.mapped()(std::move(given.result));
    }
    for (const auto& given : actions.read_answers) {
        auto waiting = reading_.extract(given.ticket);
        if (waiting.empty()) {
            world_.oracles().fail("a read is answered twice");
            return;
        }
        asked_.erase(given.ticket);
        waiting.mapped()(given, applying_->applied());
    }
}

/// Everything is answered within the time for a request, whatever happens; a turn looks often.
void SimNode::look_at_tickets() {
    if (asked_.empty()) return;
    const Millis late = asked_.begin()->second + parts_.driver.request_timeout + Millis(200);
    if (world_.now() > late) world_.oracles().fail("a ticket is not answered in time");
}

void SimNode::submit(SharedBytes submission, node::SubmitWait wait, Submitted done,
                     bool forwarded_to_us) {
    node::driver::AdmissionState state;
    state.read_only = full_ ? "storage_full" : "";
    state.queue_bytes_max = kQueueBytesMax;
    if (const Status admitted = node::driver::admit(state, submission->size()); !admitted) {
        return done(admitted.error());
    }
    node::driver::SubmissionArrived arrived;
    arrived.ticket = next_ticket_++;
    arrived.digest = node::driver::submission_digest(*submission);
    arrived.bytes = std::move(submission);
    arrived.wait = wait;
    arrived.forwarded_to_us = forwarded_to_us;
    submitted_.emplace(arrived.ticket, std::move(done));
    asked_.emplace(arrived.ticket, world_.now());
    tell(std::move(arrived));
}

void SimNode::read(const node::ReadOptions& options, WasRead done) {
    const node::driver::Ticket ticket = next_ticket_++;
    reading_.emplace(ticket, std::move(done));
    asked_.emplace(ticket, world_.now());
    tell(node::driver::ReadArrived{ticket, options});
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

// ---- the log writer's thread

void SimNode::start_sync() {
    if (syncing_ || groups_.empty()) return;
    syncing_ = true;
    log_.begin(groups_.take());
    // The disk works on while the process is frozen: only its news wait.
    world_.schedule(world_.between(disk_fastest_.count(), disk_slowest_.count()),
                    [this, epoch = epoch_] {
                        if (epoch == epoch_ && driver_) finish_sync();
                    });
}

void SimNode::finish_sync() {
    Result<node::driver::CommitGroup> written = log_.finish();
    if (!written) {
        world_.oracles().fail("a write breaks the log: " + written.error().context);
        return;
    }
    auto group = std::make_shared<node::driver::CommitGroup>(std::move(*written));
    run_or_keep([this, group] {
        for (const Message& message : group->release) send(message);
        syncing_ = false;
        start_sync();
    });
    later(world_.between(0, 2),
          [this, group] { tell(node::driver::WritesDone{group->sequences}); });
}

// ---- the apply thread

void SimNode::start_apply() {
    if (apply_waits_ || applying_->idle()) return;
    apply_waits_ = true;
    later(world_.between(0, 5), [this] { apply_some(); });
}

void SimNode::apply_some() {
    apply_waits_ = false;
    for (int count = 0; count < 8 && !applying_->idle(); ++count) {
        Result<node::driver::Applied> applied = applying_->step();
        if (!applied) {
            world_.oracles().fail("a block cannot be applied: " + applied.error().context);
            return;
        }
        world_.oracles().on_applied(id(), applied->block.index, state_->digest());
        if (applied->seal) keeper_->on_seal(*applied->seal, moment());
        tell(std::move(applied->block));
        if (world_.chance(20)) persist_state();
    }
    run_keeper();
    start_apply();
}

void SimNode::persist_state() {
    // The bug of etcd #13766: the index runs ahead of the state that it stands for.
    if (!parts_.faults.split_applied_index || world_.chance(50)) {
        persisted_state_ = state_->clone();
    }
    persisted_applied_ = applying_->applied();
}

void SimNode::serve_fetch(const consensus::FetchRequest& request) {
    later(world_.between(1, 8), [this, request] {
        consensus::FetchResult result;
        result.id = request.id;
        if (!world_.chance(fetch_failures_percent_)) {
            result.previous = log_.tip_before(request.first);
            Result<std::vector<Block>> blocks = log_.read(request.first, request.last, 2000);
            if (blocks) result.blocks = std::move(*blocks);
        }
        tell(std::move(result));
    });
}

// ---- the keeper's thread

void SimNode::run_keeper() {
    node::driver::KeeperActions actions = keeper_->take_actions();
    const auto leaves = [this](const node::CheckpointSignatures& own) {
        world_.oracles().on_signed(id(), own.size, own.root, log_.signed_mark());
    };
    for (const auto& own : actions.broadcasts) leaves(own);
    for (const auto& [to, own] : actions.messages) leaves(own);
    for (const auto& evidence : actions.evidence) {
        TALLY_CHECK(log_.keep_evidence(evidence).has_value());
        world_.oracles().on_evidence(id(), evidence, *parts_.genesis);
    }
    for (const auto& checkpoint : actions.store) {
        const Status stored = log_.put_checkpoint(checkpoint);
        TALLY_CHECK(stored.has_value());
        world_.oracles().on_certified(id(), checkpoint, *parts_.genesis);
    }
    for (const auto& signatures : actions.broadcasts) {
        for (const NodeId peer : world_.nodes()) {
            if (peer != id()) say(peer, signatures);
        }
    }
    for (const auto& [to, signatures] : actions.messages) say(to, signatures);
    for (const std::uint64_t size : actions.certified) {
        tell(node::driver::CheckpointCertified{size});
    }
    // At most one node of a run lies, and that is no reason to stop.
    for (const auto& found : actions.diverged) world_.oracles().fail(found.reason);
    remembering_.insert(remembering_.end(), actions.remember.begin(), actions.remember.end());
    remember_next();
}

/// Marks become durable one after the other, each after a sync.
void SimNode::remember_next() {
    if (remembering_.empty() || std::exchange(remember_waits_, true)) return;
    later(world_.between(disk_fastest_.count(), disk_slowest_.count()), [this] {
        remember_waits_ = false;
        const storage::SignedMark mark = remembering_.front();
        remembering_.pop_front();
        const Status remembered = log_.remember_signed(mark);
        if (!remembered) {
            world_.oracles().fail("a node would sign another root: " + remembered.error().context);
            return;
        }
        keeper_->on_remembered(mark, moment());
        run_keeper();
    });
}

void SimNode::say(NodeId peer, const node::CheckpointSignatures& signatures) {
    world_.oracles().on_checkpoint_message();
    const bool lie = lying_ && world_.chance(50);
    world_.carry(id(), peer,
                 [from = id(), said = lie ? lie_about(signatures) : signatures,
                  lie](SimNode& node) { node.receive(from, said, lie); });
}

node::CheckpointSignatures SimNode::lie_about(const node::CheckpointSignatures& truth) const {
    const std::string origin = parts_.genesis->origin();
    node::CheckpointSignatures lie = truth;
    lie.root = crypto::sha256(view_of("a lie about " + std::to_string(truth.size)));
    const std::string text = crypto::Checkpoint{origin, lie.size, lie.root}.encode();
    lie.lines = {crypto::sign_note(text, origin, parts_.keys.log),
                 crypto::cosign(text, origin + "/" + parts_.genesis->node(id().value)->name,
                                parts_.keys.cosignature, 1'800'000'000)};
    return lie;
}

bool SimNode::all_certified() const {
    if (!driver_ || frozen_ || applied() < world_.oracles().committed()) return false;
    const auto seal = state_->last_seal();
    const std::uint64_t sealed = seal ? seal->size : 0;
    return state_->entry_count() == sealed && keeper_->certified_size() == sealed;
}

}  // namespace tally::simulation
