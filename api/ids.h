#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/hex.h"
#include "base/strong_id.h"
#include "crypto/digest.h"

namespace tally::api {

using IdBytes = std::array<std::uint8_t, 16>;

// Ids are read, shown and made here and nowhere else.

/// The bytes of 32 hexadecimal digits of either case, or of a UUID with its four dashes
/// (`018f2c3e-7a10-7c4b-9d2e-0123456789ab`); nothing for any other text.
std::optional<IdBytes> id_bytes_from_text(std::string_view text);

/// 32 lower-case hexadecimal digits.
std::string id_text(const IdBytes& bytes);
template <typename Tag>
std::string id_text(const Id16<Tag>& id) {
    return id_text(id.bytes);
}

/// `id_from_text<ledger::LineId>(text)`.
template <typename Id>
std::optional<Id> id_from_text(std::string_view text) {
    const auto bytes = id_bytes_from_text(text);
    if (!bytes) return std::nullopt;
    return Id{*bytes};
}

/// 16 bytes of chance.
IdBytes random_id_bytes();
/// A UUID of version 7 (RFC 9562): `now`, milliseconds since 1970-01-01 UTC, then chance.
IdBytes uuid7_bytes(std::chrono::milliseconds now);

/// The digest of 64 hexadecimal digits; nothing for any other text.
std::optional<crypto::Digest> digest_from_text(std::string_view text);

}  // namespace tally::api
