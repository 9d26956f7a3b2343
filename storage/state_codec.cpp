#include "storage/state_codec.h"

#include <string>

#include "base/check.h"
#include "crypto/codec.h"
#include "storage/errc.h"

namespace tally::storage {

using consensus::Index;
using consensus::Millis;

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kFrontierBytesMax = 4096;
constexpr std::size_t kHeadBytesMax = 4096;
constexpr std::size_t kRecipeBytesMax = std::size_t{1} << 30;

Error corrupt(const std::string& what) { return fail(errc::corrupt_state, what); }

void write_seal(crypto::Writer& writer, const SealPoint& seal) {
    writer.digest(seal.root);
    writer.u64(seal.block.value);
    writer.i64(seal.time.count());
}

SealPoint read_seal(crypto::Reader& reader, std::uint64_t size) {
    SealPoint seal;
    seal.size = size;
    seal.root = reader.digest();
    seal.block = Index(reader.u64());
    seal.time = Millis(reader.i64());
    return seal;
}

}  // namespace

std::array<std::uint8_t, 9> TileKey::encode() const {
    TALLY_CHECK(level >= 0 && level < kTileLevels);
    std::array<std::uint8_t, 9> key{};
    key[0] = static_cast<std::uint8_t>(level);
    for (std::size_t i = 0; i < 8; ++i) {
        key[1 + i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
    }
    return key;
}

std::uint64_t tile_hashes_at(int level, std::uint64_t size) {
    if (level < 0 || level >= kTileLevels) return 0;
    return size >> (8 * level);
}

Bytes encode_applied(const AppliedPoint& point) {
    TALLY_CHECK(point.frontier.size() == point.head.entry_count);
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.u64(point.index.value);
    writer.digest(point.block_hash);
    writer.bytes(point.head.encode());
    writer.bytes(point.frontier.encode());
    writer.u8(point.last_seal.has_value() ? 1 : 0);
    if (point.last_seal) {
        writer.u64(point.last_seal->size);
        write_seal(writer, *point.last_seal);
    }
    return writer.take();
}

Result<AppliedPoint> decode_applied(ByteView bytes) {
    crypto::Reader reader(bytes);
    if (reader.u8() != kVersion) reader.reject();
    AppliedPoint point;
    point.index = Index(reader.u64());
    point.block_hash = reader.digest();
    const ByteView head_bytes = reader.bytes(kHeadBytesMax);
    const ByteView frontier_bytes = reader.bytes(kFrontierBytesMax);
    const std::uint8_t sealed = reader.u8();
    if (sealed > 1) reader.reject();
    if (sealed == 1) {
        const std::uint64_t size = reader.u64();
        point.last_seal = read_seal(reader, size);
    }
    if (!reader.finish()) return corrupt("applied point");
    auto head = ledger::LedgerHead::decode(head_bytes);
    if (!head) return corrupt("applied point: head: " + head.error().context);
    auto frontier = crypto::TreeFrontier::decode(frontier_bytes);
    if (!frontier) return corrupt("applied point: frontier: " + frontier.error().context);
    if (frontier->size() != head->entry_count) {
        return corrupt("applied point: the frontier is not that of the head");
    }
    point.head = *head;
    point.frontier = std::move(*frontier);
    return point;
}

Bytes encode_entry_range(const EntryRange& range) {
    TALLY_CHECK(range.count > 0 && range.recipe.size() <= kRecipeBytesMax);
    crypto::Writer writer;
    writer.u64(range.block);
    writer.u32(range.count);
    writer.bytes(range.recipe);
    return writer.take();
}

Result<EntryRange> decode_entry_range(std::uint64_t first, ByteView bytes) {
    crypto::Reader reader(bytes);
    EntryRange range;
    range.first = first;
    range.block = reader.u64();
    range.count = reader.u32();
    range.recipe = to_bytes(reader.bytes(kRecipeBytesMax));
    if (!reader.finish()) return corrupt("entries from " + std::to_string(first));
    return range;
}

Bytes encode_seal(const SealPoint& seal) {
    crypto::Writer writer;
    write_seal(writer, seal);
    return writer.take();
}

Result<SealPoint> decode_seal(std::uint64_t size, ByteView bytes) {
    crypto::Reader reader(bytes);
    SealPoint seal = read_seal(reader, size);
    if (!reader.finish()) return corrupt("seal of size " + std::to_string(size));
    return seal;
}

Bytes encode_tile(const std::vector<crypto::Digest>& hashes) {
    TALLY_CHECK(!hashes.empty() && hashes.size() <= kTileWidth);
    crypto::Writer writer;
    for (const crypto::Digest& hash : hashes) writer.digest(hash);
    return writer.take();
}

Result<std::vector<crypto::Digest>> decode_tile(ByteView bytes) {
    constexpr std::size_t kHashBytes = 32;
    if (bytes.empty() || bytes.size() % kHashBytes != 0 || bytes.size() > kTileWidth * kHashBytes) {
        return corrupt("tile of " + std::to_string(bytes.size()) + " bytes");
    }
    std::vector<crypto::Digest> hashes;
    hashes.reserve(bytes.size() / kHashBytes);
    for (std::size_t at = 0; at < bytes.size(); at += kHashBytes) {
        hashes.push_back(crypto::digest_from(bytes.subspan(at, kHashBytes)));
    }
    return hashes;
}

Result<EntryPlace> place_in(const EntryRange& range, std::uint64_t entry) {
    if (entry < range.first || entry - range.first >= range.count) {
        return fail(errc::not_found, "entry " + std::to_string(entry));
    }
    EntryPlace place;
    place.block = Index(range.block);
    place.position = static_cast<std::uint32_t>(entry - range.first);
    place.recipe = range.recipe;
    return place;
}

}  // namespace tally::storage
