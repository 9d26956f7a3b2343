// The follower's side of replication (Raft, section 5.3). Blocks pass two kinds of check. Chain
// checks hold for every block from every source. Policy checks, the caller's verdict and the
// clock, are made on blocks of the current term above the commit index only: what an earlier term
// left behind may already be committed elsewhere, and refusing it could wedge the network.

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "consensus/core.h"
#include "consensus/mutation.h"

namespace tally::consensus {
namespace {

constexpr std::size_t kReasonBytesMax = 200;

std::string clipped(std::string text) {
    if (text.size() > kReasonBytesMax) text.resize(kReasonBytesMax);
    return text;
}

}  // namespace

/// Raft, figure 2, AppendEntries rule 2. What is committed agrees with every leader, also where
/// the window of this log has moved on.
bool RawNode::Core::agrees(const AppendRequest& request) const {
    // Where the window has moved on nothing can be compared any more, so nothing is taken.
    if (request.previous_index < log_.base().index) return false;
    const std::optional<ChainTip> own = log_.tip_at(request.previous_index);
    return own && own->term == request.previous_term && own->hash == request.previous_hash;
}

void RawNode::Core::refuse_mismatch(const Message& message, const AppendRequest& request) {
    // The hint skips whole terms: the last place before the refused one whose term is not above
    // the leader's there. Everything committed agrees, so it need not go further back.
    Index hint = log_.commit();
    if (request.previous_index > hint) {
        const Index before = std::min(request.previous_index.previous(), log_.last());
        hint = std::max(hint, log_.last_with_term_at_most(before, request.previous_term));
    }
    AppendReply reply;
    reply.refusal = Refusal::log_mismatch;
    reply.refused_index = request.previous_index;
    reply.hint_index = hint;
    reply.hint_term = log_.term_at(hint).value_or(Term(0));
    send(message.from, std::move(reply));
}

RawNode::Core::Refused RawNode::Core::judge(const Block& block, const ChainTip& previous,
                                            const Judged& by) const {
    const bool unchecked = mutated(Mutation::chain_unchecked);
    if (Status status = check_block(block, previous, config_.network); !status && !unchecked) {
        return {Refusal::chain, status.error().context};
    }
    if (log_.uncommitted_bytes() > 2 * config_.uncommitted_bytes_max + config_.block_bytes_max) {
        return {Refusal::not_ready, "too much is uncommitted"};
    }
    // What the leader knows to be committed is no longer anybody's to refuse.
    const bool judged = block.header.term == by.term || mutated(Mutation::old_blocks_judged);
    if (!judged || block.header.index <= by.commit) return {};
    if (block.header.payload_size > config_.block_bytes_max) {
        return {Refusal::submission, "block larger than this node takes"};
    }
    const bool refused =
        by.verdict.refused_index == block.header.index && by.verdict.refusal != Refusal::none;
    if (refused && !mutated(Mutation::verdict_ignored)) {
        return {by.verdict.refusal, by.verdict.reason};
    }
    // Only a time that advances can be wrong: the chain forces the others.
    const bool ahead =
        block.header.time > previous.time && block.header.time > now_ + config_.clock_skew_max;
    if (ahead && !mutated(Mutation::clock_unchecked)) {
        return {Refusal::clock, "block time is ahead of this node's clock"};
    }
    return {};
}

/// Appends the longest prefix that passes and moves `verified` to its end. Returns why it stopped.
RawNode::Core::Refused RawNode::Core::take_blocks(const Message& message,
                                                  const AppendRequest& request,
                                                  const PolicyVerdict& verdict, Index& verified) {
    const Judged by{message.term, std::max(request.commit, log_.commit()), verdict};
    for (const Block& block : request.blocks) {
        const Index index = block.header.index;
        const std::optional<ChainTip> own = log_.tip_at(index);
        // What a message says of a block's hash may lie.
        const bool same = own && (own->hash == block.hash || mutated(Mutation::conflict_kept));
        const bool known = same && block.hash == block.header.hash();
        if (!known) {
            const std::optional<ChainTip> previous = log_.tip_at(index.previous());
            TALLY_CHECK(previous.has_value());
            Refused refused = judge(block, *previous, by);
            if (refused.refusal != Refusal::none) return refused;
            if (own) {
                // A conflict (rule 3). What would touch history was refused: divergence.cpp.
                TALLY_CHECK(index > log_.commit() && index > verified_);
                log_.truncate_after(index.previous());
            }
            log_.append(block);
        }
        verified = index;
    }
    const bool late = mutated(Mutation::late_append_truncates) && verified >= log_.commit();
    if (late) log_.truncate_after(verified);
    return {};
}

void RawNode::Core::on(const Message& message, const AppendRequest& request,
                       const PolicyVerdict& verdict) {
    hear_leader(message.from);
    heard_commit_ = std::max(heard_commit_, request.commit);
    if (!agrees(request)) {
        refuse_mismatch(message, request);
        return;
    }
    Index verified = request.previous_index;
    Refused refused = take_blocks(message, request, verdict, verified);
    if (refused.refusal != Refusal::none) {
        AppendReply reply;
        reply.refusal = refused.refusal;
        reply.refused_index = verified.next();
        reply.reason = clipped(std::move(refused.reason));
        send(message.from, std::move(reply));
    }
    // Never more than this append has shown to be the leader's: what lies behind it in this log
    // may be another leader's (rule 5 means the last *new* entry).
    const Index reachable = std::min(verified, log_.last());
    verified_ = std::max(verified_, reachable);
    if (mutated(Mutation::acknowledge_whole_log)) verified = log_.last();
    if (mutated(Mutation::acknowledge_refused) && !request.blocks.empty()) {
        verified = request.blocks.back().header.index;
    }
    const Index bound = mutated(Mutation::commit_unverified) ? log_.last() : reachable;
    const Index target = std::min(request.commit, bound);
    if (target > log_.commit()) advance_commit(target);
    settle_divergence(reachable);
    AppendReply reply;
    reply.match = verified;
    send_when_durable(message.from, std::move(reply), std::min(verified, log_.last()));
}

void RawNode::Core::on(const Message& message, const Heartbeat& heartbeat) {
    hear_leader(message.from);
    const bool beyond = mutated(Mutation::heartbeat_commit);
    const Index target = std::min(heartbeat.commit, beyond ? log_.last() : verified_);
    if (target > log_.commit()) advance_commit(target);
    heard_commit_ = std::max(heard_commit_, heartbeat.network_commit);
    hear_recovered_by(heartbeat);
    send_when_durable(message.from, answer(heartbeat.round), Index(0));
    hear_resignation(heartbeat);
}

/// `round` is the one that is answered; 0 for what answers none.
HeartbeatReply RawNode::Core::answer(std::uint64_t round) const {
    HeartbeatReply reply{
        .round = round, .clock = now_, .may_lead = may_lead_, .has_room = has_room_};
    // The commit index is within the window: see Log.
    const std::optional<ChainTip> committed = log_.tip_at(log_.commit());
    TALLY_CHECK(committed.has_value());
    reply.commit = committed->index;
    reply.commit_hash = committed->hash;
    return reply;
}

}  // namespace tally::consensus
