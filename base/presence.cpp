#include "base/presence.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace tally {

Result<bool> is_there(const std::string& path) {
    struct stat state {};
    if (::stat(path.c_str(), &state) == 0) return true;
    const int number = errno;
    if (number == ENOENT || number == ENOTDIR) return false;
    return Error{std::error_code(number, std::generic_category()),
                 path + ": cannot be looked at: " + std::strerror(number)};
}

}  // namespace tally
