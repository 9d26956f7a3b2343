// Judging messages before anything changes. The network authenticates who speaks; what is said may
// still be nonsense, from a broken or malicious peer. A message is refused here if no correct node
// could have sent it, so that everything behind may rely on what is checked and TALLY_CHECK the
// rest.

#include <algorithm>
#include <limits>
#include <string>
#include <variant>

#include "consensus/core.h"
#include "consensus/mutation.h"

namespace tally::consensus {
namespace {

// Far above what a network can reach, far below where arithmetic wraps around.
constexpr std::uint64_t kNumberMax = std::numeric_limits<std::uint64_t>::max() / 4;
constexpr std::size_t kReasonBytesMax = 200;
/// A term that was let through raises every node's: without a bound one message would bring the
/// numbers to their end, and no election could follow.
constexpr std::uint64_t kTermJumpMax = 1 << 20;

Error bad(const Message& message, const char* what) {
    return fail(errc::bad_message, "from node " + std::to_string(message.from.value) + ": " + what);
}

bool sane(Index index) { return index.value <= kNumberMax; }

}  // namespace

Status RawNode::Core::validate(const Message& message) const {
    if (message.to != config_.id) return bad(message, "addressed to another node");
    if (message.from == config_.id) return bad(message, "claims to be from this node");
    if (!is_voter(message.from)) return bad(message, "not a voter of this network");
    if (message.term == Term(0)) return bad(message, "impossible term");
    // Also what a node missed while it was away: elections that were won, at least a timeout each.
    if (message.term.value > term_.value && message.term.value - term_.value > kTermJumpMax) {
        return bad(message, "term far ahead of this node's");
    }
    return std::visit([&](const auto& body) { return check(message, body); }, message.body);
}

/// Whether the sender claims to lead a term that another node leads, or that this node led.
bool RawNode::Core::is_second_leader(const Message& message) const {
    return message.term == term_ &&
           (message.term == led_term_ || (leader_ != kNobody && leader_ != message.from));
}

Status RawNode::Core::check(const Message& message, const VoteRequest& request) const {
    if (!sane(request.last_index)) return bad(message, "impossible index");
    // The term asked for is above the candidate's own, which bounds its log.
    if (request.last_term >= message.term) return bad(message, "log ahead of its term");
    if (message.recovering) return bad(message, "asks for votes while it is recovering");
    if ((request.last_term == Term(0)) != (request.last_index == Index(0))) {
        return bad(message, "last block without a term");
    }
    return {};
}

/// Whether a vote is awaited is the candidate's to say.
Status RawNode::Core::check(const Message& message, const VoteReply& reply) const {
    const bool may_vote = !message.recovering || mutated(Mutation::recovering_votes);
    if (reply.granted && !may_vote) return bad(message, "votes while it is recovering");
    return {};
}

Status RawNode::Core::check(const Message& message, const AppendReply& reply) const {
    if (reply.refusal > Refusal::diverged) return bad(message, "unknown refusal");
    if (reply.reason.size() > kReasonBytesMax) return bad(message, "reason too long");
    if (!sane(reply.match) || !sane(reply.refused_index) || !sane(reply.hint_index)) {
        return bad(message, "impossible index");
    }
    if (role_ == Role::leader && message.term == term_ && reply.match > log_.last()) {
        return bad(message, "acknowledges what was never sent");
    }
    return {};
}

Status RawNode::Core::check(const Message& message, const Heartbeat& heartbeat) const {
    if (!sane(heartbeat.commit) || !sane(heartbeat.network_commit) ||
        !sane(heartbeat.recovered_by) || !sane(heartbeat.lacks)) {
        return bad(message, "impossible index");
    }
    if (heartbeat.successor != kNobody && !is_voter(heartbeat.successor)) {
        return bad(message, "a successor that is no voter");
    }
    if (message.recovering) return bad(message, "leads while it is recovering");
    if (is_second_leader(message)) return bad(message, "a second leader in one term");
    return {};
}

Status RawNode::Core::check(const Message& message, const HeartbeatReply& reply) const {
    if (!sane(reply.commit)) return bad(message, "impossible index");
    if (role_ == Role::leader && message.term == term_ && reply.round > round_) {
        return bad(message, "answers a round that was never sent");
    }
    return {};
}

/// Any number may be a context.
Status RawNode::Core::check(const Message&, const ReadRequest&) const { return {}; }

Status RawNode::Core::check(const Message& message, const ReadReply& reply) const {
    if (!sane(reply.index)) return bad(message, "impossible index");
    return {};
}

Status RawNode::Core::check(const Message& message, const AppendRequest& request) const {
    if (!sane(request.previous_index) || !sane(request.commit)) {
        return bad(message, "impossible index");
    }
    if (request.previous_term > message.term) return bad(message, "log ahead of its term");
    if (message.recovering) return bad(message, "leads while it is recovering");
    if ((request.previous_term == Term(0)) != (request.previous_index == Index(0))) {
        return bad(message, "previous block without a term");
    }
    Index index = request.previous_index;
    for (const Block& block : request.blocks) {
        index = index.next();
        if (block.header.index != index) return bad(message, "blocks are not consecutive");
        if (block.header.term > message.term) return bad(message, "block ahead of its term");
        if (block.payload == nullptr) return bad(message, "block without a payload");
    }
    if (is_second_leader(message)) return bad(message, "a second leader in one term");
    return {};
}

}  // namespace tally::consensus
