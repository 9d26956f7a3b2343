// What the caller has to do, and what follows when it is done. The rule behind this file: whatever
// another node may rely on leaves only after the state that it speaks of is durable here. Such a
// message goes along with the write that makes it true, or waits for one that is on its way.

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "consensus/core.h"
#include "consensus/mutation.h"

namespace tally::consensus {

void RawNode::Core::send(NodeId to, Term term, MessageBody body) {
    messages_.push_back({config_.id, to, term, incarnation_, std::move(body), recovering_});
}

bool RawNode::Core::hard_state_unwritten() const {
    return term_ != written_term_ || vote_ != written_vote_;
}

void RawNode::Core::send_when_durable(NodeId to, MessageBody body, Index covered) {
    Message message{config_.id, to, term_, incarnation_, std::move(body), recovering_};
    if (mutated(Mutation::early_acknowledgement)) {
        messages_.push_back(std::move(message));
        return;
    }
    if (hard_state_unwritten() || covered > log_.written()) {
        release_.push_back(std::move(message));
        return;
    }
    const std::uint64_t sequence = std::max(hard_sequence_, log_.sequence_covering(covered));
    if (sequence <= durable_sequence_) {
        messages_.push_back(std::move(message));
    } else {
        held_.push_back({sequence, std::move(message)});
    }
}

std::optional<Index> RawNode::Core::apply_target() const {
    const bool early = mutated(Mutation::apply_before_durable);
    const Index target = early ? log_.commit() : std::min(log_.commit(), log_.durable());
    if (target <= apply_offered_) return std::nullopt;
    return target;
}

bool RawNode::Core::has_ready() const {
    return round_wanted_ || !messages_.empty() || hard_state_unwritten() || log_.has_unwritten() ||
           may_end_recovering() || apply_target() || !read_states_.empty() || !fetches_.empty() ||
           !divergences_.empty() || soft_state() != shown_;
}

Ready RawNode::Core::take_ready() {
    if (round_wanted_) broadcast_heartbeats();
    Ready ready;
    ready.messages = std::exchange(messages_, {});
    const bool ends = may_end_recovering();
    if (ends || hard_state_unwritten() || log_.has_unwritten() || !release_.empty()) {
        AppendTask task;
        task.sequence = ++sequence_;
        if (hard_state_unwritten()) hard_sequence_ = sequence_;
        task.write.blocks = log_.start_write(sequence_);
        task.write.hard_state = {term_, vote_, log_.commit()};
        if (mutated(Mutation::term_not_stored)) task.write.hard_state.term = durable_term_;
        if (mutated(Mutation::commit_hint_ahead)) task.write.hard_state.commit = log_.last();
        if (mutated(Mutation::vote_twice_crash)) task.write.hard_state.vote = kNobody;
        task.write.ends_recovering = ends;
        ending_ = ending_ || ends;
        task.release = std::exchange(release_, {});
        writing_.push_back({sequence_, term_, vote_, ticks_, ends});
        written_term_ = term_;
        written_vote_ = vote_;
        ready.append = std::move(task);
    }
    ready.apply_to = apply_target();
    if (ready.apply_to) apply_offered_ = *ready.apply_to;
    ready.read_states = std::exchange(read_states_, {});
    ready.fetches = std::exchange(fetches_, {});
    ready.divergences = std::exchange(divergences_, {});
    if (const SoftState now = soft_state(); now != shown_) {
        shown_ = now;
        ready.soft_state = now;
    }
    check_invariants();
    return ready;
}

void RawNode::Core::on_append_done(std::uint64_t sequence) {
    TALLY_CHECK(sequence <= sequence_);
    while (!writing_.empty() && writing_.front().sequence <= sequence) {
        durable_term_ = writing_.front().term;
        durable_vote_ = writing_.front().vote;
        if (writing_.front().ends_recovering) recovering_ = ending_ = false;
        writing_.pop_front();
    }
    durable_sequence_ = std::max(durable_sequence_, sequence);
    log_.finish_write(sequence);
    while (!held_.empty() && held_.front().sequence <= durable_sequence_) {
        messages_.push_back(std::move(held_.front().message));
        held_.pop_front();
    }
    if (role_ == Role::candidate && durable_term_ == term_ && durable_vote_ == config_.id) {
        record_vote(config_.id, true);
    } else if (role_ == Role::leader) {
        maybe_commit();
    }
    finish();
}

void RawNode::Core::on_apply_done(Index applied) {
    TALLY_CHECK(applied <= apply_offered_);
    log_.apply_to(applied);
    finish();
}

}  // namespace tally::consensus
