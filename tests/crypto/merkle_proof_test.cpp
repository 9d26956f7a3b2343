#include <algorithm>

#include "crypto/errc.h"
#include "crypto/merkle.h"
#include "tests/crypto/support.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::crypto;
using testing::flipped;
using testing::leaves;
using testing::MemoryTiles;
using testing::naive_root;
using testing::Random;

namespace {

constexpr std::uint64_t kSizeMax = 130;

/// Every root from size 0 to kSizeMax.
std::vector<Digest> roots_of(std::span<const Digest> all) {
    std::vector<Digest> roots;
    for (std::size_t size = 0; size <= kSizeMax; ++size)
        roots.push_back(naive_root(all.first(size)));
    return roots;
}

/// True if no proof with one hash changed, dropped, doubled or swapped passes `accepts`.
template <typename Accepts>
bool all_changes_refused(const std::vector<Digest>& proof, Random& random, Accepts&& accepts) {
    for (std::size_t position = 0; position < proof.size(); ++position) {
        std::vector<Digest> changed = proof;
        changed[position] = flipped(proof[position], random() % 256);
        if (accepts(changed)) return false;
        changed = proof;
        changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(position));
        if (accepts(changed)) return false;
        changed = proof;
        changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(position), proof[position]);
        if (accepts(changed)) return false;
        if (position == 0) continue;
        changed = proof;
        std::swap(changed[position], changed[position - 1]);
        if (accepts(changed)) return false;
    }
    std::vector<Digest> longer = proof;
    longer.push_back(Digest{});
    return !accepts(longer);
}

}  // namespace

TEST_CASE("An inclusion proof holds for its leaf, and no change of it does") {
    // Goal: every index of every size up to 130, with each hash, the index, the size, the leaf and
    // the root changed in turn.
    const std::uint64_t seed = testing::random_seed();
    CAPTURE(seed);
    Random random(seed);
    const std::vector<Digest> all = leaves(kSizeMax);
    const std::vector<Digest> roots = roots_of(all);
    const MemoryTiles tiles(all);
    for (std::uint64_t size = 1; size <= kSizeMax; ++size) {
        for (std::uint64_t index = 0; index < size; ++index) {
            CAPTURE(index, size);
            const std::vector<Digest> proof = inclusion_proof(tiles, index, size).value();
            const auto accepts = [&](std::uint64_t at, std::uint64_t of, const Digest& root,
                                     const std::vector<Digest>& path) {
                return verify_inclusion(all[index], at, of, path, root).has_value();
            };
            REQUIRE(accepts(index, size, roots[size], proof));
            REQUIRE_FALSE(accepts(index + 1, size, roots[size], proof));
            REQUIRE_FALSE(accepts(index ^ 1, size, roots[size], proof));
            REQUIRE_FALSE(accepts(random(), size, roots[size], proof));
            REQUIRE_FALSE(accepts(index, size - 1, roots[size - 1], proof));
            REQUIRE_FALSE(accepts(index, size, flipped(roots[size], random() % 256), proof));
            if (size < kSizeMax) {
                REQUIRE_FALSE(accepts(index, size + 1, roots[size + 1], proof));
            }
            REQUIRE_FALSE(
                verify_inclusion(flipped(all[index], 0), index, size, proof, roots[size]));
            REQUIRE(all_changes_refused(proof, random, [&](const std::vector<Digest>& changed) {
                return accepts(index, size, roots[size], changed);
            }));
        }
    }
}

TEST_CASE("A consistency proof holds for its two sizes, and no change of it does") {
    // Goal: every pair of sizes up to 130, with each hash, both roots and both sizes changed.
    const std::uint64_t seed = testing::random_seed();
    CAPTURE(seed);
    Random random(seed);
    const std::vector<Digest> all = leaves(kSizeMax);
    const std::vector<Digest> roots = roots_of(all);
    const MemoryTiles tiles(all);
    for (std::uint64_t size = 1; size <= kSizeMax; ++size) {
        for (std::uint64_t old = 1; old <= size; ++old) {
            CAPTURE(old, size);
            const std::vector<Digest> proof = consistency_proof(tiles, old, size).value();
            const auto accepts = [&](const Digest& old_root, const Digest& new_root,
                                     const std::vector<Digest>& path) {
                return verify_consistency(old, size, old_root, new_root, path).has_value();
            };
            REQUIRE(accepts(roots[old], roots[size], proof));
            REQUIRE_FALSE(accepts(roots[old - 1], roots[size], proof));
            REQUIRE_FALSE(accepts(roots[old], roots[size - 1], proof));
            REQUIRE_FALSE(accepts(roots[old], flipped(roots[size], random() % 256), proof));
            REQUIRE_FALSE(accepts(flipped(roots[old], random() % 256), roots[size], proof));
            if (old != size) REQUIRE_FALSE(accepts(roots[size], roots[old], proof));
            REQUIRE_FALSE(verify_consistency(old - 1, size, roots[old], roots[size], proof));
            REQUIRE_FALSE(verify_consistency(size + 1, size, roots[old], roots[size], proof));
            REQUIRE(all_changes_refused(proof, random, [&](const std::vector<Digest>& changed) {
                return accepts(roots[old], roots[size], changed);
            }));
        }
    }
}

