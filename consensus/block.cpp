#include "consensus/block.h"

#include <string>

#include "base/check.h"
#include "consensus/errc.h"
#include "crypto/codec.h"

namespace tally::consensus {
namespace {

constexpr std::uint8_t kHeaderVersion = 1;

std::string place_of(const BlockHeader& header) {
    return "block " + std::to_string(header.index.value);
}

}  // namespace

Bytes BlockHeader::encode() const {
    crypto::Writer writer;
    writer.u8(kHeaderVersion);
    writer.digest(network);
    writer.u64(index.value);
    writer.u64(term.value);
    writer.i64(time.count());
    writer.u8(static_cast<std::uint8_t>(kind));
    writer.digest(previous);
    writer.digest(payload_hash);
    writer.u32(payload_size);
    TALLY_CHECK(writer.size() == Block::kHeaderBytes);
    return writer.take();
}

Result<BlockHeader> BlockHeader::decode(ByteView bytes) {
    crypto::Reader reader(bytes);
    BlockHeader header;
    if (reader.u8() != kHeaderVersion) reader.reject();
    header.network = reader.digest();
    header.index = Index(reader.u64());
    header.term = Term(reader.u64());
    header.time = Millis(reader.i64());
    const std::uint8_t kind = reader.u8();
    if (kind > static_cast<std::uint8_t>(BlockKind::configuration)) reader.reject();
    header.kind = static_cast<BlockKind>(kind);
    header.previous = reader.digest();
    header.payload_hash = reader.digest();
    header.payload_size = reader.u32();
    if (Status status = reader.finish(); !status) {
        return fail(errc::bad_block, "block header: " + status.error().code.message());
    }
    return header;
}

crypto::Digest BlockHeader::hash() const {
    const Bytes encoded = encode();
    return crypto::domain_hash("block", {ByteView(encoded)});
}

crypto::Digest payload_hash(ByteView payload) { return crypto::domain_hash("payload", {payload}); }

Block make_block(BlockHeader header, SharedBytes payload) {
    TALLY_CHECK(payload != nullptr);
    TALLY_CHECK(payload->size() <= UINT32_MAX);
    header.payload_hash = payload_hash(*payload);
    header.payload_size = static_cast<std::uint32_t>(payload->size());
    const crypto::Digest hash = header.hash();
    return Block{header, hash, std::move(payload)};
}

Status check_block(const Block& block, const ChainTip& previous, const crypto::Digest& network) {
    const BlockHeader& header = block.header;
    const auto broken = [&header](const char* what) {
        return fail(errc::bad_block, place_of(header) + ": " + what);
    };
    if (header.network != network) return broken("belongs to another network");
    if (header.index != previous.index.next()) return broken("index does not follow");
    if (header.previous != previous.hash) return broken("previous hash differs");
    if (header.term < previous.term || header.term == Term(0)) return broken("term goes back");
    if (header.time < previous.time) return broken("time goes back");
    if (block.payload == nullptr || block.payload->size() != header.payload_size) {
        return broken("payload size differs");
    }
    if (header.kind > BlockKind::configuration) return broken("unknown kind");
    if (header.kind == BlockKind::noop && header.payload_size != 0) {
        return broken("a no-op carries a payload");
    }
    if (block.hash != header.hash()) return broken("block hash differs");
    if (header.payload_hash != payload_hash(*block.payload)) return broken("payload hash differs");
    return {};
}

ChainTip tip_of(const Block& block) {
    return {block.header.index, block.header.term, block.header.time, block.hash};
}

}  // namespace tally::consensus
