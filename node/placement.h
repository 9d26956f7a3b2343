#pragma once

#include <string>

#include "base/result.h"
#include "node/config.h"

namespace tally::node {

/// Why the configuration that lies in this folder is one of another place: it names another folder
/// as the node's, which no link leads to. In words, with what to do; empty: it is at home. A copy
/// of a folder says so, and whatever is done to what it names is done to the original.
std::string misplaced(const std::string& folder, const NodeConfig& config);

/// The configuration of the node whose folder this is; bad_config, in those words, where it lies in
/// another one.
Result<NodeConfig> load_at_home(const std::string& folder);

}  // namespace tally::node
