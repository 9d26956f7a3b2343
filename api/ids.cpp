#include "api/ids.h"

#include <algorithm>

namespace tally::api {
namespace {

constexpr std::size_t kUuidChars = 36;

bool is_uuid_dash(std::size_t position) {
    return position == 8 || position == 13 || position == 18 || position == 23;
}

}  // namespace

std::optional<IdBytes> id_bytes_from_text(std::string_view text) {
    std::string digits;
    if (text.size() == kUuidChars) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (is_uuid_dash(i) != (text[i] == '-')) return std::nullopt;
            if (text[i] != '-') digits.push_back(text[i]);
        }
    } else {
        digits = text;
    }
    IdBytes id{};
    if (digits.size() != 2 * id.size()) return std::nullopt;
    const auto bytes = from_hex(digits);
    if (!bytes) return std::nullopt;
    std::copy(bytes->begin(), bytes->end(), id.begin());
    return id;
}

std::string id_text(const IdBytes& bytes) { return to_hex(bytes); }

std::optional<crypto::Digest> digest_from_text(std::string_view text) {
    if (text.size() != 2 * crypto::Digest{}.bytes.size()) return std::nullopt;
    const auto bytes = from_hex(text);
    if (!bytes) return std::nullopt;
    return crypto::digest_from(*bytes);
}

}  // namespace tally::api
