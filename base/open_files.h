#pragma once

#include <cstddef>

namespace tally {

/// How many files this process may open now (the soft limit, RLIMIT_NOFILE).
std::size_t open_files_limit();
/// Raises the soft limit to the hard one; returns what the process may open now.
std::size_t raise_open_files_limit();

}  // namespace tally
