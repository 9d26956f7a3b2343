#include "network/staging.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "api/errc.h"
#include "network/folder_contents.h"
#include "storage/high_water_mark.h"

// A folder that only looks like what a killed `init` left may be somebody's network, or a backup of
// one. So `init` marks what it makes aside, takes the mark away before it gives the folder its
// name, and removes a marked folder file by file, each by its name.

namespace tally::network {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMark = "init.begun";

std::string staging_prefix(const std::string& path) { return path + ".new-"; }

bool consists_of(std::string_view text, std::string_view letters) {
    return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

bool is_node_name(std::string_view name) {
    return name.starts_with('n') && consists_of(name.substr(1), "0123456789");
}

/// `lender.key`, `lender-2.pub`
bool is_key_file(const fs::path& name) {
    const std::string end = name.extension().string();
    return (end == ".key" || end == ".pub") &&
           consists_of(name.stem().string(), "abcdefghijklmnopqrstuvwxyz0123456789-");
}

/// Whether `init` makes a folder, or a file, of this name at this place below the staging folder.
bool is_made(const fs::path& place, bool folder) {
    const std::vector<fs::path> parts(place.begin(), place.end());
    const std::string first = parts.front().string();
    const bool in_node = is_node_name(first);
    if (folder) {
        if (parts.size() == 1) return in_node || first == "keys";
        return parts.size() == 2 && in_node && parts[1] == "keys";
    }
    if (parts.size() == 1) {
        return first == kMark || first == "genesis.bin" || first == "network.pub";
    }
    if (parts.size() == 2 && first == "keys") return is_key_file(parts[1]);
    if (parts.size() == 2 && in_node) {
        const std::string name = parts[1].string();
        return name == "node.toml" || name == "genesis.bin" || name == storage::kHighWaterMarkFile;
    }
    constexpr std::array<std::string_view, 4> kKeys{"tls", "statement", "log", "cosignature"};
    return parts.size() == 3 && in_node && parts[1] == "keys" && is_key_file(parts[2]) &&
           std::ranges::find(kKeys, parts[2].stem().string()) != kKeys.end();
}

/// Adds all that is in the folder, those inside before those around. False if anything of it is
/// not what `init` makes, or cannot be read.
bool collect(const fs::path& root, const fs::path& where, std::vector<std::string>& found) {
    std::error_code failure;
    for (fs::directory_iterator at(where, failure), end; !failure && at != end;
         at.increment(failure)) {
        const fs::file_status status = at->symlink_status(failure);
        const bool folder = fs::is_directory(status);
        if (failure || (!folder && !fs::is_regular_file(status))) return false;
        if (!is_made(at->path().lexically_relative(root), folder)) return false;
        if (is_mount_point(at->path().string())) return false;
        if (folder && !collect(root, at->path(), found)) return false;
        if (at->path() != root / kMark) found.push_back(at->path().string());
    }
    return !failure;
}

/// True if an `init` began this folder, which is at work no more, and is this user's.
bool is_left_behind(const fs::path& folder, const std::string& prefix) {
    const std::string number = folder.string().substr(prefix.size());
    constexpr std::size_t kDigitsMax = 9;
    if (number.size() > kDigitsMax || !consists_of(number, "0123456789")) return false;
    const auto pid = static_cast<pid_t>(std::stol(number));
    if (pid <= 0 || ::kill(pid, 0) == 0 || errno != ESRCH) return false;
    struct stat state {};
    if (::lstat(folder.c_str(), &state) != 0 || !S_ISDIR(state.st_mode)) return false;
    if (state.st_uid != ::geteuid() || is_mount_point(folder.string())) return false;
    return ::lstat((folder / kMark).c_str(), &state) == 0 && S_ISREG(state.st_mode);
}

/// The mark goes last: where this ends half-way, the next one goes on.
bool remove_staging(const fs::path& folder) {
    std::vector<std::string> found;
    if (!collect(folder, folder, found)) return false;
    found.push_back((folder / kMark).string());
    found.push_back(folder.string());
    std::error_code failure;
    for (const std::string& path : found) {
        fs::remove(path, failure);  // of a folder only if it is empty
        if (failure) return false;
    }
    return true;
}

}  // namespace

std::string staging_path(const std::string& path) {
    return staging_prefix(path) + std::to_string(::getpid());
}

Status begin_staging(const std::string& staging) {
    std::error_code failure;
    fs::create_directories(fs::path(staging).parent_path(), failure);
    if (failure || ::mkdir(staging.c_str(), 0777) != 0) {
        return fail(api::errc::io_failed,
                    staging + ": " + (failure ? failure.message() : std::strerror(errno)));
    }
    const std::string mark = staging + "/" + kMark;
    const int file = ::open(mark.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file >= 0) {
        ::close(file);
        return {};
    }
    Status made = fail(api::errc::io_failed, mark + ": " + std::strerror(errno));
    ::rmdir(staging.c_str());
    return made;
}

Status end_staging(const std::string& staging) {
    const std::string mark = staging + "/" + kMark;
    if (::unlink(mark.c_str()) == 0) return {};
    return fail(api::errc::io_failed, mark + ": " + std::strerror(errno));
}

std::vector<std::string> remove_stale_staging(const std::string& path) {
    std::error_code failure;
    fs::path whole = fs::absolute(path, failure).lexically_normal();
    if (!whole.has_filename()) whole = whole.parent_path();
    const std::string prefix = staging_prefix(whole.string());
    std::vector<fs::path> left;
    for (fs::directory_iterator at(whole.parent_path(), failure), end; !failure && at != end;
         at.increment(failure)) {
        if (!at->path().string().starts_with(prefix)) continue;
        if (is_left_behind(at->path(), prefix)) left.push_back(at->path());
    }
    std::vector<std::string> removed;
    for (const fs::path& folder : left) {
        if (remove_staging(folder)) removed.push_back(folder.string());
    }
    return removed;
}

}  // namespace tally::network
