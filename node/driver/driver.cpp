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
/// Ticks that a process may have slept through and still make up for.
constexpr int kTicksMadeUpMax = 10;

template <typename T>
void move_to(std::vector<T>& target, std::vector<T> more) {
    target.insert(target.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
}

}  // namespace

Driver::Driver(consensus::RawNode core, const DriverConfig& config, Moment now)
    : config_(config),
      core_(std::move(core)),
      submissions_(config.block_bytes_max, config.incarnation),
      next_tick_(now.steady) {
    // The restored core first says how far it may be applied: only then may it hear what was.
    drain();
}

void Driver::handle(Event event, Moment now) {
    if (stopped_) {
        // Whoever comes after the end is answered as well: a ticket is never lost.
        if (auto* read = std::get_if<ReadArrived>(&event)) {
            actions_.read_answers.push_back({read->ticket, shutting_down_error(), false});
        } else if (auto* submission = std::get_if<SubmissionArrived>(&event)) {
            actions_.submission_answers.push_back({submission->ticket, shutting_down_error()});
        }
        return;
    }
    std::visit([&](auto&& content) { on(std::move(content), now); }, std::move(event));
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
    core_.tick(now.wall);
    forward_blocked_ = false;
    propose_seal(now);
    submissions_.expire(now.steady);
}

void Driver::on(MessageReceived event, Moment now) {
    const Status stepped = core_.step(event.message, now.wall, event.verdict);
    if (!stepped) {
        // It changed nothing, but somebody should know: no correct node sends it.
        ++messages_refused_;
        last_refused_ = "from node " + std::to_string(event.message.from.value) + ": " +
                        stepped.error().context;
    }
    drain();
}
void Driver::on(ForwardAnswered event, Moment) {
    submissions_.on_forward_reply(event.from, std::move(event.reply));
}
void Driver::on(ForwardDropped event, Moment) {
    submissions_.on_forward_dropped(event.id);
    forward_blocked_ = true;
}
void Driver::on(SubmissionArrived event, Moment now) {
    if (!halted_.empty()) {
        actions_.submission_answers.push_back({event.ticket, halted_error(halted_)});
        return;
    }
    PendingSubmission pending;
    pending.ticket = event.ticket;
    pending.bytes = std::move(event.bytes);
    pending.ids = std::move(event.ids);
    pending.wait = event.wait;
    pending.forwarded_to_us = event.forwarded_to_us;
    pending.deadline = now.steady + config_.request_timeout;
    submissions_.add(std::move(pending));
}
void Driver::on(ReadArrived event, Moment now) {
    if (contradicted_) {
        actions_.read_answers.push_back({event.ticket, halted_error(halted_), false});
        return;
    }
    // A confirmation normally takes a heartbeat; two election timeouts without one mean no quorum.
    const std::chrono::milliseconds patience =
        std::min(config_.tick * (config_.election_ticks * 2), config_.request_timeout);
    reads_.add(event.ticket, event.options, now.steady + patience,
               now.steady + config_.request_timeout);
}
void Driver::on(WritesDone event, Moment) {
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
    submissions_.on_applied(event);
}
void Driver::on(consensus::FetchResult event, Moment) {
    core_.on_blocks_fetched(std::move(event));
    drain();
}
void Driver::on(CheckpointCertified event, Moment) { submissions_.on_certified(event.size); }
void Driver::on(SpaceChanged event, Moment) { read_only_ = std::move(event.read_only); }
void Driver::on(Halted event, Moment) {
    halted_ = std::move(event.reason);
    submissions_.fail_all(halted_error(halted_));
    if (!event.contradicted) return;
    contradicted_ = true;
    move_to(actions_.read_answers, reads_.fail_all(halted_error(halted_)));
}
void Driver::on(ShutDown, Moment) {
    submissions_.fail_all(shutting_down_error());
    move_to(actions_.read_answers, reads_.fail_all(shutting_down_error()));
    stopped_ = true;
}

void Driver::drain() {
    while (core_.has_ready()) {
        consensus::Ready ready = core_.take_ready();
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
    actions_.appends.push_back(std::move(task));
    if (mutated(Mutation::written_at_once)) core_.on_append_done(sequence);
}

void Driver::on_soft_state(const consensus::SoftState& soft) {
    const consensus::SoftState before = std::exchange(soft_, soft);
    if (before.leader == soft.leader && before.term == soft.term) return;
    submissions_.on_leader_change();
    seal_proposed_ = consensus::Index{};
    if (soft.role == consensus::Role::leader) ++elections_;
}

void Driver::ask_reads() {
    const auto context = reads_.begin_round();
    if (context && !core_.read_index(*context)) reads_.on_refused(*context);
}

void Driver::move_submissions(Moment now) {
    if (submissions_.waiting() == 0) return;
    if (soft_.role == consensus::Role::leader) {
        if (!may_propose()) {
            submissions_.refuse_waiting(storage_full_error(config_.free_bytes_min));
            return;
        }
        if (unsynced_proposals_.size() >= kUnsyncedMax) return;
        const auto batch = submissions_.next_batch();
        const consensus::Proposal proposal{consensus::BlockKind::submissions, batch->payload};
        const auto place = core_.propose({&proposal, 1}, now.wall);
        // Busy, or no leader any more: they wait on.
        if (place) submissions_.on_proposed(*batch, *place);
    } else if (soft_.leader != consensus::kNobody && soft_.leader != config_.id) {
        if (!forward_blocked_)
            move_to(actions_.forwards, submissions_.forward_waiting(soft_.leader));
    } else {
        submissions_.refuse_forwarded("not the leader any more");
    }
}

void Driver::propose_seal(Moment now) {
    if (soft_.role != consensus::Role::leader || now.steady < next_seal_) return;
    if (applied_ < seal_proposed_) return;  // one at a time
    if (entry_count_ <= sealed_size_ || !may_propose()) return;
    const consensus::Proposal seal{consensus::BlockKind::seal, share(Bytes{1})};
    const auto place = core_.propose({&seal, 1}, now.wall);
    if (!place) return;
    seal_proposed_ = place->first;
    next_seal_ = now.steady + config_.seal_interval;
}

void Driver::note_caught_up() {
    caught_up_ = caught_up_ || (soft_.leader != consensus::kNobody && soft_.commit.value > 0 &&
                                applied_ >= soft_.commit);
}

DriverView Driver::view() const {
    DriverView view;
    view.soft = soft_;
    view.last_index = core_.last_index();
    view.progress = core_.progress();
    view.ready = caught_up_ && soft_.leader != consensus::kNobody;
    view.elections = elections_;
    view.read_only = read_only_;
    view.halted = halted_;
    view.messages_refused = messages_refused_;
    view.last_refused = last_refused_;
    return view;
}

}  // namespace tally::node::driver
