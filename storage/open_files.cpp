#include "storage/open_files.h"

#include <algorithm>

namespace tally::storage {

std::size_t database_files(std::size_t limit) {
    constexpr std::size_t kLeast = 32;
    constexpr std::size_t kMost = 256;
    return std::clamp(limit / 8, kLeast, kMost);
}

}  // namespace tally::storage
