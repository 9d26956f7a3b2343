#include "storage/file_identity.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <cstring>

#include "storage/errc.h"

namespace tally::storage {
namespace {

Result<FileIdentity> ask(int file, const char* path, int flags, const std::string& name) {
    struct statx found {};
    if (::statx(file, path, flags, STATX_INO | STATX_BTIME, &found) != 0) {
        return fail(errc::io_error, name + ": " + std::strerror(errno));
    }
    FileIdentity identity;
    identity.device = makedev(found.stx_dev_major, found.stx_dev_minor);
    identity.inode = found.stx_ino;
    if ((found.stx_mask & STATX_BTIME) != 0) {
        identity.born_seconds = found.stx_btime.tv_sec;
        identity.born_nanoseconds = found.stx_btime.tv_nsec;
    }
    return identity;
}

}  // namespace

Result<FileIdentity> identity_of(const std::string& path) {
    return ask(AT_FDCWD, path.c_str(), 0, path);
}

Result<FileIdentity> identity_of(int file) { return ask(file, "", AT_EMPTY_PATH, "an open file"); }

bool is_same_file(const FileIdentity& one, const FileIdentity& other) {
    const bool born = one.born_seconds != 0 || other.born_seconds != 0;
    return one.inode == other.inode && one.born_seconds == other.born_seconds &&
           one.born_nanoseconds == other.born_nanoseconds && (born || one.device == other.device);
}

}  // namespace tally::storage
