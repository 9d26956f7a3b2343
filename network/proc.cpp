#include "network/proc.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "network/node_folders.h"

// In glibc 2.36 the header does not say that these are C functions.
extern "C" {
#include <sys/pidfd.h>
}

namespace tally::network {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLock = "/blocks/LOCK";
constexpr std::string_view kLog = "/node.log";

/// What the system tells of a process; empty when it has just ended. Read with `read`, because a
/// file buffer of the standard library throws when the process ends between opening and reading.
std::string read_proc(pid_t pid, const char* name) {
    const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return {};
    std::string text;
    char part[4096];
    ssize_t count = 0;
    while ((count = ::read(file, part, sizeof part)) > 0) {
        text.append(part, static_cast<std::size_t>(count));
    }
    ::close(file);
    return count < 0 ? std::string() : text;
}

/// /proc/<pid>/cmdline: arguments that each end in a zero byte; empty for a zombie.
std::vector<std::string> arguments_of(pid_t pid) {
    std::vector<std::string> arguments;
    const std::string text = read_proc(pid, "cmdline");
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\0', begin), text.size());
        arguments.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return arguments;
}

/// A path among the arguments of a process, from its working folder if it is relative.
std::string absolute_for(pid_t pid, const std::string& path) {
    if (path.starts_with('/')) return path;
    std::error_code unknown;
    const auto folder =
        std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/cwd", unknown);
    return unknown ? path : (folder / path).string();
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

/// The configuration of a process that runs `node --config FILE` or `node --config=FILE`; empty: it
/// runs none.
std::string config_of(pid_t pid) {
    const auto arguments = arguments_of(pid);
    constexpr std::string_view kWithValue = "--config=";
    auto at = std::find(arguments.begin(), arguments.end(), "node");
    for (; at != arguments.end(); ++at) {
        if (at->starts_with(kWithValue)) return absolute_for(pid, at->substr(kWithValue.size()));
        if (*at == "--config" && at + 1 != arguments.end()) return absolute_for(pid, at[1]);
    }
    return {};
}

/// A file of a node's folder that a process has open.
struct OpenFile {
    std::string folder;  ///< where it stands now, or stood
    bool lock = false;   ///< of the blocks, which one process has open at a time; else the log
    bool removed = false;
};

/// Files by which one knows whose node a process is. Empty if it has none open, or they cannot be
/// seen.
std::vector<OpenFile> open_files(pid_t pid) {
    constexpr std::string_view kRemoved = " (deleted)";
    std::vector<OpenFile> found;
    std::error_code failure;
    const std::string files = "/proc/" + std::to_string(pid) + "/fd";
    for (fs::directory_iterator at(files, failure), end; !failure && at != end;
         at.increment(failure)) {
        std::error_code closed;
        std::string path = fs::read_symlink(at->path(), closed).string();
        if (closed) continue;
        const bool removed = path.ends_with(kRemoved);
        if (removed) path.resize(path.size() - kRemoved.size());
        for (const std::string_view name : {kLock, kLog}) {
            if (!path.ends_with(name)) continue;
            path.resize(path.size() - name.size());
            found.push_back({path, name == kLock, removed});
            break;
        }
    }
    return found;
}

bool has_open(pid_t pid, const std::string& file) {
    struct stat wanted {};
    if (::stat(file.c_str(), &wanted) != 0) return false;
    std::error_code failure;
    const std::string files = "/proc/" + std::to_string(pid) + "/fd";
    for (fs::directory_iterator at(files, failure), end; !failure && at != end;
         at.increment(failure)) {
        struct stat open {};
        if (::stat(at->path().c_str(), &open) != 0) continue;
        if (open.st_dev == wanted.st_dev && open.st_ino == wanted.st_ino) return true;
    }
    return false;
}

Bytes bytes_of(const fs::path& path) {
    const auto bytes = read_network_bytes(path.string());
    return bytes ? *bytes : Bytes();
}

/// Whether a node that works in `now` is that of the network folder in which `before` stands, or
/// stood. Both networks are known by their genesis.
bool is_same_node(const fs::path& before, const fs::path& now) {
    const Bytes network = bytes_of(before.parent_path() / "genesis.bin");
    return !network.empty() && network == bytes_of(now / "genesis.bin");
}

/// Whether what works in a folder, and was begun in another one, belongs to that one: both stand
/// in one network, or the folder is another network's than the one in which it stands now.
bool is_astray(const fs::path& begun, const fs::path& folder) {
    if (begun == folder) return false;
    if (begun.parent_path() == folder.parent_path()) return true;
    const Bytes network = bytes_of(folder.parent_path() / "genesis.bin");
    const Bytes own = bytes_of(folder / "genesis.bin");
    return !network.empty() && !own.empty() && network != own;
}

}  // namespace

std::vector<pid_t> all_processes() {
    std::vector<pid_t> found;
    const std::unique_ptr<DIR, CloseFolder> folder(::opendir("/proc"));
    while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
        char* end = nullptr;
        const long pid = std::strtol(entry->d_name, &end, 10);
        if (pid > 0 && *end == '\0') found.push_back(static_cast<pid_t>(pid));
    }
    return found;
}

fs::path plain(const fs::path& path) {
    std::error_code failure;
    auto found = fs::weakly_canonical(path, failure);
    return failure ? path : found;
}

std::string folder_of(pid_t pid) {
    std::string found;
    for (const OpenFile& file : open_files(pid)) {
        if (file.lock || found.empty()) found = file.folder;
    }
    return found;
}

