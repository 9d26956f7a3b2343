#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace tally::storage {

/// Bytes that this process may still write to the file system of `folder`. Fails with io_error,
/// naming the folder.
Result<std::uint64_t> free_bytes(const std::string& folder);

}  // namespace tally::storage
