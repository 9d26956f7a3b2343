// What a leader learns from its followers' answers.

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "consensus/core.h"
#include "consensus/mutation.h"

namespace tally::consensus {

/// The progress that an answer counts for, or nullptr: an answer of an earlier start of the peer
/// says nothing about what the present one holds. Starts are told apart, not ordered, by their
/// random number; the newer one is whichever answers a round that was sent after the other was
/// heard. `round` is the one that is answered, 0 for an answer to no round.
Progress* RawNode::Core::recognise(const Message& message, std::uint64_t round) {
    TALLY_CHECK(role_ == Role::leader);
    Progress& peer = follow_.at(message.from);
    if (!message.recovering || peer.recovering) peer.silent_ticks = 0;
    if (!peer.incarnation || mutated(Mutation::incarnation_ignored)) {
        peer.incarnation = message.incarnation;
    } else if (*peer.incarnation != message.incarnation) {
        if (round <= peer.incarnation_round) return nullptr;
        peer.restart(message.incarnation, log_.last().next());
    }
    peer.incarnation_round = round_;
    note_recovering(peer, message);
    return &peer;
}

void RawNode::Core::on(const Message& message, const AppendReply& reply) {
    if (role_ != Role::leader) return;
    if (reply.refusal == Refusal::diverged) {
        // It follows nobody: that it answers says nothing for this leader.
        follow_.at(message.from)
            .refuse(reply.refused_index, reply.refusal, reply.reason, config_.election_ticks);
        return;
    }
    Progress* peer = recognise(message, 0);
    if (peer == nullptr) return;
    switch (reply.refusal) {
        case Refusal::none:
            if (peer->acknowledge(reply.match)) {
                stalled_ticks_ = 0;
                maybe_commit();
            }
            return;
        case Refusal::log_mismatch:
            on_mismatch(*peer, reply);
            return;
        case Refusal::chain:
            // Damaged on its way, or from a broken disk here: the next attempt may do.
            peer->refuse(reply.refused_index, reply.refusal, reply.reason, config_.heartbeat_ticks);
            return;
        case Refusal::signature:
        case Refusal::submission:
        case Refusal::clock:
        case Refusal::not_ready:
        case Refusal::diverged:
            peer->refuse(reply.refused_index, reply.refusal, reply.reason, config_.election_ticks);
            if (must_step_down()) become_follower(term_, kNobody);
            return;
    }
}

void RawNode::Core::on_mismatch(Progress& peer, const AppendReply& reply) {
    // A restart loses nothing that was acknowledged. A disk that lies does, or a copy put back.
    // Only the answer to the present probe tells: others may answer what came late, or twice.
    const bool present =
        (peer.pace == Pace::probe && reply.refused_index == peer.next.previous()) ||
        mutated(Mutation::late_answer_accuses);
    if (reply.hint_index < peer.most_acknowledged && peer.match == Index(0) && present) {
        peer.forgotten = peer.most_acknowledged;
    }
    // The follower's window begins after the probe: it names its commit index instead, further on.
    // Where this window has moved on as well, the place is committed here, and read from the disk.
    const bool passed =
        reply.hint_index < log_.base().index && !mutated(Mutation::passed_hint_ignored);
    const bool ahead = reply.hint_index > reply.refused_index &&
                       (passed || log_.term_at(reply.hint_index) == reply.hint_term);
    if (ahead && peer.pace == Pace::probe && reply.refused_index == peer.next.previous()) {
        peer.probe_from(reply.hint_index.next());
        return;
    }
    // The follower's hint names its last place with a term not above the refused one's; here the
    // search goes on to the last place with a term not above the hint's, which skips the rest of
    // a term that the follower has never seen.
    Index hint = std::min(reply.hint_index, log_.last());
    if (hint > log_.base().index) hint = log_.last_with_term_at_most(hint, reply.hint_term);
    peer.mismatch(reply.refused_index, hint);
}

void RawNode::Core::on(const Message& message, const HeartbeatReply& reply) {
    if (role_ != Role::leader) return;
    Progress* peer = recognise(message, reply.round);
    if (peer == nullptr) return;
    if (!holds(reply)) peer->lacks = reply.commit;
    // What comes late is no news: a clock of seconds ago would count as the present one.
    if (reply.round < peer->round) return;
    if (counts(*peer)) note_clock(message.from, reply.clock);
    peer->may_lead = reply.may_lead;
    peer->has_room = reply.has_room;
    if (reply.round == peer->round) return;
    peer->round = reply.round;
    confirm_reads();
}

}  // namespace tally::consensus
