// The frame of the core: starting, time, and the rules of Raft's figure 2 that hold for every
// message. What a role does with it is in election.cpp, follower.cpp, leader.cpp, replies.cpp and
// reading.cpp; what the caller has to do is gathered in ready.cpp.

#include "consensus/core.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace tally::consensus {

RawNode::Core::Core(Config config, PersistedState state, Index applied, std::uint64_t seed,
                    std::uint64_t incarnation)
    : config_(std::move(config)),
      incarnation_(incarnation),
      random_(seed),
      log_(state.base, std::move(state.tail), state.hard_state.commit, applied),
      term_(state.hard_state.term),
      vote_(state.hard_state.vote),
      written_term_(term_),
      written_vote_(vote_),
      durable_term_(term_),
      durable_vote_(vote_),
      forwarded_(incarnation),
      apply_offered_(applied) {
    for (NodeId voter : config_.voters) {
        if (voter == config_.id) continue;
        peers_.push_back(voter);
        follow_[voter].id = voter;
    }
    std::sort(peers_.begin(), peers_.end());
    reset_timeout();
}

bool RawNode::Core::is_voter(NodeId id) const {
    return std::find(config_.voters.begin(), config_.voters.end(), id) != config_.voters.end();
}

void RawNode::Core::tick(Millis now) {
    now_ = now;
    ++ticks_;
    ++elapsed_ticks_;
    if (leader_silent_ticks_ < config_.election_ticks) ++leader_silent_ticks_;
    for (std::uint64_t context : forwarded_.take_expired(ticks_)) {
        read_states_.push_back({context, false, Index(0)});
    }
    if (role_ == Role::leader) {
        tick_leader();
    } else {
        tick_follower();
    }
    finish();
}

void RawNode::Core::tick_leader() {
    for (auto& [id, peer] : follow_) {
        ++peer.silent_ticks;
        ++peer.quiet_ticks;
        if (peer.pause_ticks > 0) --peer.pause_ticks;
    }
    stalled_ticks_ = log_.last() > log_.commit() ? stalled_ticks_ + 1 : 0;
    if (must_step_down()) {
        become_follower(term_, kNobody);
        return;
    }
    if (++heartbeat_elapsed_ticks_ < config_.heartbeat_ticks) return;
    broadcast_heartbeats();
    for (auto& [id, peer] : follow_) chase(peer);
}

void RawNode::Core::tick_follower() {
    // Alone there is nobody to wait for.
    const bool alone = peers_.empty() && role_ == Role::follower;
    if (!alone && elapsed_ticks_ < timeout_ticks_) return;
    // A candidate whose own vote is not durable yet cannot win; another term would not help it.
    if (role_ == Role::candidate && durable_term_ < term_) return;
    campaign_pre_vote();
}

Status RawNode::Core::step(const Message& message, Millis now, const PolicyVerdict& verdict) {
    if (Status status = validate(message); !status) return status;
    now_ = now;
    if (enter_term(message)) dispatch(message, verdict);
    finish();
    return {};
}

bool RawNode::Core::enter_term(const Message& message) {
    const auto* request = std::get_if<VoteRequest>(&message.body);
    const auto* reply = std::get_if<VoteReply>(&message.body);
    if (message.term > term_) {
        // Raft thesis, section 4.2.3: who hears a leader does not let others disturb it. The
        // leader itself is released by CheckQuorum when it has lost its followers.
        if (request != nullptr && hears_leader()) return false;
        if (request != nullptr && request->pre_vote) return true;
        if (reply != nullptr && reply->pre_vote && reply->granted) return true;
        const bool leads = std::holds_alternative<AppendRequest>(message.body) ||
                           std::holds_alternative<Heartbeat>(message.body);
        become_follower(message.term, leads ? message.from : kNobody);
        return true;
    }
    if (message.term < term_) {
        // A refused pre-vote carries the voter's own term, which may be lower than ours.
        if (reply != nullptr && reply->pre_vote && !reply->granted) return true;
        answer_stale(message);
        return false;
    }
    return true;
}

