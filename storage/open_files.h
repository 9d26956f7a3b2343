#pragma once

#include <cstddef>

namespace tally::storage {

/// How many files one database of a node keeps open when its process may open `limit`: an eighth,
/// within bounds. The stores go by the process's own limit at the moment in which they are opened.
std::size_t database_files(std::size_t limit);

/// What this process may open now (the soft limit).
std::size_t open_files_limit();
/// Raises the soft limit to the hard one; returns what the process may open now.
std::size_t raise_open_files_limit();

}  // namespace tally::storage
