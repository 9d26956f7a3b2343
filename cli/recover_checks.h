#pragma once

#include <string>

#include "base/result.h"
#include "cli/left_logs.h"
#include "network/network_folder.h"

namespace tally::cli {

// What can be known of the folders of all nodes before the first of them is changed. Each fails
// with the node, the place and what to do about it, and changes nothing.

/// Nothing works in them, and what is in them can be written and replaced: to read a log opens its
/// database. Of nodes that have a fault nothing is asked, for nothing is done to them.
Status check_reachable(const network::NetworkFolder& network);
/// Blocks that are to be set aside can be, and the disks have room for what the nodes take from the
/// chosen one, as far as the system tells.
Status check_going_on(const LeftLogs& left);

}  // namespace tally::cli
