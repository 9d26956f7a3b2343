#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/types.h"

namespace tally::api {

/// `2024-02-29T08:30:00.125Z` (RFC 3339, UTC, milliseconds). A time outside 1970..9999 is its
/// number of milliseconds, which no RFC 3339 text looks like.
std::string time_text(ledger::Millis time);

/// The inverse; nothing for text that time_text never writes.
std::optional<ledger::Millis> time_from_text(std::string_view text);

}  // namespace tally::api
