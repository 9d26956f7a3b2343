#pragma once

#include <cstddef>

namespace tally::storage {

/// How many files one database of a node keeps open when its process may open `limit`: an eighth,
/// within bounds. The stores go by the process's own limit at the moment in which they are opened.
std::size_t database_files(std::size_t limit);

}  // namespace tally::storage
