// Two histories. A leader holds everything that was ever committed (Raft, section 5.4.3), and all
// logs with a block of one index and term hold the same one there. A leader that sends another
// block breaks one of these promises: its disk was put back from a copy or lost what it had
// acknowledged, or it lies. This node cannot tell which of the two histories the others hold, so it
// keeps both hashes for people, tells the sender, and follows it no further in that term.
//
// What must never happen: a node that goes on confirming reads from its own history under a leader
// that has another one. Such a read would be granted by a quorum that knows nothing of the fork, so
// a follower whose committed block is contradicted serves none until a leader has shown it this
// very block (`settle_divergence`).
//
// What a single liar can do with this: nothing to a node whose present leader has already shown it
// the block in question, and to the others no more than claiming to lead does anyway.

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <variant>

#include "base/hex.h"
#include "consensus/core.h"
#include "consensus/mutation.h"

namespace tally::consensus {

std::string describe(const Divergence& found) {
    if (found.other == crypto::Digest{}) {
        return "block " + std::to_string(found.index.value) + " is committed here, and node " +
               std::to_string(found.from.value) + ", which leads term " +
               std::to_string(found.term.value) + ", does not hold it: its log is another one";
    }
    constexpr std::size_t kShown = 8;
    const auto short_hash = [](const crypto::Digest& hash) {
        return to_hex(hash.view()).substr(0, 2 * kShown);
    };
    return "block " + std::to_string(found.index.value) + " is " + short_hash(found.own) +
           " of term " + std::to_string(found.own_term.value) + " here" +
           (found.committed ? ", committed" : "") + ", and " + short_hash(found.other) +
           " as node " + std::to_string(found.from.value) + " sends it";
}

std::optional<Divergence> RawNode::Core::contradiction(const Message& message) const {
    if (message.term < term_ || mutated(Mutation::diverged_ignored)) return std::nullopt;
    if (const auto* request = std::get_if<AppendRequest>(&message.body)) {
        return contradiction(message, *request);
    }
    if (const auto* heartbeat = std::get_if<Heartbeat>(&message.body)) {
        return contradiction(message, *heartbeat);
    }
    return std::nullopt;
}

/// Where the leader's log is the shorter one no block of it meets the own ones, so that without
/// this nothing would show that it is another history. There are two signs. A leader that has
/// committed a block of its own term has everything that earlier terms committed below it; in the
/// term of the own block this says nothing, since the heartbeat may be an old one. And the leader
/// itself says that it does not hold what is committed here: that is never true of an honest one,
/// however late it comes.
std::optional<Divergence> RawNode::Core::contradiction(const Message& message,
                                                       const Heartbeat& heartbeat) const {
    const Index own = log_.commit();
    const std::optional<ChainTip> tip = log_.tip_at(own);
    if (!tip) return {};
    const bool below = heartbeat.network_commit != Index(0) && heartbeat.network_commit <= own &&
                       tip->term < message.term;
    const bool lacks = heartbeat.lacks != Index(0) && heartbeat.lacks <= own;
    if (!below && !lacks) return {};
    return Divergence{.index = own,
                      .own_term = tip->term,
                      .own = tip->hash,
                      .other_term = {},
                      .other = {},
                      .from = message.from,
                      .term = message.term,
                      .committed = true};
}

/// A leader: whether its log has the block that a follower says is committed there. Below the
/// window nothing can be compared; the follower does, when it is sent the blocks that follow.
bool RawNode::Core::holds(const HeartbeatReply& reply) const {
    if (reply.commit > log_.last() || reply.commit == Index(0)) return reply.commit == Index(0);
    const std::optional<ChainTip> own = log_.tip_at(reply.commit);
    return !own || own->hash == reply.commit_hash;
}

std::optional<Divergence> RawNode::Core::contradiction(const Message& message,
                                                       const AppendRequest& request) const {
    const Index settled =
        message.term == term_ ? std::max(log_.commit(), verified_) : log_.commit();
    const auto compare = [&](const ChainTip& theirs) -> std::optional<Divergence> {
        const std::optional<ChainTip> own = log_.tip_at(theirs.index);
        if (!own || own->hash == theirs.hash) return std::nullopt;
        if (theirs.index > settled && own->term != theirs.term) return std::nullopt;
        return Divergence{.index = theirs.index,
                          .own_term = own->term,
                          .own = own->hash,
                          .other_term = theirs.term,
                          .other = theirs.hash,
                          .from = message.from,
                          .term = message.term,
                          .committed = theirs.index <= log_.commit()};
    };
    ChainTip previous;
    previous.index = request.previous_index;
    previous.term = request.previous_term;
    previous.hash = request.previous_hash;
    if (auto found = compare(previous)) return found;
    const auto other =
        std::find_if(request.blocks.begin(), request.blocks.end(),
                     [&](const Block& block) { return compare(tip_of(block)).has_value(); });
    if (other == request.blocks.end()) return std::nullopt;
    // Damaged on its way, which accuses nobody: take_blocks stops there.
    const bool sound =
        std::all_of(request.blocks.begin(), std::next(other),
                    [](const Block& block) { return block.hash == block.header.hash(); });
    return sound ? compare(tip_of(*other)) : std::nullopt;
}

bool RawNode::Core::is_contested(const Message& message) const {
    const bool leads = std::holds_alternative<AppendRequest>(message.body) ||
                       std::holds_alternative<Heartbeat>(message.body);
    return leads && message.from == contested_.from && message.term == contested_.term;
}

Error RawNode::Core::contest(const Message& message, const Divergence& found) {
    contested_ = {message.from, message.term, found.index, describe(found),
                  found.other != crypto::Digest{}};
    divergences_.push_back(found);
    const bool shown_by_leader =
        role_ == Role::leader ||
        (leader_ != kNobody && leader_ != message.from && verified_ >= found.index);
    if (found.committed && !shown_by_leader) diverged_ = std::max(diverged_, found.index);
    if (leader_ == message.from) become_follower(term_, kNobody);
    refuse_contested(message);
    finish();
    return fail(errc::diverged, contested_.reason);
}

/// In the sender's own term: this node does not enter it, and without its reason the sender would
/// see nothing but silence.
void RawNode::Core::refuse_contested(const Message& message) {
    AppendReply reply;
    reply.refusal = Refusal::diverged;
    reply.refused_index = contested_.index;
    reply.reason = contested_.reason;
    send(message.from, message.term, std::move(reply));
}

void RawNode::Core::settle_divergence(Index agreed) {
    if (agreed >= diverged_) diverged_ = Index(0);
}

}  // namespace tally::consensus
