#include "node/peer/codec.h"

#include "node/peer/codec_parts.h"

// The envelopes themselves: hello, ping, pong, and finding the attachments. Attachments are the
// last field of an envelope, so they are appended to the encoded rest on sending, and on receiving
// they are found by walking over the outermost fields only: Protobuf's parser never sees them, and
// a payload is copied exactly once, from the receive buffer to where it stays.

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <utility>

namespace tally::node::peer {
namespace {

using google::protobuf::internal::WireFormatLite;

/// An envelope without its attachments is small, so parsing never multiplies received bytes.
constexpr std::size_t kHeadBytesMax = 4 << 20;

struct Parts {
    ByteView head;
    Attachments attachments;
};

/// Splits at the first attachment.
Result<Parts> split(ByteView bytes) {
    google::protobuf::io::CodedInputStream input(bytes.data(), static_cast<int>(bytes.size()));
    Parts parts;
    bool in_head = true;
    std::size_t head_size = 0;
    while (const std::uint32_t tag = input.ReadTag()) {
        if (WireFormatLite::GetTagFieldNumber(tag) != wire::Envelope::kAttachmentsFieldNumber) {
            if (!in_head) return bad("a field after the attachments");
            if (!WireFormatLite::SkipField(&input, tag)) return bad("a damaged field");
            head_size = static_cast<std::size_t>(input.CurrentPosition());
            continue;
        }
        in_head = false;
        std::uint32_t size = 0;
        if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED ||
            !input.ReadVarint32(&size)) {
            return bad("a damaged attachment");
        }
        const auto begin = static_cast<std::size_t>(input.CurrentPosition());
        if (size > bytes.size() - begin) return bad("an attachment cut short");
        if (parts.attachments.size() == kAppendBlocksMax) return bad("too many attachments");
        parts.attachments.push_back(bytes.subspan(begin, size));
        if (!input.Skip(static_cast<int>(size))) return bad("an attachment cut short");
    }
    if (static_cast<std::size_t>(input.CurrentPosition()) != bytes.size()) {
        return bad("a damaged field");
    }
    if (head_size > kHeadBytesMax) return bad("an envelope too large beside its attachments");
    parts.head = bytes.first(head_size);
    return parts;
}

Result<Envelope> decode_hello(const wire::Hello& source) {
    Hello hello;
    hello.format = source.format();
    if (source.network().size() != hello.network.bytes.size()) return bad("hello: network id");
    hello.network = crypto::digest_from(view_of(source.network()));
    hello.node = consensus::NodeId(source.node());
    hello.incarnation = source.incarnation();
    if (source.channel() != static_cast<std::uint32_t>(Channel::urgent) &&
        source.channel() != static_cast<std::uint32_t>(Channel::bulk)) {
        return bad("hello: unknown channel");
    }
    hello.channel = static_cast<Channel>(source.channel());
    if (source.refusal().size() > kTextBytesMax) return bad("hello: refusal too long");
    hello.refusal = source.refusal();
    hello.rules_newest = source.rules_newest();
    return Envelope(std::move(hello));
}

bool takes_attachments(const wire::Envelope& envelope) {
    return envelope.has_forward() || envelope.has_blocks_given() ||
           (envelope.has_consensus() && envelope.consensus().has_append_request());
}

}  // namespace

Frame frame_of(const wire::Envelope& envelope) {
    const std::string head = envelope.SerializeAsString();
    return Frame(view_of(head));
}

Frame encode(const Hello& hello) {
    wire::Envelope envelope;
    wire::Hello& target = *envelope.mutable_hello();
    target.set_format(hello.format);
    target.set_network(std::string(text_of(hello.network.view())));
    target.set_node(hello.node.value);
    target.set_incarnation(hello.incarnation);
    target.set_channel(static_cast<std::uint32_t>(hello.channel));
    target.set_refusal(bounded(hello.refusal));
    target.set_rules_newest(hello.rules_newest);
    Frame frame = frame_of(envelope);
    frame.finish();
    return frame;
}

Frame encode(Ping) {
    wire::Envelope envelope;
    envelope.mutable_ping();
    Frame frame = frame_of(envelope);
    frame.finish();
    return frame;
}

Frame encode(Pong) {
    wire::Envelope envelope;
    envelope.mutable_pong();
    Frame frame = frame_of(envelope);
    frame.finish();
    return frame;
}

Result<Envelope> decode(ByteView bytes) {
    if (bytes.size() > kBulkBytesMax) return bad("an envelope above the bound");
    Result<Parts> parts = split(bytes);
    if (!parts) return parts.error();
    wire::Envelope envelope;
    if (!envelope.ParseFromArray(parts->head.data(), static_cast<int>(parts->head.size()))) {
        return bad("not an envelope");
    }
    if (!parts->attachments.empty() && !takes_attachments(envelope)) {
        return bad("attachments where none belong");
    }
    switch (envelope.body_case()) {
        case wire::Envelope::kHello:
            return decode_hello(envelope.hello());
        case wire::Envelope::kPing:
            return Envelope(Ping{});
        case wire::Envelope::kPong:
            return Envelope(Pong{});
        case wire::Envelope::kConsensus:
            return decode_consensus(envelope.consensus(), parts->attachments);
        case wire::Envelope::kForward:
            if (parts->attachments.size() != 1) return bad("forward: needs one attachment");
            return Envelope(ForwardRequest{envelope.forward().id(),
                                           share(to_bytes(parts->attachments.front()))});
        case wire::Envelope::kForwardReply:
            return decode_forward_reply(envelope.forward_reply());
        case wire::Envelope::kSignatures:
            return decode_signatures(envelope.signatures());
        case wire::Envelope::kBlocksWanted:
            return decode_blocks_wanted(envelope.blocks_wanted());
        case wire::Envelope::kBlocksGiven:
            return decode_blocks_given(envelope.blocks_given(), parts->attachments);
        case wire::Envelope::BODY_NOT_SET:
            break;
    }
    return bad("an envelope without a known body");
}

}  // namespace tally::node::peer
