#include "cli/source_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <sstream>
#include <utility>

#include "base/bounded_input.h"
#include "base/hex.h"
#include "base/wall_clock.h"
#include "client/errors.h"

namespace tally::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

/// Longer than a process needs from its start to its lock.
constexpr milliseconds kKept{60'000};

/// Of this user alone; empty: there is none.
std::string lock_folder() {
    std::error_code failure;
    const fs::path temporary = fs::temp_directory_path(failure);
    if (failure) return {};
    const std::string folder = (temporary / ("tallystick-" + std::to_string(::getuid()))).string();
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return {};
    struct stat found {};
    // Somebody else may have made one of that name.
    const bool own = ::lstat(folder.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
                     found.st_uid == ::getuid() && (found.st_mode & 077) == 0;
    return own ? folder : std::string();
}

std::string lock_name_of(std::string_view domain, const crypto::Digest& network,
                         const std::string& what) {
    const auto digest = crypto::domain_hash(domain, {network.view(), view_of(what)});
    return to_hex(digest.bytes).substr(0, 32);
}

/// The same for every name of a file, whether links of it are hard or symbolic. A file with one
/// name is known by that: editors put a new file in the place of the old one.
std::string lock_name(const std::string& source, const crypto::Digest& network) {
    struct stat found {};
    if (::stat(source.c_str(), &found) == 0 && S_ISREG(found.st_mode) && found.st_nlink > 1) {
        const std::string file = std::to_string(found.st_dev) + ":" + std::to_string(found.st_ino);
        return lock_name_of("submit-source-file", network, file);
    }
    std::error_code failure;
    fs::path whole = fs::weakly_canonical(source, failure);
    if (failure) whole = fs::absolute(source, failure);
    const std::string text = whole.string();
    return lock_name_of("submit-source", network, text);
}

bool is_locked(int file) { return ::flock(file, LOCK_EX | LOCK_NB) == 0; }

/// Those that nobody holds and that say nothing any more.
void remove_old(const std::string& folder) {
    std::error_code failure;
    const auto old = fs::file_time_type::clock::now() - kKept;
    for (auto entry = fs::directory_iterator(folder, failure);
         !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
        std::error_code ignored;
        if (entry->last_write_time(ignored) > old || ignored) continue;
        const std::string path = entry->path().string();
        const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (file < 0) continue;
        struct stat found {};
        if (is_locked(file) && ::fstat(file, &found) == 0 && found.st_nlink != 0) {
            ::unlink(path.c_str());
        }
        ::close(file);
    }
}

/// The file itself, if it is one; a lock needs no right to write to it.
Descriptor open_source(const std::string& source) {
    Descriptor file(::open(source.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat found {};
    const bool is_file =
        file.number() >= 0 && ::fstat(file.number(), &found) == 0 && S_ISREG(found.st_mode);
    return is_file ? std::move(file) : Descriptor(-1);
}

Error busy(const std::string& source) {
    return {client::api_code("retry_open"), source + ": another process submits it now"};
}

/// Another process had its answer at a time since then.
bool was_settled(int file, milliseconds began) {
    std::string text(64, '\0');
    const ssize_t size = ::pread(file, text.data(), text.size(), 0);
    if (size <= 0) return false;
    std::istringstream words(text.substr(0, static_cast<std::size_t>(size)));
    std::int64_t process = 0;
    milliseconds::rep at = 0;
    if (!(words >> process >> at) || process == ::getpid()) return false;
    return milliseconds(at) >= began && milliseconds(at) <= wall_now();
}

/// The wall clock and the time since the machine was started, of one moment. On a busy machine a
/// process can be held up between the two for longer than another one takes to begin, ask and end.
struct Clocks {
    milliseconds wall;
    milliseconds up;
};
std::optional<Clocks> both_clocks() {
    constexpr int kTries = 50;
    constexpr std::int64_t kApartMax = 1'000'000;  // nanoseconds
    const auto up = [] {
        timespec time{};
        return ::clock_gettime(CLOCK_BOOTTIME, &time) == 0
                   ? time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec
                   : std::int64_t{-1};
    };
    for (int tries = 0; tries < kTries; ++tries) {
        const std::int64_t before = up();
        const milliseconds wall = wall_now();
        const std::int64_t after = up();
        if (before < 0 || after < 0) return std::nullopt;
        if (after - before <= kApartMax) return Clocks{wall, milliseconds(before / 1'000'000)};
    }
    return std::nullopt;
}

}  // namespace

Result<SourceLock> SourceLock::take(const std::string& source, const crypto::Digest& network,
                                    milliseconds began) {
    Descriptor own = open_source(source);
    if (own.number() >= 0 && !is_locked(own.number()) && errno == EWOULDBLOCK) return busy(source);
    const std::string folder = lock_folder();
    if (folder.empty()) return SourceLock(std::move(own), Descriptor(-1));
    remove_old(folder);
    const std::string path = folder + "/" + lock_name(source, network);
    for (;;) {
        const int file =
            ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
        if (file < 0) return SourceLock(std::move(own), Descriptor(-1));
        Descriptor lock(file);
        const bool alone = is_locked(file);
        if (!alone && errno == EWOULDBLOCK) return busy(source);
        struct stat found {};
        // It was old, and removed meanwhile.
        if (::fstat(file, &found) == 0 && found.st_nlink == 0) continue;
        if (!was_settled(file, began)) return SourceLock(std::move(own), std::move(lock));
        return Error{client::api_code("retry_open"),
                     source +
                         ": another process submitted it and had its answer while this one "
                         "began"};
    }
}

void SourceLock::settle() const {
    const int file = file_.number();
    if (file < 0) return;
    const std::string text = std::to_string(::getpid()) + " " + std::to_string(wall_now().count());
    // Without room there is only the lock.
    const bool written = ::ftruncate(file, 0) == 0 && ::pwrite(file, text.data(), text.size(), 0) ==
                                                          static_cast<ssize_t>(text.size());
    // A torn one is none.
    [[maybe_unused]] const bool cleared = written || ::ftruncate(file, 0) == 0;
}

milliseconds process_began() {
    // Field 22 of its stat, in ticks since the machine was started; the name before it may have
    // spaces and ends with the last parenthesis.
    constexpr std::size_t kBytesMax = 4096;
    const auto text = read_bounded("/proc/self/stat", kBytesMax);
    if (!text) return wall_now();
    std::istringstream fields(text->substr(text->rfind(')') + 1));
    std::string skipped;
    for (int field = 3; field < 22; ++field) fields >> skipped;
    std::int64_t ticks = 0;
    const long second = ::sysconf(_SC_CLK_TCK);
    const auto clocks = both_clocks();
    if (!(fields >> ticks) || second <= 0 || !clocks) return wall_now();
    // The end of the tick: nobody who was started after an answer is taken for one from before it.
    const milliseconds from_boot((ticks + 1) * 1000 / second);
    return std::min(clocks->wall, clocks->wall - (clocks->up - from_boot));
}

}  // namespace tally::cli
