#pragma once

#include <array>
#include <compare>
#include <initializer_list>
#include <string_view>

#include "base/bytes.h"

namespace tally::crypto {

/// A SHA-256 digest (FIPS 180-4), ordered as bytes. Default: 32 zero bytes.
struct Digest {
    std::array<std::uint8_t, 32> bytes{};

    constexpr auto operator<=>(const Digest&) const = default;
    ByteView view() const { return bytes; }
};

/// SHA-256 of the parts laid end to end. Allocates nothing but one context per thread; safe to call
/// from any thread.
Digest sha256(std::initializer_list<ByteView> parts);
inline Digest sha256(ByteView bytes) { return sha256({bytes}); }

/// SHA-256 of `tally/<what>/v1`, a zero byte and the parts: the hash of everything that is not an
/// RFC 6962 node, so that bytes hashed for one purpose never pass for another.
/// Requires `what` to be not empty and without a zero byte.
Digest domain_hash(std::string_view what, std::initializer_list<ByteView> parts);

/// The digest that these bytes are. Requires 32 of them: callers check outside input first.
Digest digest_from(ByteView bytes);

}  // namespace tally::crypto
