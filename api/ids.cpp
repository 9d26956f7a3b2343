#include "api/ids.h"

#include <algorithm>

#include "crypto/ed25519.h"

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

IdBytes random_id_bytes() {
    IdBytes bytes;
    crypto::random_bytes(bytes);
    return bytes;
}

IdBytes uuid7_bytes(std::chrono::milliseconds now) {
    // RFC 9562, section 5.7: 48 bits of time, then chance around the version and the variant.
    constexpr std::size_t kTimeBytes = 6;
    IdBytes bytes = random_id_bytes();
    const auto time = static_cast<std::uint64_t>(now.count());
    for (std::size_t i = 0; i < kTimeBytes; ++i) {
        bytes[i] = static_cast<std::uint8_t>(time >> (8 * (kTimeBytes - 1 - i)));
    }
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x70U);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);
    return bytes;
}

std::optional<crypto::Digest> digest_from_text(std::string_view text) {
    if (text.size() != 2 * crypto::Digest{}.bytes.size()) return std::nullopt;
    const auto bytes = from_hex(text);
    if (!bytes) return std::nullopt;
    return crypto::digest_from(*bytes);
}

}  // namespace tally::api
