#pragma once

#include <string_view>

#include "base/bytes.h"

namespace tally::crypto {

/// DSSE pre-authentication encoding (DSSE protocol, version 1): what is really signed, binding the
/// media type to the body. Its lengths make it injective: no two (type, body) pairs share bytes.
Bytes dsse_pae(std::string_view media_type, ByteView body);

}  // namespace tally::crypto
