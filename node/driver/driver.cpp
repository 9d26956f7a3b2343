// The heart of a node: what it does with everything that happens to it. The consensus core decides
// what is agreed; this file decides what is put to it and when, and who is told what.
//
// Thread: whichever one calls; exactly one. There is no lock, callback, clock or file here, so a
// run is a function of its events and their times. The process puts a thread and queues around it
// (node/pipeline/core_loop.cpp), the simulator a seed (tests/simulation).
//
// Invariants:
//   - Each ticket is answered exactly once; ShutDown answers all that are left.
//   - A submission is answered as committed only after its own block was applied here:
//     BlockApplied at the index and in the term in which it was proposed.
//   - A read is answered as confirmed only after a quorum confirmed a round that was asked after
//     the read arrived, and the index of that round is applied.
//   - What vouches for a write travels inside its AppendTask. The driver never takes a write for
//     durable before WritesDone names it.
//   - At most two of its own blocks wait for the disk: while a sync runs, submissions gather for
//     the block after it. This, not a timer, is what makes batches.
//   - At most one seal is under way, and only when leaves came after the last one.
//   - Read-only (the disk is full) or halted, no submission and no seal is proposed (the empty
//     block that opens a term is the core's own); a leader tells so what never left.
//   - What stands in this node's log is not proposed or sent once more, and while it leads it takes
//     no more than it can apply in time: a longer queue would be work for clients that have left.
//   - A node whose disk or applying is at fault does not want to lead, and a node whose history its
//     leader contradicts answers nothing (consensus/divergence.cpp).
//   - After a long pause of the process one tick counts: time that nobody saw elects nobody.
//
// What must never happen: an answer `no_quorum` for what was proposed or forwarded (its ids could
// be reissued under new ones, and book twice), or a committed answer taken back by a new leader.

#include "node/driver/driver.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "node/driver/errors.h"
#include "node/driver/mutation.h"

