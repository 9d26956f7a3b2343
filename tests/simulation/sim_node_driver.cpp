// The driver's thread of a node: its turns, what each asks for, and what a client gets.

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/check.h"
#include "ledger/submission.h"
#include "node/driver/admission.h"
#include "tests/simulation/sim_node.h"

namespace tally::simulation {

using consensus::Block;
using consensus::Index;
using consensus::Message;
using node::driver::Actions;

namespace {

constexpr std::size_t kQueueBytesMax = 1 << 20;

}  // namespace

void SimNode::tell(Event event) {
    watch_->on_wall(moment().wall);
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
    watch_->on_wall(moment().wall);
    Actions actions = driver_->take_actions(moment());
    if (std::exchange(next_tick_, driver_->next_tick()) != driver_->next_tick()) watch_->on_tick();
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
        world_.trace(id(), [&] {
            const char* roles[] = {"follower", "pre-candidate", "candidate", "leader"};
            return std::string(roles[static_cast<int>(soft.role)]) + " term " +
                   std::to_string(soft.term.value) + " commit " +
                   std::to_string(soft.commit.value) + " last " +
                   std::to_string(driver_->core().last_index().value);
        });
    }
    for (const auto& followed : driver_->core().progress()) {
        const bool known = followed.forgotten.value == 0 || world_.is_forgetful(followed.id) ||
                           world_.oracles().is_liar(id());
        if (!known) world_.oracles().fail("an honest disk is accused");
    }
    for (const auto& [peer, faults] : driver_->view().faults) {
        if (world_.oracles().is_liar(peer)) continue;
        world_.oracles().fail("an honest message is refused: " + faults.last);
    }
    watch_->on_turn(driver_->core());
    world_.watch(id());
}

void SimNode::send(const Message& message) {
    world_.trace(id(),
                 [&] { return ">" + std::to_string(message.to.value) + " " + words_of(message); });
    world_.oracles().on_send(message, log_);
    watch_->on_sent(message);
    world_.transmit(message);
}

void SimNode::perform(Actions actions) {
    note_divergences(actions);
    for (const Message& message : actions.messages) send(message);
    for (const auto& forward : actions.forwards) {
        if (world_.chance(3)) {
            tell(node::driver::ForwardDropped{forward.request.id});
            continue;
        }
        check_forward(*forward.request.submission);
        world_.carry(id(), forward.to, [from = id(), request = forward.request](SimNode& leader) {
            leader.receive(from, request);
        });
    }
    for (auto& task : actions.appends) {
        check_proposals(task);
        watch_->on_append(task, driver_->core(), log_, applying_->applied());
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

/// Only a liar contradicts what is committed, each time it is told, and kept as evidence.
void SimNode::note_divergences(const Actions& actions) {
    for (const auto& found : actions.divergences) {
        if (!world_.oracles().is_liar(found.from)) {
            world_.oracles().fail("honest nodes contradict each other: " +
                                  consensus::describe(found));
        }
        if (!found.committed) continue;
        const storage::Evidence evidence{
            moment().wall, storage::BlockConflict{static_cast<std::uint32_t>(found.from.value),
                                                  found.index.value, found.own, found.other}};
        TALLY_CHECK(log_.keep_evidence(evidence).has_value());
        world_.oracles().on_block_conflict(id(), found);
    }
    if (std::exchange(divergence_due_, false) && actions.divergences.empty()) {
        world_.oracles().fail("a contradiction of what is committed is not told");
    }
}

/// What another node forwarded here goes no further: else it would go in circles.
void SimNode::check_forward(ByteView submission) {
    if (asked_here_.contains(node::driver::submission_digest(submission))) return;
    world_.oracles().fail("what was forwarded here is forwarded once more");
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
        const bool confirmed = confirmed_.erase(given.ticket) > 0 && given.status && !given.stale;
        if (confirmed && (contradicted_ || driver_->core().soft_state().diverged.value > 0)) {
            world_.oracles().fail("a contradicted node answers a read");
        }
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
    if (!forwarded_to_us) asked_here_.insert(arrived.digest);
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
    if (options.confirm) confirmed_.insert(ticket);
    tell(node::driver::ReadArrived{ticket, options});
}

}  // namespace tally::simulation
