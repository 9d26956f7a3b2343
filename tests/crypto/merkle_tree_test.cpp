#include <bit>
#include <map>

#include "crypto/errc.h"
#include "crypto/merkle.h"
#include "tests/crypto/support.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::crypto;
using testing::leaves;
using testing::naive_root;

TEST_CASE("The frontier's root is the root by definition at every size up to 600") {
    // Goal: the incremental tree against the recursive definition of RFC 6962, past two tile edges.
    const std::vector<Digest> all = leaves(600);
    TreeFrontier frontier;
    for (std::size_t size = 0; size <= all.size(); ++size) {
        CAPTURE(size);
        CHECK(frontier.size() == size);
        CHECK(frontier.root() == naive_root(std::span(all).first(size)));
        CHECK(merkle_root(std::span(all).first(size)) == frontier.root());
        if (size < all.size()) frontier.append(all[size]);
    }
}

TEST_CASE("The frontier emits each hash of each tile exactly once and in order") {
    // Goal: what is stored is what tlog-tiles defines, up to the third tile level.
    const std::vector<Digest> all = leaves(65536 + 300);
    TreeFrontier frontier;
    std::vector<TreeFrontier::TileHash> completed;
    for (const Digest& leaf : all) frontier.append(leaf, completed);

    std::map<int, std::vector<Digest>> levels;
    for (const TreeFrontier::TileHash& emitted : completed) {
        REQUIRE(emitted.index == levels[emitted.level].size());
        levels[emitted.level].push_back(emitted.hash);
    }
    REQUIRE(levels.size() == 3);
    CHECK(levels[0] == all);
    REQUIRE(levels[1].size() == 257);
    for (std::size_t index = 0; index < 257; ++index) {
        CHECK(levels[1][index] == naive_root(std::span(all).subspan(256 * index, 256)));
    }
    REQUIRE(levels[2].size() == 1);
    CHECK(levels[2][0] == naive_root(std::span(all).first(65536)));
}

TEST_CASE("A frontier survives encoding at every size and carries on") {
    // Goal: a node that restarts appends to the same tree.
    const std::vector<Digest> all = leaves(70);
    TreeFrontier frontier;
    for (const Digest& leaf : all) {
        TreeFrontier restored = TreeFrontier::decode(frontier.encode()).value();
        CHECK(restored.size() == frontier.size());
        CHECK(restored.root() == frontier.root());
        restored.append(leaf);
        frontier.append(leaf);
        CHECK(restored.root() == frontier.root());
    }
    CHECK(frontier.encode().size() == 1 + 8 + 32 * 3);
}

TEST_CASE("A damaged frontier is refused") {
    // Goal: every truncation, a byte too many, another version, a size with more hashes than sent.
    TreeFrontier frontier;
    for (const Digest& leaf : leaves(7)) frontier.append(leaf);
    const Bytes whole = frontier.encode();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(TreeFrontier::decode(ByteView(whole).first(size)));
    }
    Bytes longer = whole;
    longer.push_back(0);
    CHECK(TreeFrontier::decode(longer).error().code == errc::trailing_bytes);
    Bytes other_version = whole;
    other_version[0] = 2;
    CHECK(TreeFrontier::decode(other_version).error().code == errc::bad_version);
    Bytes all_sizes(9, 0xff);
    all_sizes[0] = 1;
    CHECK(TreeFrontier::decode(all_sizes).error().code == errc::truncated);
}

TEST_CASE("A leaf never hashes as a node") {
    // Goal: the prefixes separate a leaf that holds two digests from the node above them.
    const Digest left = leaf_hash(view_of("l"));
    const Digest right = leaf_hash(view_of("r"));
    Bytes both = to_bytes(left.view());
    append(both, right.view());
    CHECK(leaf_hash(both) != node_hash(left, right));
    CHECK(node_hash(left, right) != node_hash(right, left));
    CHECK(leaf_hash(ByteView{}) != empty_root());
}

TEST_CASE("A path over a list in memory verifies for every leaf of every size up to 70") {
    // Goal: the list form that submissions use follows the same definition.
    const std::vector<Digest> all = leaves(70);
    for (std::size_t size = 1; size <= all.size(); ++size) {
        const std::span<const Digest> list = std::span(all).first(size);
        for (std::size_t index = 0; index < size; ++index) {
            const std::vector<Digest> path = merkle_path(list, index);
            CHECK(verify_inclusion(all[index], index, size, path, naive_root(list)));
        }
    }
}

TEST_CASE("The width of a tile follows from the tree's size") {
    // Goal: the published example of 70,000 leaves, and the ends of every range.
    CHECK(tile_width(0, 272, 70000) == 256);
    CHECK(tile_width(0, 273, 70000) == 112);
    CHECK(tile_width(0, 274, 70000) == 0);
    CHECK(tile_width(1, 0, 70000) == 256);
    CHECK(tile_width(1, 1, 70000) == 17);
    CHECK(tile_width(2, 0, 70000) == 1);
    CHECK(tile_width(3, 0, 70000) == 0);
    CHECK(tile_width(1, 0, 256) == 1);
    CHECK(tile_width(1, 0, 255) == 0);
    CHECK(tile_width(0, 0, 0) == 0);
    CHECK(tile_width(7, 0, ~std::uint64_t{0}) == 255);
    CHECK(tile_width(8, 0, ~std::uint64_t{0}) == 0);
    CHECK(tile_width(63, 0, ~std::uint64_t{0}) == 0);
    CHECK(tile_width(0, (std::uint64_t{1} << 56) - 1, ~std::uint64_t{0}) == 255);
    CHECK(tile_width(0, ~std::uint64_t{0}, ~std::uint64_t{0}) == 0);
}
