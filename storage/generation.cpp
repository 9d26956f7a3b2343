// The blocks between two writes of the disk, in memory. A generation is a difference: it has only
// what its blocks changed, and who does not find something here looks in the layer below.
//
// Threads: one adds, any reads. The lock is let go between parts of a large block, so readers may
// see records of a block that is half added. They never ask for them: a block becomes visible only
// when the store moves its applied point, and a view of an older block asks for older versions.
// After the last add nobody writes any more, and the writer of the disk reads without the lock.
//
// Invariants: the versions of a record ascend by block; entries, seals and the hashes of a level
// have no gap; a tile that began on the disk starts here with what the edge has of it, so the
// tiles here are whole prefixes and replace those below. bytes_ counts what is kept.
//
// What must never happen: a version dropped that a live view may ask for, hence `oldest`; a tile
// hash out of its place, which would lead to another root than the leaves.
#include "storage/generation.h"

#include <algorithm>
#include <mutex>

#include "base/check.h"

namespace tally::storage {
namespace {

// What a map node, a vector and a string cost beside their bytes, roughly.
constexpr std::size_t kRecordOverheadBytes = 160;
constexpr std::size_t kVersionOverheadBytes = 64;
constexpr std::size_t kOrderOverheadBytes = 64;
constexpr std::size_t kTileBytes = kTileWidth * sizeof(crypto::Digest);
// Also bounds how many empty blocks may pass before a generation ends.
constexpr std::size_t kBlockOverheadBytes = 256;
// Readers get their turn after so many records of a large block.
constexpr std::size_t kRecordsPerLock = 256;

std::size_t size_of(const Generation::Value& value) { return value ? value->size() : 0; }

bool is_listed(ByteView key) {
    if (key.empty()) return false;
    switch (key.front()) {
        case static_cast<std::uint8_t>(ledger::AccountClass::line):
        case static_cast<std::uint8_t>(ledger::AccountClass::contract):
        case static_cast<std::uint8_t>(ledger::AccountClass::borrower):
        case static_cast<std::uint8_t>(ledger::AccountClass::member):
        case ledger::kComplaintRecord:
        case ledger::kReconRecord:
        case ledger::kOpinionRecord:
        case ledger::kHedgeRecord:
        case ledger::kErasureRecord:
        case ledger::kAlertRecord:
        case ledger::kPoolRecord:
            return true;
        default:
            return false;
    }
}

}  // namespace

void Generation::add(AppliedBlock block, EdgeTiles& edge, std::uint64_t oldest) {
    const std::uint64_t index = block.point.index.value;
    TALLY_CHECK(oldest <= index);
    for (std::size_t at = 0; at < block.changes.size(); at += kRecordsPerLock) {
        const std::unique_lock lock(mutex_);
        const std::size_t end = std::min(at + kRecordsPerLock, block.changes.size());
        for (std::size_t i = at; i < end; ++i) add_record(index, block.changes[i], oldest);
    }
    const std::unique_lock lock(mutex_);
    for (const auto& hash : block.tile_hashes) add_tile_hash(hash, edge);
    if (block.entry_count > 0) {
        TALLY_CHECK(entries_.empty() ||
                    entries_.back().first + entries_.back().count == block.first_entry);
        bytes_ += block.recipe.size() + sizeof(EntryRange);
        entries_.push_back({.first = block.first_entry,
                            .count = block.entry_count,
                            .block = index,
                            .recipe = std::move(block.recipe)});
    }
    TALLY_CHECK(!block.seal || seals_.empty() || seals_.back().size < block.seal->size);
    if (block.seal) seals_.push_back(*block.seal);
    bytes_ += kBlockOverheadBytes;
    empty_ = false;
}

void Generation::add_record(std::uint64_t block, ledger::RecordChange& change,
                            std::uint64_t oldest) {
    auto found = records_.find(text_of(change.key));
    if (found == records_.end()) {
        found = records_.try_emplace(to_string(change.key)).first;
        bytes_ += change.key.size() + kRecordOverheadBytes;
        if (is_listed(change.key)) {
            listed_.emplace(found->first, &found->second);  // neither moves in its map
            bytes_ += kOrderOverheadBytes;
        }
    }
    std::vector<Version>& versions = found->second;
    TALLY_CHECK(versions.empty() || versions.back().block < block);
    // Of the versions not after `oldest`, only the last can still be asked for.
    std::size_t needless = 0;
    while (needless + 1 < versions.size() && versions[needless + 1].block <= oldest) {
        const std::size_t freed = size_of(versions[needless].value) + kVersionOverheadBytes;
        TALLY_CHECK(bytes_ >= freed);
        bytes_ -= freed;
        ++needless;
    }
    versions.erase(versions.begin(), versions.begin() + static_cast<std::ptrdiff_t>(needless));
    bytes_ += size_of(change.value) + kVersionOverheadBytes;
    versions.push_back({block, std::move(change.value)});
}

void Generation::add_tile_hash(const crypto::TreeFrontier::TileHash& hash, EdgeTiles& edge) {
    TALLY_CHECK(hash.level >= 0 && hash.level < kTileLevels);
    std::vector<crypto::Digest>& growing = edge[static_cast<std::size_t>(hash.level)];
    if (hash.index % kTileWidth == 0) growing.clear();
    TALLY_CHECK(growing.size() == hash.index % kTileWidth);
    const TileKey key{hash.level, hash.index / kTileWidth};
    const auto [tile, fresh] = tiles_.try_emplace(key.encode());
    if (fresh) {
        tile->second.reserve(kTileWidth);
        tile->second = growing;
        bytes_ += kTileBytes;
    }
    tile->second.push_back(hash.hash);
    growing.push_back(hash.hash);
    TALLY_CHECK(tile->second.size() == growing.size());
}

std::optional<Generation::Value> Generation::record(ByteView key, std::uint64_t block) const {
    const std::shared_lock lock(mutex_);
    const auto found = records_.find(text_of(key));
    if (found == records_.end()) return std::nullopt;
    return version_at(found->second, block);
}

std::optional<Generation::Value> Generation::version_at(const std::vector<Version>& versions,
                                                        std::uint64_t block) {
    // They ascend.
    const auto version = std::find_if(versions.rbegin(), versions.rend(),
                                      [block](const auto& each) { return each.block <= block; });
    if (version == versions.rend()) return std::nullopt;
    return version->value;
}

std::optional<Generation::Found> Generation::listed_after(ByteView key, std::uint64_t block) const {
    const std::shared_lock lock(mutex_);
    const auto next = listed_.upper_bound(text_of(key));
    if (next == listed_.end()) return std::nullopt;
    return Found{to_bytes(next->first), version_at(*next->second, block)};
}

std::optional<std::vector<crypto::Digest>> Generation::tile(TileKey key, std::size_t width) const {
    TALLY_CHECK(width > 0 && width <= kTileWidth);
    const std::shared_lock lock(mutex_);
    const auto found = tiles_.find(key.encode());
    if (found == tiles_.end()) return std::nullopt;
    // The caller's tree covers `width` hashes, and what is on disk may be all of them.
    if (found->second.size() < width) return std::nullopt;
    return std::vector<crypto::Digest>(found->second.begin(),
                                       found->second.begin() + static_cast<std::ptrdiff_t>(width));
}

std::optional<EntryRange> Generation::entries_at(std::uint64_t entry) const {
    const std::shared_lock lock(mutex_);
    const auto after = std::upper_bound(
        entries_.begin(), entries_.end(), entry,
        [](std::uint64_t wanted, const EntryRange& range) { return wanted < range.first; });
    if (after == entries_.begin()) return std::nullopt;
    return *std::prev(after);
}

std::optional<SealPoint> Generation::seal_above(std::uint64_t entry, std::uint64_t block) const {
    const std::shared_lock lock(mutex_);
    const auto found = std::upper_bound(
        seals_.begin(), seals_.end(), entry,
        [](std::uint64_t wanted, const SealPoint& seal) { return wanted < seal.size; });
    if (found == seals_.end() || found->block.value > block) return std::nullopt;
    return *found;
}

std::size_t Generation::bytes() const {
    const std::shared_lock lock(mutex_);
    return bytes_;
}

bool Generation::empty() const {
    const std::shared_lock lock(mutex_);
    return empty_;
}

std::vector<Generation::RecordRef> Generation::records_in_order() const {
    std::vector<RecordRef> ordered;
    ordered.reserve(records_.size());
    for (const auto& [key, versions] : records_) {
        TALLY_CHECK(!versions.empty());
        ordered.push_back({key, &versions.back().value});
    }
    std::sort(ordered.begin(), ordered.end(),
              [](const RecordRef& left, const RecordRef& right) { return left.key < right.key; });
    return ordered;
}

std::vector<Generation::TileRef> Generation::tiles_in_order() const {
    std::vector<TileRef> ordered;
    ordered.reserve(tiles_.size());
    for (const auto& [key, hashes] : tiles_) {
        std::uint64_t number = 0;
        for (std::size_t i = 1; i < key.size(); ++i) number = number << 8 | key[i];
        ordered.push_back({{key[0], number}, &hashes});
    }
    return ordered;
}

}  // namespace tally::storage
