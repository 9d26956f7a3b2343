// Linearisable reads without writing to the log: ReadIndex (Raft thesis, section 6.4). Followers
// forward to the leader and serve the read from their own state once it has caught up.

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "consensus/core.h"
#include "consensus/mutation.h"

namespace tally::consensus {

bool RawNode::Core::own_term_committed() const {
    return log_.commit() >= term_start_ || mutated(Mutation::read_before_commit);
}

Status RawNode::Core::read_index(std::uint64_t context) {
    if (leader_ == kNobody) return fail(errc::not_leader, "no leader is known");
    if (recovering_) return fail(errc::not_leader, "this node is recovering");
    if (reads_.size() + forwarded_.size() >= config_.reads_max) {
        return fail(errc::busy, "too many reads wait");
    }
    if (role_ == Role::leader) {
        lead_read(config_.id, context);
    } else {
        const std::uint64_t deadline = ticks_ + 2 * std::uint64_t{config_.election_ticks};
        send(leader_, ReadRequest{.context = forwarded_.add(context, deadline)});
    }
    finish();
    return {};
}

void RawNode::Core::lead_read(NodeId from, std::uint64_t context) {
    TALLY_CHECK(role_ == Role::leader);
    if (!own_term_committed()) {
        reads_.wait(from, context);
        return;
    }
    reads_.add(from, context, log_.commit(), read_round());
    if (mutated(Mutation::read_without_round)) {
        for (const auto& read : reads_.take_confirmed(read_round())) answer_read(read, true);
    }
    round_wanted_ = true;
    if (mutated(Mutation::read_round_reused)) confirm_reads();
}

/// The round that confirms a read asked now. Heartbeats that were already sent prove nothing about
/// now: the next round leaves with the next Ready, for all reads that came until then.
std::uint64_t RawNode::Core::read_round() const {
    if (mutated(Mutation::read_round_reused)) return round_ - std::min<std::uint64_t>(round_, 5);
    return round_ + 1;
}

void RawNode::Core::on(const Message& message, const ReadRequest& request) {
    if (role_ != Role::leader || reads_.size() >= config_.reads_max) {
        send(message.from,
             ReadReply{.context = request.context, .granted = false, .index = Index(0)});
        return;
    }
    lead_read(message.from, request.context);
}

void RawNode::Core::on(const Message& message, const ReadReply& reply) {
    if (message.from != leader_) return;
    std::uint64_t context = 0;
    if (!forwarded_.take(reply.context, context)) return;
    // What is committed here must be the leader's, as an append of this term has shown: a log that
    // was put back from a copy may hold another history up to the same index.
    const bool granted = reply.granted && verified_ >= log_.commit();
    read_states_.push_back({context, granted, granted ? reply.index : Index(0)});
}

void RawNode::Core::answer_read(const PendingRead& read, bool granted) {
    const Index index = granted ? read.index : Index(0);
    if (read.from == config_.id) {
        read_states_.push_back({read.context, granted, index});
    } else {
        send(read.from, ReadReply{.context = read.context, .granted = granted, .index = index});
    }
}

void RawNode::Core::confirm_reads() {
    std::vector<std::uint64_t> rounds{round_};
    for (const auto& [id, peer] : follow_) rounds.push_back(counts(peer) ? peer.round : 0);
    const bool by_one = mutated(Mutation::read_confirmed_by_one);
    const std::uint64_t last = rounds.back();
    const std::uint64_t confirmed = by_one ? last : majority_reached(std::move(rounds));
    for (const PendingRead& read : reads_.take_confirmed(confirmed)) answer_read(read, true);
}

void RawNode::Core::deny_reads() {
    for (const PendingRead& read : reads_.take_all()) answer_read(read, false);
    for (std::uint64_t context : forwarded_.take_all()) {
        read_states_.push_back({context, false, Index(0)});
    }
}

}  // namespace tally::consensus
