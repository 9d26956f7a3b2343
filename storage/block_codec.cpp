#include "storage/block_codec.h"

#include "base/check.h"
#include "crypto/codec.h"
#include "storage/errc.h"

namespace tally::storage {

using consensus::Block;
using consensus::ChainTip;
using consensus::HardState;
using consensus::Index;
using consensus::Millis;
using consensus::NodeId;
using consensus::Term;

namespace {

constexpr std::uint8_t kVersion = 1;

Status expect_version(crypto::Reader& reader, const char* what) {
    if (reader.u8() == kVersion) return {};
    return fail(errc::corrupt_block, std::string(what) + ": unknown version");
}

Status finish(const crypto::Reader& reader, const char* what) {
    const Status status = reader.finish();
    if (status) return {};
    return fail(errc::corrupt_block, std::string(what) + ": " + status.error().code.message());
}

}  // namespace

Bytes encode_tip(const ChainTip& tip) {
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.u64(tip.index.value);
    writer.u64(tip.term.value);
    writer.i64(tip.time.count());
    writer.digest(tip.hash);
    return writer.take();
}

Result<ChainTip> decode_tip(ByteView bytes) {
    crypto::Reader reader(bytes);
    if (Status status = expect_version(reader, "tip"); !status) return status.error();
    ChainTip tip;
    tip.index = Index(reader.u64());
    tip.term = Term(reader.u64());
    tip.time = Millis(reader.i64());
    tip.hash = reader.digest();
    if (Status status = finish(reader, "tip"); !status) return status.error();
    return tip;
}

Bytes encode_hard_state(const HardState& state) {
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.u64(state.term.value);
    writer.u32(state.vote.value);
    writer.u64(state.commit.value);
    return writer.take();
}

Result<HardState> decode_hard_state(ByteView bytes) {
    crypto::Reader reader(bytes);
    if (Status status = expect_version(reader, "hard state"); !status) return status.error();
    HardState state;
    state.term = Term(reader.u64());
    state.vote = NodeId(reader.u32());
    state.commit = Index(reader.u64());
    if (Status status = finish(reader, "hard state"); !status) return status.error();
    return state;
}

Bytes encode_mark(const SignedMark& mark) {
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.u64(mark.size);
    writer.digest(mark.root);
    return writer.take();
}

Result<SignedMark> decode_mark(ByteView bytes) {
    crypto::Reader reader(bytes);
    if (Status status = expect_version(reader, "signing mark"); !status) return status.error();
    SignedMark mark;
    mark.size = reader.u64();
    mark.root = reader.digest();
    if (Status status = finish(reader, "signing mark"); !status) return status.error();
    return mark;
}

ChainTip empty_tip(const crypto::Digest& network) {
    ChainTip tip;
    tip.hash = network;
    return tip;
}

Error damaged_block(Index index, const std::string& what) {
    return fail(errc::corrupt_block, "block " + std::to_string(index.value) + ": " + what);
}

Result<Block> decode_stored_block(ByteView value, Index expected) {
    if (value.size() < Block::kHeaderBytes) return damaged_block(expected, "header: too short");
    const auto header = consensus::BlockHeader::decode(value.first(Block::kHeaderBytes));
    if (!header) return damaged_block(expected, "header: " + header.error().context);
    Block block;
    block.header = *header;
    block.hash = block.header.hash();
    block.payload = share(to_bytes(value.subspan(Block::kHeaderBytes)));
    return block;
}

Status verify_block(const Block& block, Index expected, const crypto::Digest& network,
                    const crypto::Digest* previous) {
    TALLY_CHECK(block.payload != nullptr);
    if (block.header.network != network) return damaged_block(expected, "network");
    if (block.header.index != expected) return damaged_block(expected, "index");
    if (block.header.payload_size != block.payload->size()) {
        return damaged_block(expected, "payload_size");
    }
    if (block.header.payload_hash != consensus::payload_hash(*block.payload)) {
        return damaged_block(expected, "payload_hash");
    }
    if (previous != nullptr) return verify_link(block, *previous);
    return {};
}

Status verify_link(const Block& block, const crypto::Digest& previous) {
    if (block.header.previous == previous) return {};
    return damaged_block(block.header.index, "previous: not the hash of the block before it");
}

}  // namespace tally::storage
