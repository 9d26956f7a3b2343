#pragma once

#include <cstdint>
#include <string>

#include "cli/output.h"
#include "cli/target.h"
#include "client/client.h"

namespace tally::cli {

/// Pages through `<path>/history` up to `limit` entries (0: all) and prints them.
Exit print_history(Console& console, client::Client& client, const Target& target,
                   const std::string& path, std::uint64_t limit, bool local);

}  // namespace tally::cli
