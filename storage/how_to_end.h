#pragma once

#include <string>

namespace tally::storage {

/// For people: how to end the node that works in this folder.
std::string how_to_end(const std::string& folder);

}  // namespace tally::storage
