// The tree of RFC 6962, section 2.1, built upwards. A tree of n leaves is a row of full subtrees,
// one for each set bit of n, largest first: appending a leaf works like adding one in binary, and
// the root folds the row from the right.
#include <bit>
#include <limits>

#include "crypto/codec.h"
#include "crypto/errc.h"
#include "crypto/merkle.h"

namespace tally::crypto {
namespace {

constexpr std::uint8_t kFrontierVersion = 1;

Digest fold_from_right(std::span<const Digest> subtrees) {
    Digest root = subtrees.back();
    for (std::size_t next = subtrees.size() - 1; next > 0; --next) {
        root = node_hash(subtrees[next - 1], root);
    }
    return root;
}

/// Adds a leaf to the row; `on_parent` gets each full subtree of 2^level leaves that it completed.
template <typename OnParent>
void add_leaf(std::uint64_t& size, std::vector<Digest>& row, const Digest& leaf,
              OnParent&& on_parent) {
    TALLY_CHECK(size < std::numeric_limits<std::uint64_t>::max());
    Digest subtree = leaf;
    // Each trailing set bit of the old size is a full subtree that now gets its right half.
    for (int level = 1; ((size >> (level - 1)) & 1) == 1; ++level) {
        subtree = node_hash(row.back(), subtree);
        row.pop_back();
        on_parent(level, size >> level, subtree);
    }
    row.push_back(subtree);
    ++size;
}

}  // namespace

Digest empty_root() { return sha256(ByteView{}); }

Digest leaf_hash(ByteView entry) {
    static constexpr std::uint8_t kLeafPrefix[] = {0x00};
    return sha256({kLeafPrefix, entry});
}

Digest node_hash(const Digest& left, const Digest& right) {
    // One piece of 65 bytes is hashed faster than three.
    std::array<std::uint8_t, 65> input;
    input[0] = 0x01;
    std::memcpy(input.data() + 1, left.bytes.data(), 32);
    std::memcpy(input.data() + 33, right.bytes.data(), 32);
    return sha256(input);
}

Digest merkle_root(std::span<const Digest> leaf_hashes) {
    TreeFrontier frontier;
    for (const Digest& leaf : leaf_hashes) frontier.append(leaf);
    return frontier.root();
}

std::vector<Digest> merkle_path(std::span<const Digest> leaf_hashes, std::uint64_t index) {
    TALLY_CHECK(index < leaf_hashes.size());
    std::vector<Digest> path_downwards;
    std::span<const Digest> range = leaf_hashes;
    std::size_t position = static_cast<std::size_t>(index);
    while (range.size() > 1) {
        const std::size_t split = std::bit_floor(range.size() - 1);
        const std::span<const Digest> left = range.first(split);
        const std::span<const Digest> right = range.subspan(split);
        const bool goes_left = position < split;
        path_downwards.push_back(merkle_root(goes_left ? right : left));
        range = goes_left ? left : right;
        if (!goes_left) position -= split;
    }
    return {path_downwards.rbegin(), path_downwards.rend()};
}

int tile_width(int level, std::uint64_t number, std::uint64_t tree_size) {
    TALLY_CHECK(level >= 0);
    if (level >= kTileLevels || number >= (std::uint64_t{1} << 56)) return 0;
    const std::uint64_t hashes = tree_size >> (8 * level);
    const std::uint64_t before = number * kTileWidth;
    if (hashes <= before) return 0;
    const std::uint64_t available = hashes - before;
    return available < kTileWidth ? static_cast<int>(available) : kTileWidth;
}

Digest TreeFrontier::root() const { return size_ == 0 ? empty_root() : fold_from_right(edge_); }

void TreeFrontier::append(const Digest& leaf, std::vector<TileHash>& completed) {
    completed.push_back({0, size_, leaf});
    add_leaf(size_, edge_, leaf, [&](int level, std::uint64_t index, const Digest& subtree) {
        if (level % 8 == 0) completed.push_back({level / 8, index, subtree});
    });
}

void TreeFrontier::append(const Digest& leaf) {
    add_leaf(size_, edge_, leaf, [](int, std::uint64_t, const Digest&) {});
}

Bytes TreeFrontier::encode() const {
    TALLY_CHECK(edge_.size() == static_cast<std::size_t>(std::popcount(size_)));
    Writer writer;
    writer.u8(kFrontierVersion);
    writer.u64(size_);
    for (const Digest& subtree : edge_) writer.digest(subtree);
    return writer.take();
}

Result<TreeFrontier> TreeFrontier::decode(ByteView bytes) {
    Reader reader(bytes);
    if (reader.u8() != kFrontierVersion) reader.reject(errc::bad_version);
    TreeFrontier frontier;
    frontier.size_ = reader.u64();
    const int subtrees = std::popcount(frontier.size_);
    for (int read = 0; read < subtrees && !reader.failed(); ++read) {
        frontier.edge_.push_back(reader.digest());
    }
    const Status finished = reader.finish();
    if (!finished) return finished.error();
    return frontier;
}

}  // namespace tally::crypto
