#include <utility>

#include "node/peer/codec.h"
#include "node/peer/codec_parts.h"

// Blocks as they are attached to appends and to answers, and the questions for them.

namespace tally::node::peer {

void attach_block(Frame& frame, const consensus::Block& block) {
    frame.attach(block.header.encode(), block.payload);
}

Result<consensus::Block> attached_block(ByteView bytes) {
    constexpr std::size_t kHeaderBytes = consensus::Block::kHeaderBytes;
    if (bytes.size() < kHeaderBytes) return bad("a block shorter than its header");
    Result<consensus::BlockHeader> header =
        consensus::BlockHeader::decode(bytes.first(kHeaderBytes));
    if (!header) return bad("block header: " + header.error().context);
    const ByteView payload = bytes.subspan(kHeaderBytes);
    if (header->payload_size != payload.size()) {
        return bad("a payload of another size than its block's header says");
    }
    if (!in_range(header->index.value) || !in_range(header->term.value) ||
        !is_wall_time(header->time.count())) {
        return bad("block header: number out of range");
    }
    consensus::Block block;
    block.header = *header;
    block.hash = block.header.hash();
    block.payload = share(to_bytes(payload));
    return block;
}

Frame encode(const BlocksWanted& wanted) {
    wire::Envelope envelope;
    wire::BlocksWanted& target = *envelope.mutable_blocks_wanted();
    target.set_id(wanted.id);
    target.set_first(wanted.first.value);
    target.set_last(wanted.last.value);
    Frame frame = frame_of(envelope);
    frame.finish();
    return frame;
}

Frame encode(const BlocksGiven& given) {
    wire::Envelope envelope;
    wire::BlocksGiven& target = *envelope.mutable_blocks_given();
    target.set_id(given.id);
    target.set_blocks(static_cast<std::uint32_t>(given.blocks.size()));
    target.set_problem(bounded(given.problem));
    Frame frame = frame_of(envelope);
    for (const consensus::Block& block : given.blocks) attach_block(frame, block);
    frame.finish();
    return frame;
}

Result<Envelope> decode_blocks_wanted(const wire::BlocksWanted& source) {
    if (source.first() == 0 || !in_range(source.last()) || source.last() < source.first()) {
        return bad("blocks wanted: number out of range");
    }
    if (source.last() - source.first() >= kGivenBlocksMax) return bad("blocks wanted: too many");
    return Envelope(BlocksWanted{source.id(), consensus::Index(source.first()),
                                 consensus::Index(source.last())});
}

Result<Envelope> decode_blocks_given(const wire::BlocksGiven& source,
                                     const Attachments& attachments) {
    if (source.blocks() != attachments.size() || attachments.size() > kGivenBlocksMax) {
        return bad("blocks given: number of blocks");
    }
    if (source.problem().size() > kTextBytesMax ||
        source.problem().empty() == attachments.empty()) {
        return bad("blocks given: problem");
    }
    std::size_t bytes = 0;
    for (const ByteView attachment : attachments) bytes += attachment.size();
    // One alone may be as large as a block is.
    if (attachments.size() > 1 && bytes > kGivenBytesMax) return bad("blocks given: too large");
    BlocksGiven given{source.id(), {}, source.problem()};
    for (const ByteView attachment : attachments) {
        Result<consensus::Block> block = attached_block(attachment);
        if (!block) return block.error();
        given.blocks.push_back(*std::move(block));
    }
    return Envelope(std::move(given));
}

}  // namespace tally::node::peer
