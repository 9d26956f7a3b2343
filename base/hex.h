#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace tally {

/// Lower-case hexadecimal text of the bytes.
std::string to_hex(ByteView bytes);

/// Bytes of hexadecimal text of either case; nothing for an odd length or another character.
std::optional<Bytes> from_hex(std::string_view text);

}  // namespace tally
