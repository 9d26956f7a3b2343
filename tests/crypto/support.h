#pragma once

#include <boost/json/value.hpp>
#include <filesystem>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "crypto/ed25519.h"
#include "crypto/merkle.h"

// Vectors, a tree in memory and the definitions of RFC 6962 written naively. Test files include
// tests/support/catch.h after this header.
namespace tally::crypto::testing {

/// A file of tests/vectors. Throws where it is missing or broken.
boost::json::value own_vectors(std::string_view file);
/// A JSON file anywhere. Throws where it is missing or broken.
boost::json::value read_json(const std::filesystem::path& path);
/// The folder of published vectors: $TALLY_VECTORS, or shared/vectors beside the checkout. Nothing
/// where there is none.
std::optional<std::filesystem::path> public_vectors();

/// The string under `key` as text, as bytes in hexadecimal, or as a digest in hexadecimal.
std::string text_at(const boost::json::value& object, std::string_view key);
Bytes hex_at(const boost::json::value& object, std::string_view key);
Digest digest_at(const boost::json::value& object, std::string_view key);
std::vector<Digest> digests_at(const boost::json::value& object, std::string_view key);

/// The key that tests/vectors/generate.py makes of a label.
SecretKey key_of_label(std::string_view label);

/// A generator whose seed the environment may fix (TALLY_SEED); the test prints it with CAPTURE.
std::uint64_t random_seed();
using Random = std::mt19937_64;

/// Leaf hashes of the texts `entry 0`, `entry 1` and so on.
std::vector<Digest> leaves(std::size_t count);
/// MTH of RFC 6962, section 2.1, by its recursive definition.
Digest naive_root(std::span<const Digest> leaf_hashes);
/// A digest with one bit changed.
Digest flipped(const Digest& digest, std::size_t bit);

/// All complete hashes of a tree, at every tile level, computed by the definition of a tile.
class MemoryTiles : public TileSource {
public:
    explicit MemoryTiles(std::span<const Digest> leaf_hashes);

    Result<std::vector<Digest>> tile(int level, std::uint64_t number, int width) const override;
    /// How often `tile` was called.
    std::size_t reads() const { return reads_; }

private:
    std::vector<std::vector<Digest>> levels_;
    mutable std::size_t reads_ = 0;
};

/// A tree whose leaves are all alike, so that a tree of any size up to 2^64 - 1 fits in memory.
class UniformTiles : public TileSource {
public:
    explicit UniformTiles(const Digest& leaf);

    Result<std::vector<Digest>> tile(int level, std::uint64_t number, int width) const override;
    Digest root(std::uint64_t size) const;

private:
    std::vector<Digest> subtrees_;  // root of 2^level leaves
};

}  // namespace tally::crypto::testing
