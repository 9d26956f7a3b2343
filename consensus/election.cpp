// Elections: Raft, section 5.2, with PreVote (thesis, section 9.6) and CheckQuorum. A pre-vote asks
// whether an election could be won and changes nothing at the voter, so that a node that was cut
// off does not disturb the others by its high term when it returns.

#include <utility>

#include "base/check.h"
#include "consensus/core.h"
#include "consensus/mutation.h"

namespace tally::consensus {

void RawNode::Core::reset_timeout() {
    elapsed_ticks_ = 0;
    timeout_ticks_ =
        config_.election_ticks + static_cast<std::uint32_t>(random_.below(config_.election_ticks));
    if (mutated(Mutation::no_random_timeouts)) timeout_ticks_ = config_.election_ticks;
}

bool RawNode::Core::hears_leader() const {
    if (role_ == Role::leader) return true;
    if (resigned_) return false;
    return leader_ != kNobody && leader_silent_ticks_ < config_.election_ticks;
}

void RawNode::Core::become_follower(Term term, NodeId leader) {
    TALLY_CHECK(term >= term_);
    const bool led = role_ == Role::leader;
    if (term > term_) {
        term_ = term;
        vote_ = kNobody;
        if (!mutated(Mutation::verified_kept)) verified_ = Index(0);
        heard_commit_ = Index(0);
        recovered_by_ = Index(0);
        resigned_ = false;
        // Answers of an older term that have not left say nothing to anybody any more.
        if (!mutated(Mutation::held_kept)) release_.clear();
        if (!mutated(Mutation::held_kept)) held_.clear();
    } else if (mutated(Mutation::vote_twice_stepping)) {
        vote_ = kNobody;
    }
    role_ = Role::follower;
    transfer_.reset();
    if (leader != leader_ && !mutated(Mutation::reads_kept)) deny_reads();
    leader_ = leader;
    leader_silent_ticks_ = 0;
    votes_.clear();
    round_wanted_ = false;
    reset_timeout();
    // Who could not lead lets the others try first.
    if (led) timeout_ticks_ = 2 * config_.election_ticks;
}

void RawNode::Core::hear_leader(NodeId leader) {
    TALLY_CHECK(role_ != Role::leader);
    makes_way_ = false;
    if (role_ != Role::follower || leader_ != leader) become_follower(term_, leader);
    leader_silent_ticks_ = 0;
    elapsed_ticks_ = 0;
}

void RawNode::Core::campaign_pre_vote() {
    TALLY_CHECK(role_ != Role::leader);
    role_ = Role::pre_candidate;
    leader_ = kNobody;
    deny_reads();
    votes_.clear();
    reset_timeout();
    if (mutated(Mutation::no_pre_vote)) return campaign();
    ask_votes(true, term_.next());
    record_vote(config_.id, true);
}

void RawNode::Core::campaign() {
    TALLY_CHECK(role_ == Role::pre_candidate);
    become_follower(term_.next(), kNobody);
    role_ = Role::candidate;
    vote_ = config_.id;
    // The request leaves, and the own vote counts, when term and vote are durable: see
    // on_append_done.
    ask_votes(false, term_);
}

void RawNode::Core::ask_votes(bool pre_vote, Term term) {
    const ChainTip tip = log_.last_tip();
    for (NodeId peer : peers_) {
        const VoteRequest request{
            .pre_vote = pre_vote, .last_index = tip.index, .last_term = tip.term};
        if (pre_vote || mutated(Mutation::vote_request_early)) {
            send(peer, term, request);
        } else {
            send_when_durable(peer, request, Index(0));
        }
    }
}

bool RawNode::Core::up_to_date(const VoteRequest& request) const {
    // Raft, section 5.4.1: the later last term is the more up-to-date log, then the longer one.
    if (mutated(Mutation::vote_any_log)) return true;
    const ChainTip tip = log_.last_tip();
    if (request.last_term != tip.term) return request.last_term > tip.term;
    return request.last_index >= tip.index;
}

void RawNode::Core::on(const Message& message, const VoteRequest& request) {
    if (request.pre_vote) {
        const bool hears = hears_leader() && !mutated(Mutation::pre_vote_disturbs);
        const bool could_win = up_to_date(request) || mutated(Mutation::pre_vote_any_log);
        const bool granted = may_grant() && message.term > term_ && !hears && could_win;
        // Who has forgotten everything has no term to tell.
        if (!granted && term_ == Term(0)) return;
        // A granted pre-vote answers for the term asked for, a refused one tells the own term.
        send(message.from, granted ? message.term : term_,
             VoteReply{.pre_vote = true, .granted = granted, .clock = now_});
        return;
    }
    bool free = vote_ == kNobody || vote_ == message.from;
    free = free || (mutated(Mutation::former_candidate_votes) && vote_ == config_.id);
    free = free || mutated(Mutation::vote_always_free);
    const bool granted = may_grant() && free && leader_ == kNobody && up_to_date(request);
    if (!granted) {
        send(message.from, VoteReply{.pre_vote = false, .granted = false, .clock = now_});
        return;
    }
    TALLY_CHECK(role_ != Role::leader);
    if (role_ != Role::follower) become_follower(term_, kNobody);
    vote_ = message.from;
    elapsed_ticks_ = 0;
    send_when_durable(message.from, VoteReply{.pre_vote = false, .granted = true, .clock = now_},
                      Index(0));
}

void RawNode::Core::on(const Message& message, const VoteReply& reply) {
    note_clock(message.from, reply.clock);
    if (reply.pre_vote) {
        if (role_ != Role::pre_candidate) return;
        if (reply.granted && message.term != term_.next()) return;
    } else if (role_ != Role::candidate) {
        return;
    }
    record_vote(message.from, reply.granted);
}

void RawNode::Core::record_vote(NodeId from, bool granted) {
    votes_.emplace(from, granted);  // the first answer stands
    std::size_t yes = 0;
    for (const auto& [voter, answer] : votes_) yes += answer ? 1 : 0;
    const VoteResult result = majority_vote(config_.voters.size(), yes, votes_.size() - yes);
    if (result == VoteResult::pending) return;
    if (result == VoteResult::lost) {
        become_follower(term_, kNobody);
    } else if (role_ == Role::pre_candidate) {
        campaign();
    } else if (durable_term_ == term_ || mutated(Mutation::own_vote_early)) {
        // Answers of the others may overtake the news that the own vote is durable.
        become_leader();
    }
}

void RawNode::Core::become_leader() {
    TALLY_CHECK(role_ == Role::candidate && vote_ == config_.id);
    TALLY_CHECK(durable_term_ == term_ && led_term_ < term_);
    role_ = Role::leader;
    leader_ = config_.id;
    led_term_ = term_;
    makes_way_ = false;
    votes_.clear();
    heartbeat_elapsed_ticks_ = 0;
    stalled_ticks_ = 0;
    verified_ = Index(0);
    for (auto& [id, peer] : follow_) peer.start(log_.last().next());
    // Raft, section 8: only a block of the own term tells how far the earlier ones are committed.
    term_start_ = log_.last().next();
    append_own(BlockKind::noop, share({}), block_time());
    broadcast_heartbeats();
}

}  // namespace tally::consensus
