#include "crypto/tile_path.h"

#include "crypto/errc.h"
#include "crypto/text.h"

namespace tally::crypto {
namespace {

constexpr int kLevelMax = 63;
constexpr int kFullWidth = 256;
// 2^64 - 1 has twenty digits, so seven groups of three.
constexpr std::size_t kGroupsMax = 7;

Error malformed(std::string_view path) {
    return fail(errc::bad_encoding, "not a tile path: " + std::string(path.substr(0, 100)));
}

/// Removes `prefix` from the front of `text` if it is there.
bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

/// The number that `text` spells, in any groups. Only the digits are read here: whether this is
/// the one right spelling is decided by writing it again.
std::optional<std::uint64_t> number_of(std::string_view text) {
    if (text.size() > kGroupsMax * 5) return std::nullopt;
    std::string digits;
    for (const char letter : text) {
        if (letter != 'x' && letter != '/') digits.push_back(letter);
    }
    const std::size_t first = digits.find_first_not_of('0');
    return parse_decimal(first == std::string::npos ? "0" : std::string_view(digits).substr(first));
}

}  // namespace

std::string tile_number_path(std::uint64_t number) {
    std::string digits = std::to_string(number);
    digits.insert(0, (3 - digits.size() % 3) % 3, '0');
    std::string path;
    for (std::size_t group = 0; group < digits.size(); group += 3) {
        const bool is_last = group + 3 == digits.size();
        if (!is_last) path += 'x';
        path.append(digits, group, 3);
        if (!is_last) path += '/';
    }
    return path;
}

std::string TilePath::encode() const {
    TALLY_CHECK(!level || (*level >= 0 && *level <= kLevelMax));
    TALLY_CHECK(width >= 1 && width <= kFullWidth);
    std::string path = "tile/" + (level ? std::to_string(*level) : "entries") + "/";
    path += tile_number_path(number);
    if (width != kFullWidth) path += ".p/" + std::to_string(width);
    return path;
}

Result<TilePath> TilePath::decode(std::string_view path) {
    TilePath tile;
    std::string_view rest = path;
    if (!take_prefix(rest, "tile/")) return malformed(path);
    if (!take_prefix(rest, "entries/")) {
        const std::size_t slash = rest.find('/');
        if (slash == std::string_view::npos) return malformed(path);
        const std::optional<std::uint64_t> level = parse_decimal(rest.substr(0, slash));
        if (!level || *level > kLevelMax) return malformed(path);
        tile.level = static_cast<int>(*level);
        rest.remove_prefix(slash + 1);
    }
    const std::size_t partial = rest.find(".p/");
    if (partial != std::string_view::npos) {
        const std::optional<std::uint64_t> width = parse_decimal(rest.substr(partial + 3));
        if (!width || *width == 0 || *width >= kFullWidth) return malformed(path);
        tile.width = static_cast<int>(*width);
        rest = rest.substr(0, partial);
    }
    const std::optional<std::uint64_t> number = number_of(rest);
    if (!number) return malformed(path);
    tile.number = *number;
    // One tile has one path: anything else would be cached twice and compared wrongly.
    if (tile.encode() != path) return malformed(path);
    return tile;
}

}  // namespace tally::crypto
