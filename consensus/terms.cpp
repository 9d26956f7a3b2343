// What the term of a message does before a role looks at what it says: the rules of Raft's figure 2
// for all servers, with what PreVote and CheckQuorum make of them. One case per kind of message,
// and none for "any other": a new kind does not compile until its place is decided here.

#include <variant>

#include "base/check.h"
#include "consensus/core.h"
#include "consensus/mutation.h"

namespace tally::consensus {

/// What a message of a later term than this node's asks for.
enum class RawNode::Core::LaterTerm {
    ignore,        ///< neither the term nor what is said counts
    stay,          ///< what is said is looked at, in the own term
    enter,         ///< the own term ends; nobody is known to lead the new one
    enter_behind,  ///< the own term ends, and the sender leads the new one
};

struct RawNode::Core::OfLaterTerm {
    const Core& core;

    LaterTerm operator()(const VoteRequest& request) const {
        // Raft thesis, section 4.2.3: who hears a leader does not let others disturb it. The
        // leader itself is released by CheckQuorum when it has lost its followers.
        const bool disturbed = request.pre_vote ? mutated(Mutation::pre_vote_disturbs)
                                                : mutated(Mutation::vote_disturbs);
        if (core.hears_leader() && !disturbed) return LaterTerm::ignore;
        return request.pre_vote ? LaterTerm::stay : LaterTerm::enter;
    }
    LaterTerm operator()(const VoteReply& reply) const {
        // A granted pre-vote answers for the term that was asked for, which nobody has entered.
        return reply.pre_vote && reply.granted ? LaterTerm::stay : LaterTerm::enter;
    }
    LaterTerm operator()(const AppendRequest&) const { return LaterTerm::enter_behind; }
    LaterTerm operator()(const Heartbeat&) const { return LaterTerm::enter_behind; }
    LaterTerm operator()(const AppendReply&) const { return LaterTerm::enter; }
    LaterTerm operator()(const HeartbeatReply&) const { return LaterTerm::enter; }
    LaterTerm operator()(const ReadRequest&) const { return LaterTerm::enter; }
    LaterTerm operator()(const ReadReply&) const { return LaterTerm::enter; }
};

/// A message of an earlier term than this node's: true if what it says is looked at all the same.
/// Requests are answered with the own term. Silence would lock out both sides: a leader of an older
/// term would never learn why it is not answered, and with PreVote this node could not raise
/// anybody's term either.
struct RawNode::Core::OfEarlierTerm {
    Core& core;
    NodeId from;

    bool operator()(const VoteRequest& request) const {
        core.send(from,
                  VoteReply{.pre_vote = request.pre_vote, .granted = false, .clock = core.now_});
        return false;
    }
    bool operator()(const VoteReply& reply) const {
        // A refused pre-vote carries the voter's own term, which may be lower than this node's.
        if (!reply.pre_vote) return mutated(Mutation::old_vote_replies);
        return !reply.granted;
    }
    bool operator()(const AppendRequest& request) const {
        if (mutated(Mutation::old_appends)) return true;
        if (mutated(Mutation::late_answer_accuses)) {
            core.send(from, AppendReply{.refusal = Refusal::log_mismatch,
                                        .match = {},
                                        .refused_index = request.previous_index,
                                        .hint_index = {},
                                        .hint_term = {},
                                        .reason = {}});
            return false;
        }
        // Not a refusal: whoever leads the present term would take it for one of its own append.
        core.send(from, core.answer(0));
        return false;
    }
    bool operator()(const Heartbeat&) const {
        if (mutated(Mutation::old_heartbeats)) return true;
        core.send(from, core.answer(0));
        return false;
    }
    bool operator()(const ReadRequest& request) const {
        core.send(from, ReadReply{.context = request.context, .granted = false, .index = Index(0)});
        return false;
    }
    bool operator()(const AppendReply&) const { return mutated(Mutation::old_acknowledgements); }
    bool operator()(const HeartbeatReply&) const {
        return mutated(Mutation::old_heartbeat_replies);
    }
    bool operator()(const ReadReply&) const { return false; }
};

bool RawNode::Core::enter_term(const Message& message) {
    if (mutated(Mutation::old_terms_unanswered) && message.term < term_) return false;
    if (message.term < term_) return std::visit(OfEarlierTerm{*this, message.from}, message.body);
    if (message.term == term_) return true;
    switch (std::visit(OfLaterTerm{*this}, message.body)) {
        case LaterTerm::ignore:
            return false;
        case LaterTerm::stay:
            return true;
        case LaterTerm::enter:
            become_follower(message.term, kNobody);
            return true;
        case LaterTerm::enter_behind:
            become_follower(message.term, message.from);
            return true;
    }
    TALLY_CHECK(false);
    return false;
}

}  // namespace tally::consensus
