#include "cli/sender_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "api/errc.h"
#include "client/errors.h"

namespace tally::cli {
namespace {

Error is_sent(const std::string& path) {
    return {client::api_code("retry_open"),
            path + ": another process sends it, or has just had its answer"};
}

}  // namespace

Result<SenderLock> SenderLock::take(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        if (errno == ENOENT) return is_sent(path);
        return fail(api::errc::io_failed,
                    path + ": cannot be opened: " + std::strerror(errno) + "; nothing was sent");
    }
    SenderLock lock{Descriptor(file)};
    if (::flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return is_sent(path);
    struct stat found {};
    // Whoever held it before has removed it: its outcome is known.
    if (::fstat(file, &found) == 0 && found.st_nlink == 0) return is_sent(path);
    return lock;
}

}  // namespace tally::cli
