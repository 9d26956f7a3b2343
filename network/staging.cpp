#include "network/staging.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <vector>

namespace tally::network {
namespace {

namespace fs = std::filesystem;

std::string staging_prefix(const std::string& path) { return path + ".new-"; }

/// False if an `init` is still at work there, or it is none of ours: if it holds anything but what
/// `init` makes, is a link, or another user's.
bool is_stale_staging(const fs::path& folder, const std::string& prefix) {
    const std::string number = folder.string().substr(prefix.size());
    constexpr std::size_t kDigitsMax = 9;
    if (number.empty() || number.size() > kDigitsMax ||
        number.find_first_not_of("0123456789") != std::string::npos) {
        return false;
    }
    const auto pid = static_cast<pid_t>(std::stol(number));
    if (pid <= 0 || ::kill(pid, 0) == 0 || errno != ESRCH) return false;
    struct stat state {};
    if (::lstat(folder.c_str(), &state) != 0 || !S_ISDIR(state.st_mode)) return false;
    if (state.st_uid != ::geteuid()) return false;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(folder, failure)) {
        const std::string name = entry.path().filename().string();
        const bool node = name.size() > 1 && name[0] == 'n' &&
                          name.find_first_not_of("0123456789", 1) == std::string::npos;
        if (!node && name != "keys" && name != "genesis.bin" && name != "network.pub") return false;
    }
    return !failure;
}

}  // namespace

std::string staging_path(const std::string& path) {
    return staging_prefix(path) + std::to_string(::getpid());
}

void remove_stale_staging(const std::string& path) {
    const std::string prefix = staging_prefix(path);
    std::vector<fs::path> stale;
    std::error_code failure;
    for (fs::directory_iterator at(fs::path(path).parent_path(), failure), end;
         !failure && at != end; at.increment(failure)) {
        if (!at->path().string().starts_with(prefix)) continue;
        if (is_stale_staging(at->path(), prefix)) stale.push_back(at->path());
    }
    for (const fs::path& folder : stale) fs::remove_all(folder, failure);
}

}  // namespace tally::network
