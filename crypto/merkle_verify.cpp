// Verification reads nothing but its arguments: the position of a node says at each step whether
// the next hash of the proof stands on its left or on its right.
#include <bit>

#include "crypto/errc.h"
#include "crypto/merkle.h"

namespace tally::crypto {
namespace {

constexpr bool is_odd(std::uint64_t value) { return (value & 1) == 1; }

/// A node's position at one level of the tree, and that of the level's last node (fn and sn in
/// RFC 9162).
struct Place {
    std::uint64_t node;
    std::uint64_t last;

    void up() {
        node >>= 1;
        last >>= 1;
    }
    /// True if the next hash stands on the left. The last node of a level may lack a sibling there;
    /// the place then moves up to the level where it is a right child.
    bool rise_to_left_sibling() {
        if (!is_odd(node) && node != last) return false;
        while (!is_odd(node) && node != 0) up();
        return true;
    }
};

Error wrong_length(std::size_t hashes) {
    return fail(errc::bad_proof,
                "a proof of " + std::to_string(hashes) + " hashes does not fit the sizes");
}

Error other_root(const char* which) {
    return fail(errc::root_mismatch, std::string("the proof leads to another ") + which);
}

}  // namespace

Result<Digest> root_from_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                                   std::span<const Digest> proof) {
    if (index >= size) {
        return fail(errc::size_out_of_range, "index " + std::to_string(index) +
                                                 " is not in a tree of " + std::to_string(size));
    }
    // RFC 9162, section 2.1.3.2.
    Place place{index, size - 1};
    Digest root = leaf;
    for (const Digest& sibling : proof) {
        if (place.last == 0) return wrong_length(proof.size());
        root = place.rise_to_left_sibling() ? node_hash(sibling, root) : node_hash(root, sibling);
        place.up();
    }
    if (place.last != 0) return wrong_length(proof.size());
    return root;
}

Status verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                        std::span<const Digest> proof, const Digest& root) {
    const Result<Digest> computed = root_from_inclusion(leaf, index, size, proof);
    if (!computed) return computed.error();
    if (*computed != root) return other_root("root");
    return {};
}

Status verify_consistency(std::uint64_t old_size, std::uint64_t new_size, const Digest& old_root,
                          const Digest& new_root, std::span<const Digest> proof) {
    if (old_size == 0 || old_size > new_size) {
        return fail(errc::size_out_of_range, "no proof leads from size " +
                                                 std::to_string(old_size) + " to " +
                                                 std::to_string(new_size));
    }
    if (old_size == new_size) {
        if (!proof.empty()) return wrong_length(proof.size());
        if (old_root != new_root) return other_root("root of the same size");
        return {};
    }
    if (proof.empty()) return wrong_length(0);

    // RFC 9162, section 2.1.4.2. The walk starts at the old tree's last full subtree; when that is
    // the whole old tree, its root opens the proof without being sent.
    Place place{old_size - 1, new_size - 1};
    while (is_odd(place.node)) place.up();
    const bool starts_with_old_root = std::has_single_bit(old_size);
    Digest old_computed = starts_with_old_root ? old_root : proof.front();
    Digest new_computed = old_computed;
    for (const Digest& sibling : proof.subspan(starts_with_old_root ? 0 : 1)) {
        if (place.last == 0) return wrong_length(proof.size());
        if (place.rise_to_left_sibling()) {
            old_computed = node_hash(sibling, old_computed);
            new_computed = node_hash(sibling, new_computed);
        } else {
            new_computed = node_hash(new_computed, sibling);
        }
        place.up();
    }
    if (place.last != 0) return wrong_length(proof.size());
    if (old_computed != old_root) return other_root("old root");
    if (new_computed != new_root) return other_root("new root");
    return {};
}

}  // namespace tally::crypto
