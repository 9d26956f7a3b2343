#pragma once

// Internal: how state/ keeps derived data (docs/FORMAT.md, Stored). Decoders are total:
// corrupt_state.
#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/merkle.h"
#include "storage/state_store.h"

namespace tally::storage {

inline constexpr int kTileLevels = 8;
inline constexpr std::size_t kTileWidth = 256;

struct TileKey {
    int level = 0;
    std::uint64_t number = 0;

    bool operator==(const TileKey&) const = default;
    /// Level, then the number, big-endian.
    std::array<std::uint8_t, 9> encode() const;
};

/// Hashes at a tile level in a tree of `size` leaves.
std::uint64_t tile_hashes_at(int level, std::uint64_t size);

/// The entries of one block: count, where they are rebuilt from, and how.
struct EntryRange {
    std::uint64_t first = 0;
    std::uint32_t count = 0;
    std::uint64_t block = 0;
    Bytes recipe;
};

Bytes encode_applied(const AppliedPoint& point);
Result<AppliedPoint> decode_applied(ByteView bytes);
/// Without `first`, which is the key.
Bytes encode_entry_range(const EntryRange& range);
Result<EntryRange> decode_entry_range(std::uint64_t first, ByteView bytes);
/// Without `size`, which is the key.
Bytes encode_seal(const SealPoint& seal);
Result<SealPoint> decode_seal(std::uint64_t size, ByteView bytes);
Bytes encode_tile(const std::vector<crypto::Digest>& hashes);
Result<std::vector<crypto::Digest>> decode_tile(ByteView bytes);

/// The place of an entry in its range, or not_found if the range ends before it.
Result<EntryPlace> place_in(const EntryRange& range, std::uint64_t entry);

}  // namespace tally::storage
