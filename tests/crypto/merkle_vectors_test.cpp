// The tree against tests/vectors/merkle.json, which was made by other code.
#include "crypto/merkle.h"
#include "tests/crypto/support.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::crypto;
using testing::digest_at;
using testing::digests_at;
using testing::leaves;
using testing::MemoryTiles;

namespace {

std::uint64_t number_at(const boost::json::value& object, std::string_view key) {
    return object.at(key).to_number<std::uint64_t>();
}

void append_all(Bytes& target, const std::vector<Digest>& hashes) {
    for (const Digest& hash : hashes) append(target, hash.view());
}

}  // namespace

TEST_CASE("Roots and all proofs of every size up to 130 agree with other code") {
    // Goal: each proof hash by hash, through the digest of all proofs of a size.
    const boost::json::value vectors = testing::own_vectors("merkle.json");
    const std::vector<Digest> all = leaves(130);
    const MemoryTiles tiles(all);
    std::uint64_t checked = 0;
    for (const auto& vector : vectors.at("small").as_array()) {
        const std::uint64_t size = number_at(vector, "size");
        CAPTURE(size);
        CHECK(root_at(tiles, size).value() == digest_at(vector, "root"));
        CHECK(merkle_root(std::span(all).first(size)) == digest_at(vector, "root"));
        Bytes inclusion;
        Bytes in_memory;
        Bytes consistency;
        for (std::uint64_t index = 0; index < size; ++index) {
            append_all(inclusion, inclusion_proof(tiles, index, size).value());
            append_all(in_memory, merkle_path(std::span(all).first(size), index));
            append_all(consistency, consistency_proof(tiles, index + 1, size).value());
        }
        CHECK(sha256(inclusion) == digest_at(vector, "inclusion_digest"));
        CHECK(in_memory == inclusion);
        CHECK(sha256(consistency) == digest_at(vector, "consistency_digest"));
        ++checked;
    }
    CHECK(checked == 131);
}

TEST_CASE("Roots and proofs of large trees agree with other code") {
    // Goal: sizes on both sides of each tile edge, up to 131,073 leaves.
    const boost::json::value vectors = testing::own_vectors("merkle.json");
    const std::vector<Digest> all = leaves(131073);
    const MemoryTiles tiles(all);
    for (const auto& vector : vectors.at("large").as_array()) {
        const std::uint64_t size = number_at(vector, "size");
        CAPTURE(size);
        CHECK(root_at(tiles, size).value() == digest_at(vector, "root"));
        CHECK(merkle_root(std::span(all).first(size)) == digest_at(vector, "root"));
    }
    for (const auto& vector : vectors.at("inclusion").as_array()) {
        const std::uint64_t index = number_at(vector, "index");
        const std::uint64_t size = number_at(vector, "size");
        CAPTURE(index, size);
        CHECK(inclusion_proof(tiles, index, size).value() == digests_at(vector, "path"));
    }
    for (const auto& vector : vectors.at("consistency").as_array()) {
        const std::uint64_t old = number_at(vector, "old");
        const std::uint64_t size = number_at(vector, "new");
        CAPTURE(old, size);
        CHECK(consistency_proof(tiles, old, size).value() == digests_at(vector, "path"));
    }
}