TEST_CASE("No proof leads from the empty tree, and equal sizes take an empty one") {
    // Goal: the cases that are answered before any hash is computed.
    const Digest one = leaf_hash(view_of("1"));
    const Digest other = leaf_hash(view_of("2"));
    const std::vector<Digest> some{one};
    const auto code = [](const Status& status) { return status.error().code; };
    CHECK(code(verify_consistency(0, 0, empty_root(), empty_root(), {})) ==
          errc::size_out_of_range);
    CHECK(code(verify_consistency(0, 1, empty_root(), one, {})) == errc::size_out_of_range);
    CHECK(code(verify_consistency(0, 1, empty_root(), one, some)) == errc::size_out_of_range);
    CHECK(code(verify_consistency(2, 1, one, one, {})) == errc::size_out_of_range);
    CHECK(code(verify_consistency(1, 1, one, one, some)) == errc::bad_proof);
    CHECK(code(verify_consistency(1, 1, one, other, {})) == errc::root_mismatch);
    CHECK(code(verify_consistency(1, 2, one, other, {})) == errc::bad_proof);
    CHECK(code(verify_inclusion(one, 0, 0, {}, empty_root())) == errc::size_out_of_range);
    CHECK(code(verify_inclusion(one, 1, 1, {}, one)) == errc::size_out_of_range);
    CHECK(code(verify_inclusion(one, 0, 1, some, one)) == errc::bad_proof);
    CHECK(code(verify_inclusion(one, 0, 2, {}, one)) == errc::bad_proof);
    CHECK(code(verify_inclusion(one, 0, 1, {}, other)) == errc::root_mismatch);
    CHECK(verify_consistency(1, 1, one, one, {}));
    CHECK(verify_inclusion(one, 0, 1, {}, one));
}

TEST_CASE("Proofs hold in a tree of two tile levels and more") {
    // Goal: sizes above 65536, sampled, with the indices around each tile's edge.
    const std::uint64_t seed = testing::random_seed();
    CAPTURE(seed);
    Random random(seed);
    const std::vector<Digest> all = leaves(70000);
    const MemoryTiles tiles(all);
    const std::vector<std::uint64_t> sizes{65535, 65536, 65537, 65792, 69999, 70000};
    std::vector<std::uint64_t> indices{0, 1, 255, 256, 257, 32767, 32768, 65534};
    for (const std::uint64_t size : sizes) indices.push_back(size - 1);
    for (int count = 0; count < 30; ++count) indices.push_back(random() % all.size());

    std::vector<Digest> roots;  // of every size, position by position
    TreeFrontier frontier;
    for (const Digest& leaf : all) {
        roots.push_back(frontier.root());
        frontier.append(leaf);
    }
    roots.push_back(frontier.root());

    for (const std::uint64_t size : sizes) {
        const Digest& root = roots[size];
        REQUIRE(root_at(tiles, size).value() == root);
        for (const std::uint64_t index : indices) {
            if (index >= size) continue;
            CAPTURE(index, size);
            const std::vector<Digest> proof = inclusion_proof(tiles, index, size).value();
            REQUIRE(verify_inclusion(all[index], index, size, proof, root));
            REQUIRE_FALSE(verify_inclusion(all[index], index ^ 256, size, proof, root));

            const std::uint64_t old = index + 1;
            const std::vector<Digest> consistent = consistency_proof(tiles, old, size).value();
            REQUIRE(verify_consistency(old, size, roots[old], root, consistent));
            REQUIRE(root_at(tiles, old).value() == roots[old]);
        }
    }
}