void RawNode::Core::answer_stale(const Message& message) {
    // Silence would lock out both sides: a leader of an older term would never learn why it is not
    // answered, and with PreVote this node could not raise anybody's term either.
    if (const auto* append = std::get_if<AppendRequest>(&message.body)) {
        AppendReply reply;
        reply.refusal = Refusal::log_mismatch;
        reply.refused_index = append->previous_index;
        send(message.from, std::move(reply));
    } else if (std::holds_alternative<Heartbeat>(message.body)) {
        send(message.from, HeartbeatReply{0, now_});
    } else if (const auto* request = std::get_if<VoteRequest>(&message.body)) {
        send(message.from, VoteReply{request->pre_vote, false, now_});
    } else if (const auto* read = std::get_if<ReadRequest>(&message.body)) {
        send(message.from, ReadReply{read->context, false, Index(0)});
    }
}

void RawNode::Core::dispatch(const Message& message, const PolicyVerdict& verdict) {
    if (const auto* request = std::get_if<VoteRequest>(&message.body)) {
        on_vote_request(message, *request);
    } else if (const auto* vote = std::get_if<VoteReply>(&message.body)) {
        on_vote_reply(message, *vote);
    } else if (const auto* append = std::get_if<AppendRequest>(&message.body)) {
        on_append_request(message, *append, verdict);
    } else if (const auto* appended = std::get_if<AppendReply>(&message.body)) {
        on_append_reply(message, *appended);
    } else if (const auto* heartbeat = std::get_if<Heartbeat>(&message.body)) {
        on_heartbeat(message, *heartbeat);
    } else if (const auto* heard = std::get_if<HeartbeatReply>(&message.body)) {
        on_heartbeat_reply(message, *heard);
    } else if (const auto* read = std::get_if<ReadRequest>(&message.body)) {
        on_read_request(message, *read);
    } else if (const auto* answer = std::get_if<ReadReply>(&message.body)) {
        on_read_reply(message, *answer);
    }
}

/// Ends every call that may have changed something: sends what the new state allows.
void RawNode::Core::finish() {
    if (role_ == Role::leader) {
        for (auto& [id, peer] : follow_) {
            send_appends(peer);
            // A commit that no append carries is told at once: followers apply without delay.
            if (std::min(log_.commit(), peer.match) > peer.commit_sent) send_heartbeat(peer);
        }
    }
    log_.trim(config_.cache_bytes_max);
    check_invariants();
}

SoftState RawNode::Core::soft_state() const { return {role_, leader_, term_, log_.commit()}; }

std::vector<ProgressView> RawNode::Core::progress() const {
    std::vector<ProgressView> result;
    if (role_ != Role::leader) return result;
    for (const auto& [id, peer] : follow_) {
        ProgressView view;
        view.id = id;
        view.match = peer.match;
        view.active = peer.silent_ticks < config_.election_ticks;
        view.silent_ticks = peer.silent_ticks;
        view.last_refusal = peer.refusal;
        view.last_reason = peer.reason;
        result.push_back(std::move(view));
    }
    return result;
}

void RawNode::Core::check_invariants() const {
    log_.check_invariants();
    TALLY_CHECK(log_.last_tip().term <= term_);
    TALLY_CHECK(durable_term_ <= written_term_ && written_term_ <= term_);
    TALLY_CHECK((role_ == Role::leader) == (leader_ == config_.id));
    TALLY_CHECK(apply_offered_ <= log_.commit());
    TALLY_CHECK(verified_ <= log_.last());
    if (role_ == Role::leader) {
        TALLY_CHECK(led_term_ == term_ && vote_ == config_.id);
        TALLY_CHECK(durable_term_ == term_);
        TALLY_CHECK(log_.last() >= term_start_ && log_.term_at(log_.last()) == term_);
        for (const auto& [id, peer] : follow_) {
            peer.check_invariants();
            TALLY_CHECK(peer.match <= log_.last() && peer.next <= log_.last().next());
        }
    } else {
        TALLY_CHECK(reads_.size() == 0);
    }
}

}  // namespace tally::consensus
