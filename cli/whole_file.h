#pragma once

#include <string>

#include "base/result.h"

namespace tally::cli {

// Files that must not be lost or be there by half: synced before they have their name, readable by
// their owner only. Failures are io_failed and name the path.

/// Takes the place of a file of this name.
Status write_whole(const std::string& path, const std::string& text);
/// Replaces none: bad_config if there is one.
Status write_new(const std::string& path, const std::string& text);

}  // namespace tally::cli