TEST_CASE("Proofs hold in trees of up to 2^64 - 1 leaves") {
    // Goal: every shift and level, in a tree of equal leaves that costs no memory.
    const std::uint64_t seed = testing::random_seed();
    CAPTURE(seed);
    Random random(seed);
    const Digest leaf = leaf_hash(view_of("same"));
    const testing::UniformTiles tiles(leaf);
    for (int bits = 16; bits <= 64; ++bits) {
        for (int round = 0; round < 4; ++round) {
            const std::uint64_t size_max = ~std::uint64_t{0} >> (64 - bits);
            const std::uint64_t size = round == 0 ? size_max : random() % size_max + 1;
            const std::uint64_t index = round == 1 ? size - 1 : random() % size;
            CAPTURE(size, index);
            const Digest root = tiles.root(size);
            REQUIRE(root_at(tiles, size).value() == root);
            const std::vector<Digest> proof = inclusion_proof(tiles, index, size).value();
            REQUIRE(verify_inclusion(leaf, index, size, proof, root));
            const std::uint64_t old = index + 1;
            const std::vector<Digest> consistent = consistency_proof(tiles, old, size).value();
            REQUIRE(verify_consistency(old, size, tiles.root(old), root, consistent));
        }
    }
}

TEST_CASE("A proof asks for each tile once and only for tiles of its own tree") {
    // Goal: few reads, and never a width that a server of that checkpoint would not have.
    struct Watching : TileSource {
        const MemoryTiles& inner;
        std::uint64_t size;
        mutable std::vector<std::pair<int, std::uint64_t>> asked;
        Watching(const MemoryTiles& tiles, std::uint64_t tree_size)
            : inner(tiles), size(tree_size) {}
        Result<std::vector<Digest>> tile(int level, std::uint64_t number,
                                         int width) const override {
            REQUIRE(width == tile_width(level, number, size));
            const std::pair<int, std::uint64_t> place{level, number};
            REQUIRE(std::find(asked.begin(), asked.end(), place) == asked.end());
            asked.push_back(place);
            return inner.tile(level, number, width);
        }
    };
    const std::vector<Digest> all = leaves(70000);
    const MemoryTiles tiles(all);
    for (const std::uint64_t size : {1U, 255U, 256U, 257U, 5000U, 65536U, 70000U}) {
        for (std::uint64_t index = 0; index < size; index += size / 7 + 1) {
            const Watching inclusion(tiles, size);
            REQUIRE(inclusion_proof(inclusion, index, size));
            CHECK(inclusion.asked.size() <= 6);
            const Watching consistency(tiles, size);
            REQUIRE(consistency_proof(consistency, index + 1, size));
            CHECK(consistency.asked.size() <= 6);
        }
    }
}

TEST_CASE("Sizes outside the tree and answers of a bad source are errors") {
    // Goal: what a caller or a remote server may get wrong ends in a code, not in a crash.
    const std::vector<Digest> all = leaves(300);
    const MemoryTiles tiles(all);
    CHECK(inclusion_proof(tiles, 300, 300).error().code == errc::size_out_of_range);
    CHECK(inclusion_proof(tiles, 0, 0).error().code == errc::size_out_of_range);
    CHECK(consistency_proof(tiles, 0, 300).error().code == errc::size_out_of_range);
    CHECK(consistency_proof(tiles, 301, 300).error().code == errc::size_out_of_range);
    CHECK(consistency_proof(tiles, 300, 300).value().empty());
    CHECK(root_at(tiles, 0).value() == empty_root());
    CHECK(root_at(tiles, 301).error().code == errc::not_found);
    CHECK(inclusion_proof(tiles, 0, 600).error().code == errc::not_found);
    CHECK(consistency_proof(tiles, 1, 600).error().code == errc::not_found);

    struct Short : TileSource {
        std::size_t hashes;
        explicit Short(std::size_t count) : hashes(count) {}
        Result<std::vector<Digest>> tile(int, std::uint64_t, int) const override {
            return std::vector<Digest>(hashes);
        }
    };
    CHECK(root_at(Short(0), 300).error().code == errc::truncated);
    CHECK(inclusion_proof(Short(255), 5, 300).error().code == errc::truncated);
    CHECK(consistency_proof(Short(257), 5, 300).error().code == errc::truncated);
}
