#include "storage/open_files.h"

#include <sys/resource.h>

#include <algorithm>

namespace tally::storage {

std::size_t database_files(std::size_t limit) {
    constexpr std::size_t kLeast = 32;
    constexpr std::size_t kMost = 256;
    return std::clamp(limit / 8, kLeast, kMost);
}

std::size_t open_files_limit() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<std::size_t>(limit.rlim_cur) : 0;
}

std::size_t raise_open_files_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)::setrlimit(RLIMIT_NOFILE, &limit);  // what holds is asked for below
    }
    return open_files_limit();
}

}  // namespace tally::storage
