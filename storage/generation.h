#pragma once

// Internal.
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "storage/state_codec.h"
#include "storage/state_store.h"

namespace tally::storage {

/// The right edge of the tiles, level by level: what the next hash of a level is appended to.
using EdgeTiles = std::array<std::vector<crypto::Digest>, kTileLevels>;

/// Derived data of consecutive blocks, in memory: the part of the state that is not on disk yet.
///
/// A record keeps its versions, each with the block that wrote it, so that a reader as of an older
/// block does not see a newer one; versions that no live view can ask for are dropped when the
/// next comes. Tiles and entries only grow, and a view cuts them at its own tree size.
///
/// Keys of accounts are kept in order as well, for scans; the others are only looked up.
///
/// One thread adds; any thread reads. Once nobody adds any more, `writer` reads without a lock.
class Generation {
public:
    /// A version's value; nothing inside means that the record was removed.
    using Value = std::optional<Bytes>;

    /// Adds a block. `oldest` is the oldest block that a live or future view may stand for.
    void add(AppliedBlock block, EdgeTiles& edge, std::uint64_t oldest);

    /// The newest version not after `block`, if this generation has one.
    std::optional<Value> record(ByteView key, std::uint64_t block) const;
    /// A key that this generation has, and what `record` answers for it.
    struct Found {
        Bytes key;
        std::optional<Value> value;
    };
    /// The account or alert with the first key after `key`; nothing after the last one.
    std::optional<Found> listed_after(ByteView key, std::uint64_t block) const;
    /// The first `width` hashes of a tile, if this generation holds that tile.
    std::optional<std::vector<crypto::Digest>> tile(TileKey key, std::size_t width) const;
    /// The last range that begins at or before `entry`, if it was written here.
    std::optional<EntryRange> entries_at(std::uint64_t entry) const;
    /// The first seal with a size above `entry`, not after `block`.
    std::optional<SealPoint> seal_above(std::uint64_t entry, std::uint64_t block) const;

    /// Approximate memory in use.
    std::size_t bytes() const;
    bool empty() const;

    struct RecordRef {
        std::string_view key;
        const Value* value;
    };
    struct TileRef {
        TileKey key;
        const std::vector<crypto::Digest>* hashes;
    };
    /// Everything in key order, newest versions. Requires that nobody adds any more.
    std::vector<RecordRef> records_in_order() const;
    std::vector<TileRef> tiles_in_order() const;
    const std::vector<EntryRange>& entry_ranges() const { return entries_; }
    const std::vector<SealPoint>& seals() const { return seals_; }

private:
    struct Version {
        std::uint64_t block;
        Value value;
    };
    struct KeyHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const {
            return std::hash<std::string_view>{}(key);
        }
    };
    using Records = std::unordered_map<std::string, std::vector<Version>, KeyHash, std::equal_to<>>;

    static std::optional<Value> version_at(const std::vector<Version>& versions,
                                           std::uint64_t block);
    void add_record(std::uint64_t block, ledger::RecordChange& change, std::uint64_t oldest);
    void add_tile_hash(const crypto::TreeFrontier::TileHash& hash, EdgeTiles& edge);

    mutable std::shared_mutex mutex_;  // guards everything below
    Records records_;
    std::map<std::string_view, const std::vector<Version>*> listed_;  // views into records_
    std::map<std::array<std::uint8_t, 9>, std::vector<crypto::Digest>> tiles_;
    std::vector<EntryRange> entries_;  // ascending by first
    std::vector<SealPoint> seals_;     // ascending by size
    std::size_t bytes_ = 0;
    bool empty_ = true;
};

}  // namespace tally::storage
