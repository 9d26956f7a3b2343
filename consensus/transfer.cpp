// Handing the lead over (Raft thesis, section 3.10). An election after a silence costs a timeout,
// and nobody needs to wait for that where the leader itself knows that another one should lead: it
// is stopped, its disk is full or has a block that it cannot read, or its operator asks for it.
//
// The leader proposes nothing more until its successor holds the whole log. Then it tells every
// voter, in one heartbeat, that it leads no longer and who stands, and is a follower from then on.
// The successor stands without a pre-vote; the others do not hold the lead that has just ended
// against it. Whoever hears of the candidate before it hears of that refuses it as a disturber, and
// is not needed: the leader that was is free to vote, so two of three are there by themselves.
//
// Nothing of safety rests on any of this: a term begins by votes, as ever. A heartbeat that comes
// late makes its successor stand once more at most, in its own next term.
//
// What must never happen: a candidate that anybody but the leader of the present term named. A
// voter with a grudge would end every lead with it.

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "consensus/core.h"
#include "consensus/mutation.h"

namespace tally::consensus {
namespace {

constexpr std::uint32_t kHeartbeatsMissedMax = 3;

}  // namespace

/// Whether a follower hears this leader and takes what it is sent; `any`: also one that rather
/// would not lead.
bool RawNode::Core::could_lead(const Progress& peer, bool any) const {
    // It answers each heartbeat: whoever has missed some may have stopped just now.
    const std::uint64_t missed =
        std::min(config_.election_ticks, kHeartbeatsMissedMax * config_.heartbeat_ticks + 1);
    return counts(peer) && (any || peer.may_lead) && peer.silent_ticks < missed &&
           peer.pace == Pace::replicate && peer.refusal == Refusal::none && peer.lacks == Index(0);
}

/// The one with the most of the log, of those the one heard last, if it has at least `least`; or
/// kNobody.
NodeId RawNode::Core::successor(bool any, Index least) const {
    NodeId best = kNobody;
    for (const auto& [id, peer] : follow_) {
        if (!could_lead(peer, any) || peer.match < least) continue;
        const auto rank = [](const Progress& one) {
            return std::pair(one.match, ~one.silent_ticks);
        };
        if (best == kNobody || rank(peer) > rank(follow_.at(best))) best = id;
    }
    return best;
}

Status RawNode::Core::transfer_leader(NodeId to) {
    if (role_ != Role::leader) {
        return fail(errc::not_leader, "node " + std::to_string(leader_.value) + " leads");
    }
    if (to == config_.id) return {};
    if (to == kNobody) to = successor(false, Index(0));
    if (to == kNobody) return fail(errc::busy, "no follower keeps up and could lead");
    const auto peer = follow_.find(to);
    if (peer == follow_.end()) return fail(errc::busy, "it is no voter of this network");
    if (!could_lead(peer->second, false)) {
        return fail(errc::busy,
                    "node " + std::to_string(to.value) + " does not keep up, or should not lead");
    }
    transfer_ = Transfer{.to = to};
    finish();
    return {};
}

/// Begins one where this node should not lead, and ends one that takes too long.
void RawNode::Core::tick_transfer() {
    const bool willing = may_lead_ || mutated(Mutation::may_lead_ignored);
    // Without a request it must be one that could be elected now.
    const NodeId next = willing ? kNobody : successor(makes_way_, log_.commit());
    if (!transfer_ && next != kNobody) transfer_ = Transfer{.to = next};
    if (!transfer_ || ++transfer_->ticks <= config_.election_ticks) return;
    transfer_.reset();
    // By an election, then: whoever is chosen lets nobody wait for longer.
    if (next != kNobody) become_follower(term_, kNobody);
}

/// The successor's log is as long as this one, and no longer one can be elected.
void RawNode::Core::maybe_hand_over() {
    TALLY_CHECK(role_ == Role::leader);
    if (!transfer_ || follow_.at(transfer_->to).match != log_.last()) return;
    const NodeId to = transfer_->to;
    for (auto& [id, peer] : follow_) {
        Heartbeat last = heartbeat_for(peer);
        last.successor = to;
        send(id, last);
    }
    become_follower(term_, kNobody);
}

void RawNode::Core::hear_resignation(const Heartbeat& heartbeat) {
    if (heartbeat.successor == kNobody) return;
    become_follower(term_, kNobody);
    resigned_ = true;
    if (heartbeat.successor != config_.id || recovering_) return;
    role_ = Role::pre_candidate;
    campaign();
}

}  // namespace tally::consensus
