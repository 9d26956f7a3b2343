#include <type_traits>
#include <utility>

#include "node/peer/codec.h"
#include "node/peer/codec_parts.h"

// Consensus messages to and from their Protobuf form, one overload for each kind. A kind without
// one does not compile; one that is never decoded fails the round trip of tests/node/peer.

namespace tally::node::peer {
namespace {

using consensus::Index;
using consensus::NodeId;
using consensus::Term;

void put(wire::Consensus& target, const consensus::VoteRequest& source) {
    wire::VoteRequest& body = *target.mutable_vote_request();
    body.set_pre_vote(source.pre_vote);
    body.set_last_index(source.last_index.value);
    body.set_last_term(source.last_term.value);
}

void put(wire::Consensus& target, const consensus::VoteReply& source) {
    wire::VoteReply& body = *target.mutable_vote_reply();
    body.set_pre_vote(source.pre_vote);
    body.set_granted(source.granted);
    body.set_clock(source.clock.count());
}

void put(wire::Consensus& target, const consensus::AppendRequest& source) {
    wire::AppendRequest& body = *target.mutable_append_request();
    body.set_previous_index(source.previous_index.value);
    body.set_previous_term(source.previous_term.value);
    body.set_previous_hash(std::string(text_of(source.previous_hash.view())));
    body.set_commit(source.commit.value);
    body.set_blocks(static_cast<std::uint32_t>(source.blocks.size()));
}

void put(wire::Consensus& target, const consensus::AppendReply& source) {
    wire::AppendReply& body = *target.mutable_append_reply();
    body.set_refusal(static_cast<std::uint32_t>(source.refusal));
    body.set_match(source.match.value);
    body.set_refused_index(source.refused_index.value);
    body.set_hint_index(source.hint_index.value);
    body.set_hint_term(source.hint_term.value);
    body.set_reason(bounded(source.reason));
}

void put(wire::Consensus& target, const consensus::Heartbeat& source) {
    wire::Heartbeat& body = *target.mutable_heartbeat();
    body.set_commit(source.commit.value);
    body.set_round(source.round);
    body.set_network_commit(source.network_commit.value);
    body.set_recovered_by(source.recovered_by.value);
    body.set_recovering(source.recovering);
    body.set_lacks(source.lacks.value);
    body.set_successor(source.successor.value);
}

void put(wire::Consensus& target, const consensus::HeartbeatReply& source) {
    wire::HeartbeatReply& body = *target.mutable_heartbeat_reply();
    body.set_round(source.round);
    body.set_clock(source.clock.count());
    body.set_may_lead(source.may_lead);
    body.set_is_full(!source.has_room);
    body.set_commit(source.commit.value);
    body.set_commit_hash(std::string(text_of(source.commit_hash.view())));
}

void put(wire::Consensus& target, const consensus::ReadRequest& source) {
    target.mutable_read_request()->set_context(source.context);
}

void put(wire::Consensus& target, const consensus::ReadReply& source) {
    wire::ReadReply& body = *target.mutable_read_reply();
    body.set_context(source.context);
    body.set_granted(source.granted);
    body.set_index(source.index.value);
}

Result<consensus::MessageBody> get(const wire::VoteRequest& source) {
    if (!in_range(source.last_index()) || !in_range(source.last_term())) {
        return bad("vote request: number out of range");
    }
    return consensus::MessageBody(consensus::VoteRequest{
        source.pre_vote(), Index(source.last_index()), Term(source.last_term())});
}

Result<consensus::MessageBody> get(const wire::AppendRequest& source,
                                   const Attachments& attachments) {
    if (!in_range(source.previous_index()) || !in_range(source.previous_term()) ||
        !in_range(source.commit())) {
        return bad("append: number out of range");
    }
    consensus::AppendRequest request;
    if (source.previous_hash().size() != request.previous_hash.bytes.size()) {
        return bad("append: previous hash");
    }
    if (source.blocks() != attachments.size()) return bad("append: number of blocks");
    request.previous_index = Index(source.previous_index());
    request.previous_term = Term(source.previous_term());
    request.previous_hash = crypto::digest_from(view_of(source.previous_hash()));
    request.commit = Index(source.commit());
    request.blocks.reserve(attachments.size());
    for (const ByteView attachment : attachments) {
        Result<consensus::Block> block = attached_block(attachment);
        if (!block) return block.error();
        request.blocks.push_back(*std::move(block));
    }
    return consensus::MessageBody(std::move(request));
}

Result<consensus::MessageBody> get(const wire::AppendReply& source) {
    if (source.refusal() > static_cast<std::uint32_t>(consensus::Refusal::diverged)) {
        return bad("append reply: unknown refusal");
    }
    if (!in_range(source.match()) || !in_range(source.refused_index()) ||
        !in_range(source.hint_index()) || !in_range(source.hint_term())) {
        return bad("append reply: number out of range");
    }
    if (source.reason().size() > kTextBytesMax) return bad("append reply: reason too long");
    consensus::AppendReply reply;
    reply.refusal = static_cast<consensus::Refusal>(source.refusal());
    reply.match = Index(source.match());
    reply.refused_index = Index(source.refused_index());
    reply.hint_index = Index(source.hint_index());
    reply.hint_term = Term(source.hint_term());
    reply.reason = source.reason();
    return consensus::MessageBody(std::move(reply));
}

Result<consensus::MessageBody> get(const wire::Heartbeat& source) {
    if (!in_range(source.commit()) || !in_range(source.network_commit()) ||
        !in_range(source.recovered_by()) || !in_range(source.lacks())) {
        return bad("heartbeat: number out of range");
    }
    return consensus::MessageBody(
        consensus::Heartbeat{.commit = Index(source.commit()),
                             .round = source.round(),
                             .network_commit = Index(source.network_commit()),
                             .recovered_by = Index(source.recovered_by()),
                             .recovering = source.recovering(),
                             .lacks = Index(source.lacks()),
                             .successor = NodeId(source.successor())});
}

Result<consensus::MessageBody> get(const wire::VoteReply& source) {
    if (!is_wall_time(source.clock())) return bad("vote reply: clock out of range");
    return consensus::MessageBody(consensus::VoteReply{source.pre_vote(), source.granted(),
                                                       consensus::Millis(source.clock())});
}

Result<consensus::MessageBody> get(const wire::HeartbeatReply& source) {
    if (!is_wall_time(source.clock())) return bad("heartbeat reply: clock out of range");
    if (!in_range(source.commit())) return bad("heartbeat reply: number out of range");
    consensus::HeartbeatReply reply{.round = source.round(),
                                    .clock = consensus::Millis(source.clock()),
                                    .may_lead = source.may_lead(),
                                    .has_room = !source.is_full(),
                                    .commit = Index(source.commit())};
    if (source.commit_hash().size() != reply.commit_hash.bytes.size()) {
        return bad("heartbeat reply: commit hash");
    }
    reply.commit_hash = crypto::digest_from(view_of(source.commit_hash()));
    return consensus::MessageBody(reply);
}

Result<consensus::MessageBody> get(const wire::ReadReply& source) {
    if (!in_range(source.index())) return bad("read reply: number out of range");
    return consensus::MessageBody(
        consensus::ReadReply{source.context(), source.granted(), Index(source.index())});
}

Result<consensus::MessageBody> get_body(const wire::Consensus& source,
                                        const Attachments& attachments) {
    switch (source.body_case()) {
        case wire::Consensus::kVoteRequest:
            return get(source.vote_request());
        case wire::Consensus::kVoteReply:
            return get(source.vote_reply());
        case wire::Consensus::kAppendRequest:
            return get(source.append_request(), attachments);
        case wire::Consensus::kAppendReply:
            return get(source.append_reply());
        case wire::Consensus::kHeartbeat:
            return get(source.heartbeat());
        case wire::Consensus::kHeartbeatReply:
            return get(source.heartbeat_reply());
        case wire::Consensus::kReadRequest:
            return consensus::MessageBody(consensus::ReadRequest{source.read_request().context()});
        case wire::Consensus::kReadReply:
            return get(source.read_reply());
        case wire::Consensus::BODY_NOT_SET:
            break;
    }
    return bad("a consensus message without a known body");
}

// The connection of each kind: whatever may be large must not stand before a heartbeat.
constexpr Channel channel_of(const consensus::VoteRequest& /*body*/) { return Channel::urgent; }
constexpr Channel channel_of(const consensus::VoteReply& /*body*/) { return Channel::urgent; }
constexpr Channel channel_of(const consensus::AppendRequest& /*body*/) { return Channel::bulk; }
constexpr Channel channel_of(const consensus::AppendReply& /*body*/) { return Channel::urgent; }
constexpr Channel channel_of(const consensus::Heartbeat& /*body*/) { return Channel::urgent; }
constexpr Channel channel_of(const consensus::HeartbeatReply& /*body*/) { return Channel::urgent; }
constexpr Channel channel_of(const consensus::ReadRequest& /*body*/) { return Channel::urgent; }
constexpr Channel channel_of(const consensus::ReadReply& /*body*/) { return Channel::urgent; }

static_assert(std::variant_size_v<consensus::MessageBody> == 8,
              "a new kind needs a message in peer.proto, a put, a get with its case, a channel");

}  // namespace

Channel channel_of(const consensus::Message& message) {
    return std::visit([](const auto& body) { return channel_of(body); }, message.body);
}

Frame encode(const consensus::Message& message) {
    wire::Envelope envelope;
    wire::Consensus& target = *envelope.mutable_consensus();
    target.set_from(message.from.value);
    target.set_to(message.to.value);
    target.set_term(message.term.value);
    target.set_incarnation(message.incarnation);
    target.set_recovering(message.recovering);
    std::visit([&target](const auto& body) { put(target, body); }, message.body);
    Frame frame = frame_of(envelope);
    if (const auto* append = std::get_if<consensus::AppendRequest>(&message.body)) {
        for (const consensus::Block& block : append->blocks) attach_block(frame, block);
    }
    frame.finish();
    return frame;
}

Result<Envelope> decode_consensus(const wire::Consensus& source, const Attachments& attachments) {
    if (!in_range(source.term())) return bad("a term out of range");
    Result<consensus::MessageBody> body = get_body(source, attachments);
    if (!body) return body.error();
    consensus::Message message;
    message.from = NodeId(source.from());
    message.to = NodeId(source.to());
    message.term = Term(source.term());
    message.incarnation = source.incarnation();
    message.recovering = source.recovering();
    message.body = *std::move(body);
    return Envelope(std::move(message));
}

}  // namespace tally::node::peer