namespace tally::node::driver {
namespace {

constexpr std::size_t kUnsyncedMax = 2;
/// A leader takes as many blocks' worth of submissions however slow it seems to be.
constexpr std::size_t kBlocksAlways = 4;
/// Ticks that a process may have slept through and still make up for.
constexpr int kTicksMadeUpMax = 10;
/// Election timeouts within which a node applies what was committed when they began, or is behind.
constexpr std::uint32_t kBehindTimeouts = 4;

consensus::Moment for_core(Moment now) {
    return {now.wall, std::chrono::duration_cast<consensus::Millis>(now.steady.time_since_epoch())};
}

template <typename T>
void move_to(std::vector<T>& target, std::vector<T> more) {
    target.insert(target.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
}

/// Whoever comes after the end is answered as well, for a ticket is never lost; nothing else that
/// happens matters any more.
struct AfterEnd {
    Actions& actions;

    void on(const SubmissionArrived& event) const {
        actions.submission_answers.push_back({event.ticket, shutting_down_error()});
    }
    void on(const ReadArrived& event) const {
        actions.read_answers.push_back({event.ticket, shutting_down_error(), false});
    }
    void on(const MessageReceived&) const {}
    void on(const ForwardAnswered&) const {}
    void on(const ForwardDropped&) const {}
    void on(const WritesDone&) const {}
    void on(const BlockApplied&) const {}
    void on(const consensus::FetchResult&) const {}
    void on(const CheckpointCertified&) const {}
    void on(const SpaceChanged&) const {}
    void on(const BlockUnreadable&) const {}
    void on(const BlocksMended&) const {}
    void on(const Halted&) const {}
    void on(const LeadTransferAsked&) const {}
    void on(const ShutDown&) const {}
};

}  // namespace

Driver::Driver(consensus::RawNode core, const DriverConfig& config, Moment now)
    : config_(config),
      core_(std::move(core)),
      submissions_(config.block_bytes_max, config.incarnation, config.tick),
      next_tick_(now.steady),
      goal_since_(now.steady) {
    // What an earlier process left in the log may be committed yet.
    submissions_.on_append(core_.unapplied());
    // The restored core first says how far it may be applied: only then may it hear what was.
    drain();
}

void Driver::handle(Event event, Moment now) {
    if (stopped_) {
        std::visit([&](const auto& content) { AfterEnd{actions_}.on(content); }, event);
        return;
    }
    std::visit([&](auto&& content) { on(std::forward<decltype(content)>(content), now); },
               std::move(event));
}

Actions Driver::take_actions(Moment now) {
    if (!stopped_) {
        tick(now);
        ask_reads();
        move_submissions(now);
        drain();
        move_to(actions_.read_answers, reads_.settle(now.steady, applied_));
    }
    move_to(actions_.submission_answers, submissions_.take_answers());
    note_caught_up();
    return std::exchange(actions_, {});
}

void Driver::tick(Moment now) {
    if (now.steady < next_tick_) return;
    const bool slept = now.steady - next_tick_ > config_.tick * kTicksMadeUpMax;
    next_tick_ = (slept ? now.steady : next_tick_) + config_.tick;
    core_.tick(for_core(now));
    forward_blocked_ = false;
    throughput_.on_tick(config_.tick, submissions_.bytes() > 0);
    note_behind(now);
    propose_seal(now);
    submissions_.expire(now.steady);
}

void Driver::on(const MessageReceived& event, Moment now) {
    const Status stepped = core_.step(event.message, for_core(now), event.verdict);
    if (!stepped) {
        // Somebody should know: no correct node sends it.
        PeerFaults& faults = faults_[event.message.from];
        ++faults.count;
        faults.last = stepped.error().context;
    }
    drain();
}
void Driver::on(ForwardAnswered event, Moment now) {
    submissions_.on_forward_reply(event.from, std::move(event.reply), now.steady);
}
void Driver::on(ForwardDropped event, Moment) {
    submissions_.on_forward_dropped(event.id);
    forward_blocked_ = true;
}
/// Why it cannot even wait here.
std::optional<Error> Driver::refusal_of(const SubmissionArrived& event) const {
    if (mutated(Mutation::contradicted_answers)) return {};
    if (!halted_.empty()) return halted_error(halted_);
    if (!diverged_.empty()) return diverged_error(diverged_);
    if (event.on_record || submissions_.knows(event.digest)) return {};
    if (soft_.role != consensus::Role::leader) return {};
    // Half of the time that it is waited for: the rest is for agreeing, and for an honest answer.
    const std::uint64_t bound = std::max<std::uint64_t>(
        kBlocksAlways * config_.block_bytes_max, throughput_.bytes_in(config_.request_timeout / 2));
    if (submissions_.bytes() > 0 && submissions_.bytes() + event.bytes->size() > bound) {
        return overloaded_error(submissions_.bytes());
    }
    return {};
}
void Driver::on(SubmissionArrived event, Moment now) {
    if (const auto refused = refusal_of(event)) {
        actions_.submission_answers.push_back({event.ticket, *refused});
        return;
    }
    PendingSubmission pending;
    pending.ticket = event.ticket;
    pending.digest = event.digest;
    pending.bytes = std::move(event.bytes);
    pending.ids = std::move(event.ids);
    pending.wait = event.wait;
    pending.forwarded_to_us = event.forwarded_to_us;
    pending.deadline = now.steady + config_.request_timeout;
    if (event.on_record) {
        submissions_.add_recorded(pending, *event.on_record);
        return;
    }
    submissions_.add(std::move(pending));
}
void Driver::on(ReadArrived event, Moment now) {
    const bool answers = mutated(Mutation::contradicted_answers);
    if ((contradicted_ || !diverged_.empty()) && !answers) {
        const Error error = contradicted_ ? halted_error(halted_) : diverged_error(diverged_);
        actions_.read_answers.push_back({event.ticket, error, false});
        return;
    }
    // A confirmation normally takes a heartbeat; two election timeouts without one mean no quorum.
    const std::chrono::milliseconds patience =
        std::min(config_.tick * (config_.election_ticks * 2), config_.request_timeout);
    reads_.add(event.ticket, event.options, now.steady + patience,
               now.steady + config_.request_timeout);
}
void Driver::on(const WritesDone& event, Moment) {
    for (const std::uint64_t sequence : event.sequences) {
        unsynced_proposals_.erase(sequence);
        core_.on_append_done(sequence);
    }
    drain();
}
void Driver::on(BlockApplied event, Moment) {
    TALLY_CHECK(event.index >= applied_);
    applied_ = event.index;
    entry_count_ = event.entry_count;
    sealed_size_ = event.sealed_size;
    core_.on_apply_done(event.index);
    const std::uint64_t before = submissions_.bytes();
    submissions_.on_applied(event);
    throughput_.on_applied(before - submissions_.bytes());
}
void Driver::on(consensus::FetchResult event, Moment) {
    if (!event.problem.empty()) {
        unreadable_ = event.problem;
        on_condition();
    }
    core_.on_blocks_fetched(std::move(event));
    drain();
}
void Driver::on(CheckpointCertified event, Moment) { submissions_.on_certified(event.size); }
void Driver::on(SpaceChanged event, Moment) {
    read_only_ = std::move(event.read_only);
    on_condition();
}
void Driver::on(BlockUnreadable event, Moment) {
    if (!unreadable_.empty()) return;
    unreadable_ = std::move(event.problem);
    on_condition();
}
void Driver::on(BlocksMended, Moment) {
    unreadable_.clear();
    on_condition();
}
void Driver::on(Halted event, Moment) {
    halted_ = std::move(event.reason);
    on_condition();
    submissions_.fail_all(halted_error(halted_));
    if (!event.contradicted) return;
    contradicted_ = true;
    move_to(actions_.read_answers, reads_.fail_all(halted_error(halted_)));
}
void Driver::on(LeadTransferAsked event, Moment) {
    const Status begun = core_.transfer_leader(event.to);
    ++transfers_asked_;
    transfer_refused_ = begun ? "" : begun.error().context;
    drain();
}
void Driver::on(ShutDown, Moment) {
    submissions_.fail_all(shutting_down_error());
    move_to(actions_.read_answers, reads_.fail_all(shutting_down_error()));
    stopped_ = true;
}

/// What is wrong with this node changed: others lead better while anything is.
void Driver::on_condition() {
    core_.set_may_lead(may_propose() && unreadable_.empty());
    core_.set_has_room(read_only_.empty());
}

void Driver::note_behind(Moment now) {
    if (applied_ >= goal_) {
        goal_ = core_.network_commit();
        goal_since_ = now.steady;
    }
    behind_ = applied_ < goal_ &&
              now.steady - goal_since_ >= config_.tick * config_.election_ticks * kBehindTimeouts;
}

void Driver::drain() {
    while (core_.has_ready()) {
        consensus::Ready ready = core_.take_ready();
        for (const auto& found : ready.divergences) {
            if (found.committed) last_divergence_ = consensus::describe(found);
        }
        move_to(actions_.divergences, std::move(ready.divergences));
        if (ready.soft_state) on_soft_state(*ready.soft_state);
        move_to(actions_.messages, std::move(ready.messages));
        if (ready.append) note_append(std::move(*ready.append));
        if (ready.apply_to) actions_.apply_to = *ready.apply_to;
        for (const auto& state : ready.read_states) reads_.on_read_state(state);
        move_to(actions_.fetches, std::move(ready.fetches));
    }
}

void Driver::note_append(consensus::AppendTask task) {
    const std::uint64_t sequence = task.sequence;
    if (soft_.role == consensus::Role::leader && !task.write.blocks.empty()) {
        unsynced_proposals_.insert(sequence);
    }
    submissions_.on_append(task.write.blocks);
    actions_.appends.push_back(std::move(task));
    if (mutated(Mutation::written_at_once)) core_.on_append_done(sequence);
}

void Driver::on_soft_state(const consensus::SoftState& soft) {
    const consensus::SoftState before = std::exchange(soft_, soft);
    diverged_ = soft.diverged.value == 0 ? "" : last_divergence_;
    if (!diverged_.empty() && before.diverged.value == 0) {
        move_to(actions_.read_answers, reads_.fail_all(diverged_error(diverged_)));
        submissions_.refuse_waiting(diverged_error(diverged_));
    }
    if (before.leader == soft.leader && before.term == soft.term) return;
    submissions_.on_leader_change();
    if (!mutated(Mutation::seal_place_kept)) seal_proposed_ = consensus::Index{};
    if (soft.role == consensus::Role::leader) ++elections_;
}

void Driver::ask_reads() {
    const auto context = reads_.begin_round();
    if (context && !core_.read_index(*context)) reads_.on_refused(*context);
}

void Driver::move_submissions(Moment now) {
    if (submissions_.waiting() == 0) return;
    if (soft_.role == consensus::Role::leader) {
        if (!may_propose() && !mutated(Mutation::full_proposes)) {
            submissions_.refuse_waiting(storage_full_error(config_.name, config_.free_bytes_min));
            return;
        }
        if (!core_.majority_has_room()) {
            submissions_.refuse_waiting(majority_full_error());
            return;
        }
        const bool unbounded = mutated(Mutation::unsynced_unbounded);
        if (unsynced_proposals_.size() >= kUnsyncedMax && !unbounded) return;
        const auto batch = submissions_.next_batch();
        const consensus::Proposal proposal{consensus::BlockKind::submissions, batch->payload};
        const auto place = core_.propose({&proposal, 1}, for_core(now));
        // Busy, or no leader any more: they wait on.
        if (place) submissions_.on_proposed(*batch, *place);
    } else if (soft_.leader != consensus::kNobody && soft_.leader != config_.id) {
        if (!forward_blocked_)
            move_to(actions_.forwards, submissions_.forward_waiting(soft_.leader, now.steady));
    } else {
        submissions_.refuse_forwarded("not the leader any more");
    }
}

void Driver::propose_seal(Moment now) {
    if (soft_.role != consensus::Role::leader || now.steady < next_seal_) return;
    const bool waits = !mutated(Mutation::seals_overlap);
    if (applied_ < seal_proposed_ && waits) return;  // one at a time
    const bool fresh = entry_count_ > sealed_size_ || mutated(Mutation::seals_idle);
    if (!fresh || !may_propose() || !core_.majority_has_room()) return;
    const consensus::Proposal seal{consensus::BlockKind::seal, share(Bytes{1})};
    const auto place = core_.propose({&seal, 1}, for_core(now));
    if (!place) return;
    seal_proposed_ = place->first;
    next_seal_ = now.steady + config_.seal_interval;
}

/// A leader's first word says how far the network is. Before that much is applied here, what this
/// node has may be as old as the time since it last heard one is long.
void Driver::note_caught_up() {
    if (soft_.leader == consensus::kNobody) {
        caught_up_ = false;
        catch_up_to_ = consensus::Index{};
        return;
    }
    if (catch_up_to_.value == 0) catch_up_to_ = core_.network_commit();
    caught_up_ = caught_up_ || (catch_up_to_.value > 0 && applied_ >= catch_up_to_);
}

DriverView Driver::view() const {
    DriverView view;
    view.soft = soft_;
    view.last_index = core_.last_index();
    view.progress = core_.progress();
    view.ready = caught_up_ && soft_.leader != consensus::kNobody && !behind_ &&
                 diverged_.empty() && !soft_.recovering;
    view.network_commit = core_.network_commit();
    view.behind = behind_;
    view.diverged = diverged_;
    view.unreadable = unreadable_;
    view.elections = elections_;
    view.read_only = read_only_;
    view.halted = halted_;
    view.transfers_asked = transfers_asked_;
    view.transfer_refused = transfer_refused_;
    view.faults = faults_;
    return view;
}

}  // namespace tally::node::driver
