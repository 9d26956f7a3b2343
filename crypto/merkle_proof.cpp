// Proofs over a stored tree. Every hash that a proof needs is the root of a range of leaves that
// starts at a multiple of its own size rounded up to a power of two. Such a range is a row of full
// subtrees; a full subtree of 2^level leaves lies inside one tile of level / 8, so it is computed
// from at most 256 hashes of that tile, and is one of them when the level is a multiple of 8.
#include <bit>

#include "crypto/errc.h"
#include "crypto/merkle.h"

namespace tally::crypto {
namespace {

/// Reads full subtrees of a tree of `tree_size` leaves. A tile is asked for with the width that it
/// has in that tree, because a server need not have any other, and it is kept: neighbouring hashes
/// of a proof lie in the same one. Holds two tiles per level at most for one proof's path and edge.
class SubtreeReader {
public:
    SubtreeReader(const TileSource& source, std::uint64_t tree_size)
        : source_(source), tree_size_(tree_size) {}

    /// Root of leaves [start, start + 2^level). Requires start to be a multiple of 2^level and the
    /// range to be inside the tree.
    Result<Digest> full_subtree(std::uint64_t start, int level) {
        const int tile_level = level / 8;
        const std::uint64_t position = start >> (8 * tile_level);
        const std::uint64_t number = position / kTileWidth;
        const std::size_t offset = static_cast<std::size_t>(position % kTileWidth);
        const std::size_t count = std::size_t{1} << (level % 8);

        const Result<const std::vector<Digest>*> hashes = tile(tile_level, number);
        if (!hashes) return hashes.error();
        TALLY_CHECK(offset + count <= (*hashes)->size());
        return merkle_root(std::span(**hashes).subspan(offset, count));
    }

    /// Root of leaves [start, end), which must be a subtree of the RFC 6962 tree and not empty.
    Result<Digest> range_root(std::uint64_t start, std::uint64_t end) {
        TALLY_CHECK(start < end && end <= tree_size_);
        std::vector<Digest> row;
        while (start < end) {
            const int level = std::countr_zero(std::bit_floor(end - start));
            Result<Digest> subtree = full_subtree(start, level);
            if (!subtree) return subtree;
            row.push_back(*subtree);
            start += std::uint64_t{1} << level;
        }
        Digest root = row.back();
        for (std::size_t next = row.size() - 1; next > 0; --next) {
            root = node_hash(row[next - 1], root);
        }
        return root;
    }

private:
    struct Tile {
        int level;
        std::uint64_t number;
        std::vector<Digest> hashes;
    };

    /// The pointer is valid until the next call.
    Result<const std::vector<Digest>*> tile(int level, std::uint64_t number) {
        for (const Tile& kept : tiles_) {
            if (kept.level == level && kept.number == number) return &kept.hashes;
        }
        const int width = tile_width(level, number, tree_size_);
        TALLY_CHECK(width > 0);
        Result<std::vector<Digest>> read = source_.tile(level, number, width);
        if (!read) return std::move(read).error();
        // The source may be a remote server, so its answer is outside input.
        if (read->size() != static_cast<std::size_t>(width)) {
            return fail(errc::truncated,
                        "tile " + std::to_string(level) + "/" + std::to_string(number) + " has " +
                            std::to_string(read->size()) + " hashes of " + std::to_string(width));
        }
        tiles_.push_back({level, number, std::move(*read)});
        return &tiles_.back().hashes;
    }

    const TileSource& source_;
    std::uint64_t tree_size_;
    std::vector<Tile> tiles_;
};

Error outside(std::uint64_t value, std::uint64_t size) {
    return fail(errc::size_out_of_range,
                std::to_string(value) + " does not lie in a tree of " + std::to_string(size));
}

}  // namespace

Result<Digest> root_at(const TileSource& source, std::uint64_t size) {
    if (size == 0) return empty_root();
    return SubtreeReader(source, size).range_root(0, size);
}

Result<std::vector<Digest>> inclusion_proof(const TileSource& source, std::uint64_t index,
                                            std::uint64_t size) {
    if (index >= size) return outside(index, size);
    SubtreeReader reader(source, size);
    std::vector<Digest> downwards;
    // RFC 9162, section 2.1.3.1: descend towards the leaf and note the half that is left aside.
    std::uint64_t start = 0;
    std::uint64_t end = size;
    while (end - start > 1) {
        const std::uint64_t split = start + std::bit_floor(end - start - 1);
        const bool goes_left = index < split;
        const Result<Digest> sibling =
            goes_left ? reader.range_root(split, end) : reader.range_root(start, split);
        if (!sibling) return sibling.error();
        downwards.push_back(*sibling);
        (goes_left ? end : start) = split;
    }
    return std::vector<Digest>(downwards.rbegin(), downwards.rend());
}

Result<std::vector<Digest>> consistency_proof(const TileSource& source, std::uint64_t old_size,
                                              std::uint64_t new_size) {
    if (old_size == 0 || old_size > new_size) return outside(old_size, new_size);
    SubtreeReader reader(source, new_size);
    std::vector<Digest> downwards;
    // RFC 9162, section 2.1.4.1: descend towards the old tree's last full subtree.
    std::uint64_t start = 0;
    std::uint64_t end = new_size;
    while (end != old_size) {
        const std::uint64_t split = start + std::bit_floor(end - start - 1);
        const bool goes_left = old_size <= split;
        const Result<Digest> sibling =
            goes_left ? reader.range_root(split, end) : reader.range_root(start, split);
        if (!sibling) return sibling.error();
        downwards.push_back(*sibling);
        (goes_left ? end : start) = split;
    }
    // The subtree reached is the old root itself, which the verifier has, unless a left half was
    // left aside on the way.
    if (start != 0) {
        const Result<Digest> reached = reader.range_root(start, end);
        if (!reached) return reached.error();
        downwards.push_back(*reached);
    }
    return std::vector<Digest>(downwards.rbegin(), downwards.rend());
}

}  // namespace tally::crypto
