#pragma once

#include <string>

#include "base/result.h"

namespace tally {

/// Whether something of this name is there, of whatever kind; a link counts for what it leads to.
/// An error where the system does not tell (permission denied, a loop of links): that is no "no",
/// and nobody is to read that data are gone. Its context begins with the path.
Result<bool> is_there(const std::string& path);

}  // namespace tally
