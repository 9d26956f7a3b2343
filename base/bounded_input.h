#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace tally {

/// What a file holds, in a string or, for what is not text, as bytes in one. At most `bytes_max`
/// bytes are read and held, whatever the file claims to be: a device without end, a pipe and a
/// file of many gigabytes are refused at the bound. A named pipe that nobody writes into is empty,
/// and no wait. Fails with a code of std::errc and a context that begins with the path.
Result<std::string> read_bounded(const std::string& path, std::size_t bytes_max);

/// The same from standard input, called `-`.
Result<std::string> read_standard_input(std::size_t bytes_max);

}  // namespace tally
