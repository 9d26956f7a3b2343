#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace tally::crypto {

/// Standard base64 with padding (RFC 4648, section 4).
std::string to_base64(ByteView bytes);
/// Strict: nothing for white space, missing padding or non-canonical last bits, so that one value
/// has one text. Empty text is no bytes. Total; allocates at most three quarters of the text.
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace tally::crypto
