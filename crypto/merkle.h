#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"

namespace tally::crypto {

/// RFC 6962, section 2.1. Root of the empty tree: SHA-256 of nothing.
Digest empty_root();
/// SHA-256(0x00, entry) and SHA-256(0x01, left, right): the prefixes keep a leaf from ever passing
/// for an inner node.
Digest leaf_hash(ByteView entry);
Digest node_hash(const Digest& left, const Digest& right);

/// Root over all leaves at once, for small lists such as a submission's transactions.
Digest merkle_root(std::span<const Digest> leaf_hashes);
/// Inclusion proof over a small list held in memory, from the leaf's sibling upwards.
/// Requires index < leaf_hashes.size().
std::vector<Digest> merkle_path(std::span<const Digest> leaf_hashes, std::uint64_t index);

constexpr int kTileWidth = 256;  ///< hashes in a full tile
constexpr int kTileLevels = 8;   ///< tile levels that a tree of at most 2^64 - 1 leaves can fill

/// How many hashes tile (level, number) has in a tree of `tree_size` leaves: 0 (there is no such
/// tile) to 256 (full). Requires level >= 0.
int tile_width(int level, std::uint64_t number, std::uint64_t tree_size);

/// Where the hashes of full tiles and of the growing right edge come from (tlog-tiles): hash i of
/// tile (level, number) is the root of the 256^level leaves from (256*number+i) * 256^level on.
class TileSource {
public:
    virtual ~TileSource() = default;
    /// The first `width` (1..256) hashes of a tile, or not_found / a storage error. The functions
    /// below ask for the width that the tile has in the tree of the size they were given.
    virtual Result<std::vector<Digest>> tile(int level, std::uint64_t number, int width) const = 0;
};

/// The tree kept incrementally: its right edge, at most 64 hashes. Holds up to 2^64 - 1 leaves,
/// not thread-safe. Appending emits completed hashes
/// at tile levels (multiples of 8) for the caller to store.
class TreeFrontier {
public:
    struct TileHash {
        int level;            ///< tile level 0..7
        std::uint64_t index;  ///< position in that level: tile number = index / 256
        Digest hash;
    };

    std::uint64_t size() const { return size_; }
    Digest root() const;
    /// Appends one leaf hash; adds to `completed` the level-0 hash and each tile-level hash that it
    /// completed.
    void append(const Digest& leaf, std::vector<TileHash>& completed);
    void append(const Digest& leaf);

    /// Fixed layout: version, size, then one digest per set bit of size, largest subtree first.
    Bytes encode() const;
    /// Total. Fails with bad_version, truncated or trailing_bytes. The hashes are taken as they
    /// are: the caller compares the root with one that it trusts.
    static Result<TreeFrontier> decode(ByteView bytes);

private:
    std::uint64_t size_ = 0;
    std::vector<Digest> edge_;  // one full subtree per set bit of size_, largest first
};

/// Root of the first `size` leaves. Fails with size_out_of_range or the source's error.
Result<Digest> root_at(const TileSource& source, std::uint64_t size);
/// Inclusion proof of leaf `index` in the tree of `size` leaves (RFC 9162, section 2.1.3.1).
Result<std::vector<Digest>> inclusion_proof(const TileSource& source, std::uint64_t index,
                                            std::uint64_t size);
/// Consistency proof (RFC 9162, section 2.1.4.1), 1 <= old_size <= new_size; empty for equal sizes.
Result<std::vector<Digest>> consistency_proof(const TileSource& source, std::uint64_t old_size,
                                              std::uint64_t new_size);

/// RFC 9162, section 2.1.3.2. Fails with size_out_of_range, bad_proof or root_mismatch.
Status verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                        std::span<const Digest> proof, const Digest& root);
/// The root that a proof leads to, for callers that compare it themselves. Fails with
/// size_out_of_range or bad_proof.
Result<Digest> root_from_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                                   std::span<const Digest> proof);
/// RFC 9162, section 2.1.4.2. Any proof from size 0 is refused; equal sizes need an empty proof and
/// equal roots. Fails with size_out_of_range, bad_proof or root_mismatch.
Status verify_consistency(std::uint64_t old_size, std::uint64_t new_size, const Digest& old_root,
                          const Digest& new_root, std::span<const Digest> proof);

}  // namespace tally::crypto
