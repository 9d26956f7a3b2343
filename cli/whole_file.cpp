#include "cli/whole_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <thread>

#include "api/errc.h"

namespace tally::cli {
namespace {

Error failed(const std::string& path, int reason) {
    return fail(api::errc::io_failed, path + ": cannot be written: " + std::strerror(reason));
}

Error is_there(const std::string& path) {
    return fail(api::errc::bad_config, path + ": is there already; it is not replaced");
}

mode_t mode_of(Readers readers) { return readers == Readers::owner ? 0600 : 0644; }

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(file) == 0;
}

/// A name is durable once its folder is synced. Not every file system can; then it is as good as it
/// gets.
void sync_folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    const int file = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    (void)::fsync(file);
    ::close(file);
}

/// The text under a name of its own beside `path`; `give` makes it `path`.
template <typename Give>
Status write_then(const std::string& path, const std::string& text, mode_t mode, Give give) {
    std::string fresh = path + ".XXXXXX";
    const int file = ::mkostemp(fresh.data(), O_CLOEXEC);  // mode 0600
    if (file < 0) return failed(path, errno);
    const bool written = ::fchmod(file, mode) == 0 && write_all(file, text);
    const int reason = errno;
    ::close(file);
    Status status = written ? give(fresh) : Status(failed(path, reason));
    ::unlink(fresh.c_str());
    if (status) sync_folder_of(path);
    return status;
}

/// A terminal, a pipe, a device: nothing can take its place.
Status write_into(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    return file.flush() ? Status() : failed(path, errno);
}

}  // namespace

Status write_whole(const std::string& path, const std::string& text, Readers readers) {
    std::error_code absent;
    const auto target = std::filesystem::canonical(path, absent);
    const std::string place = absent ? path : target.string();
    struct stat known {};
    const bool there = ::stat(place.c_str(), &known) == 0;
    if (there && !S_ISREG(known.st_mode)) return write_into(path, text);
    const mode_t mode = there ? known.st_mode & 0777 : mode_of(readers);
    return write_then(place, text, mode, [&](const std::string& fresh) -> Status {
        if (::rename(fresh.c_str(), place.c_str()) != 0) return failed(path, errno);
        return {};
    });
}

namespace {

/// The text in a file that has no name before `path`, so that nothing is left of it however the
/// process ends. Nothing where the file system has no such files.
std::optional<Status> write_unnamed(const std::string& path, const std::string& text,
                                    Readers readers) {
    const auto folder = std::filesystem::path(path).parent_path();
    const int file =
        ::open(folder.empty() ? "." : folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return std::nullopt;
    const bool written = ::fchmod(file, mode_of(readers)) == 0 && write_all(file, text);
    const std::string unnamed = "/proc/self/fd/" + std::to_string(file);
    const bool named = written && ::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, path.c_str(),
                                           AT_SYMLINK_FOLLOW) == 0;
    const int reason = errno;
    ::close(file);
    if (written && !named && reason == EEXIST) return is_there(path);
    if (written && !named) return std::nullopt;
    if (!written) return failed(path, reason);
    sync_folder_of(path);
    return Status{};
}

}  // namespace

Status write_new(const std::string& path, const std::string& text, Readers readers) {
    if (const auto done = write_unnamed(path, text, readers)) return *done;
    return write_then(path, text, mode_of(readers), [&](const std::string& fresh) -> Status {
        if (::link(fresh.c_str(), path.c_str()) == 0) return {};
        if (errno != EEXIST) return failed(path, errno);
        return is_there(path);
    });
}

Result<Descriptor> lock_to_change(const std::string& path) {
    constexpr std::chrono::milliseconds kPause{20};
    constexpr int kAttempts = 500;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (file < 0) return failed(path, errno);
        Descriptor lock(file);
        struct stat held {};
        struct stat named {};
        const bool alone = ::flock(file, LOCK_EX | LOCK_NB) == 0;
        if (!alone && errno != EWOULDBLOCK) return failed(path, errno);
        // Whoever held it may have put another file in its place.
        const bool stands = alone && ::fstat(file, &held) == 0 &&
                            ::stat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
                            held.st_ino == named.st_ino;
        if (stands) return lock;
        if (!alone) std::this_thread::sleep_for(kPause);
    }
    return fail(api::errc::io_failed, path + ": another process holds it locked");
}

Result<std::ofstream> open_new(const std::string& path) {
    const int made = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (made < 0) return errno == EEXIST ? is_there(path) : failed(path, errno);
    ::close(made);
    std::ofstream file(path, std::ios::binary | std::ios::app);
    if (!file) return failed(path, errno);
    return file;
}

}  // namespace tally::cli
