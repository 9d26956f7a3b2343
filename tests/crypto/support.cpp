#include "tests/crypto/support.h"

#include <bit>
#include <boost/json/parse.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/hex.h"
#include "crypto/errc.h"

namespace tally::crypto::testing {

boost::json::value read_json(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot open " + path.string());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return boost::json::parse(text);
}

boost::json::value own_vectors(std::string_view file) {
    return read_json(std::filesystem::path(TALLY_SOURCE_DIR) / "tests/vectors" / file);
}

std::optional<std::filesystem::path> public_vectors() {
    const char* const chosen = std::getenv("TALLY_VECTORS");
    const std::filesystem::path folder =
        chosen != nullptr ? std::filesystem::path(chosen)
                          : std::filesystem::path(TALLY_SOURCE_DIR) / "../shared/vectors";
    if (!std::filesystem::is_directory(folder)) return std::nullopt;
    return folder;
}

std::string text_at(const boost::json::value& object, std::string_view key) {
    const boost::json::string& text = object.at(key).as_string();
    return {text.data(), text.size()};
}

Bytes hex_at(const boost::json::value& object, std::string_view key) {
    return from_hex(text_at(object, key)).value();
}

Digest digest_at(const boost::json::value& object, std::string_view key) {
    return digest_from(hex_at(object, key));
}

std::vector<Digest> digests_at(const boost::json::value& object, std::string_view key) {
    std::vector<Digest> digests;
    for (const boost::json::value& text : object.at(key).as_array()) {
        const boost::json::string& hex = text.as_string();
        digests.push_back(digest_from(from_hex({hex.data(), hex.size()}).value()));
    }
    return digests;
}

SecretKey key_of_label(std::string_view label) {
    const Digest seed = sha256({view_of("tallystick test key: "), view_of(label)});
    return SecretKey::from_seed(seed.view()).value();
}

std::uint64_t random_seed() {
    const char* const chosen = std::getenv("TALLY_SEED");
    if (chosen != nullptr) return std::stoull(chosen);
    return (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}();
}

std::vector<Digest> leaves(std::size_t count) {
    std::vector<Digest> hashes;
    hashes.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
        hashes.push_back(leaf_hash(view_of("entry " + std::to_string(index))));
    }
    return hashes;
}

Digest naive_root(std::span<const Digest> leaf_hashes) {
    if (leaf_hashes.empty()) return sha256(ByteView{});
    if (leaf_hashes.size() == 1) return leaf_hashes.front();
    std::size_t split = 1;
    while (split * 2 < leaf_hashes.size()) split *= 2;
    static constexpr std::uint8_t kNodePrefix[] = {0x01};
    return sha256({kNodePrefix, naive_root(leaf_hashes.first(split)).view(),
                   naive_root(leaf_hashes.subspan(split)).view()});
}

Digest flipped(const Digest& digest, std::size_t bit) {
    Digest changed = digest;
    changed.bytes[bit / 8 % 32] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    return changed;
}

MemoryTiles::MemoryTiles(std::span<const Digest> leaf_hashes) {
    levels_.emplace_back(leaf_hashes.begin(), leaf_hashes.end());
    while (levels_.back().size() >= 256) {
        const std::span<const Digest> below = levels_.back();
        std::vector<Digest> level;
        for (std::size_t start = 0; start + 256 <= below.size(); start += 256) {
            level.push_back(naive_root(below.subspan(start, 256)));
        }
        levels_.push_back(std::move(level));
    }
}

Result<std::vector<Digest>> MemoryTiles::tile(int level, std::uint64_t number, int width) const {
    ++reads_;
    const auto position = static_cast<std::size_t>(level);
    const std::uint64_t start = number * 256;
    if (position >= levels_.size() || width < 1 || width > 256 ||
        start + static_cast<std::uint64_t>(width) > levels_[position].size()) {
        return fail(errc::not_found, "no such tile");
    }
    const auto first = levels_[position].begin() + static_cast<std::ptrdiff_t>(start);
    return std::vector<Digest>(first, first + width);
}

UniformTiles::UniformTiles(const Digest& leaf) : subtrees_{leaf} {
    while (subtrees_.size() < 64)
        subtrees_.push_back(node_hash(subtrees_.back(), subtrees_.back()));
}

Result<std::vector<Digest>> UniformTiles::tile(int level, std::uint64_t, int width) const {
    return std::vector<Digest>(static_cast<std::size_t>(width),
                               subtrees_[static_cast<std::size_t>(8 * level)]);
}

Digest UniformTiles::root(std::uint64_t size) const {
    std::optional<Digest> root;
    for (std::size_t level = 0; level < 64; ++level) {
        if (((size >> level) & 1) == 0) continue;
        root = root ? node_hash(subtrees_[level], *root) : subtrees_[level];
    }
    return root ? *root : empty_root();
}

}  // namespace tally::crypto::testing