Hold hold_of(pid_t pid, const std::string& node_folder) {
    const std::string config = config_of(pid);
    if (config.empty()) return Hold::none;
    const fs::path folder = plain(node_folder);
    const fs::path begun = plain(fs::path(config).parent_path());
    for (const std::string_view file : {kLock, kLog}) {
        if (!has_open(pid, node_folder + std::string(file))) continue;
        return is_astray(begun, folder) ? Hold::none : Hold::here;
    }
    const bool begun_here = begun == folder;
    const auto files = open_files(pid);
    // The lock is the node's own; a log may be anything that somebody gave it for output.
    const bool locked = std::ranges::any_of(files, &OpenFile::lock);
    std::error_code ignored;
    for (const OpenFile& file : files) {
        if (locked && !file.lock) continue;
        if (!file.removed && !fs::exists(file.folder + "/node.toml", ignored)) continue;
        if (file.removed) return plain(file.folder) == folder ? Hold::removed : Hold::none;
        return begun_here && is_same_node(folder, file.folder) ? Hold::moved : Hold::none;
    }
    return begun_here ? Hold::here : Hold::none;
}

bool is_of_another(pid_t pid, const std::string& node_folder) {
    const std::string config = config_of(pid);
    return !config.empty() && is_astray(plain(fs::path(config).parent_path()), plain(node_folder));
}

bool is_node_process(pid_t pid, const std::string& config_path) {
    return hold_of(pid, fs::path(config_path).parent_path().string()) != Hold::none;
}

pid_t find_node_process(const std::string& config_path, pid_t likely) {
    const std::string folder = fs::path(config_path).parent_path().string();
    if (likely > 0 && hold_of(likely, folder) == Hold::here) return likely;
    pid_t of_another = 0;
    for (const pid_t pid : all_processes()) {
        const Hold hold = hold_of(pid, folder);
        if (hold == Hold::here) return pid;
        if (hold != Hold::none) of_another = pid;
    }
    return of_another;
}

std::vector<std::string> running_below(const std::string& folder) {
    const fs::path root = plain(folder);
    std::vector<std::string> names;
    for (const pid_t pid : all_processes()) {
        const std::string config = config_of(pid);
        if (config.empty()) continue;
        std::vector<fs::path> places{plain(fs::path(config).parent_path())};
        for (const OpenFile& file : open_files(pid)) places.push_back(plain(file.folder));
        for (const fs::path& place : places) {
            if (place.parent_path() != root) continue;
            if (hold_of(pid, place.string()) == Hold::none) continue;
            names.push_back(place.filename().string());
            break;
        }
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

pid_t holder_of_blocks(const std::string& node_folder) {
    const std::string path = node_folder + std::string(kLock);
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return 0;
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    const bool known = ::fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    ::close(file);
    return known && lock.l_pid > 0 ? lock.l_pid : 0;
}

bool signal_node_process(pid_t pid, const std::string& config_path, int signal,
                         std::optional<int> value) {
    siginfo_t info{};
    info.si_signo = signal;
    info.si_code = SI_QUEUE;
    info.si_pid = ::getpid();
    info.si_uid = ::getuid();
    info.si_value.sival_int = value.value_or(0);
    // The handle stands for this very process: what is found out about it holds when it is used.
    const int handle = ::pidfd_open(pid, 0);
    if (handle < 0) return false;
    const bool ours = is_node_process(pid, config_path);
    if (!ours) errno = ESRCH;
    const bool sent = ours && ::pidfd_send_signal(handle, signal, value ? &info : nullptr, 0) == 0;
    const int reason = errno;
    ::close(handle);
    errno = reason;
    return sent;
}

bool is_paused_process(pid_t pid) {
    const std::string stat = read_proc(pid, "stat");
    // "pid (name) state ...", and the name may hold anything, also brackets.
    const std::size_t bracket = stat.rfind(')');
    return bracket != std::string::npos && bracket + 2 < stat.size() && stat[bracket + 2] == 'T';
}

ChildState child_state(pid_t pid, int& status) {
    const pid_t ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == pid) return ChildState::ended;
    return ended == 0 ? ChildState::alive : ChildState::not_ours;
}

sigset_t ending_signals() {
    sigset_t ends;
    ::sigemptyset(&ends);
    ::sigaddset(&ends, SIGINT);
    ::sigaddset(&ends, SIGTERM);
    // Under nohup the end of the terminal is none of ours; held back, it would be seen all the
    // same.
    struct sigaction now {};
    const bool ignored = ::sigaction(SIGHUP, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
    if (!ignored) ::sigaddset(&ends, SIGHUP);
    return ends;
}

namespace {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): said once, by main.
std::atomic<bool> exits{false};

}  // namespace

HeldSignals::HeldSignals(Until until) : for_good_(until == Until::exit && exits.load()) {
    const sigset_t held = ending_signals();
    ::pthread_sigmask(SIG_BLOCK, &held, &before_);
}

HeldSignals::~HeldSignals() {
    if (!for_good_) ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void HeldSignals::exit_follows() { exits = true; }

bool HeldSignals::waiting() {
    const sigset_t ends = ending_signals();
    sigset_t pending;
    if (::sigpending(&pending) != 0) return false;
    return std::ranges::any_of(std::array{SIGINT, SIGTERM, SIGHUP}, [&](int signal) {
        return ::sigismember(&ends, signal) == 1 && ::sigismember(&pending, signal) == 1;
    });
}

}  // namespace tally::network
