#include "network/proc.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

// In glibc 2.36 the header does not say that these are C functions.
extern "C" {
#include <sys/pidfd.h>
}

namespace tally::network {
namespace {

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
    return unknown ? path : (folder / path).lexically_normal().string();
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

bool is_node_process(pid_t pid, const std::string& config_path) {
    const auto arguments = arguments_of(pid);
    const auto node = std::find(arguments.begin(), arguments.end(), "node");
    if (arguments.end() - node < 3 || node[1] != "--config") return false;
    return absolute_for(pid, node[2]) == config_path;
}

pid_t find_node_process(const std::string& config_path, pid_t likely) {
    if (likely > 0 && is_node_process(likely, config_path)) return likely;
    const std::unique_ptr<DIR, CloseFolder> folder(::opendir("/proc"));
    if (!folder) return 0;
    while (const dirent* entry = ::readdir(folder.get())) {
        char* end = nullptr;
        const long pid = std::strtol(entry->d_name, &end, 10);
        if (pid <= 0 || *end != '\0') continue;
        if (is_node_process(static_cast<pid_t>(pid), config_path)) return static_cast<pid_t>(pid);
    }
    return 0;
}

bool signal_node_process(pid_t pid, const std::string& config_path, int signal) {
    // The handle stands for this very process: what is found out about it holds when it is used.
    const int handle = ::pidfd_open(pid, 0);
    if (handle < 0) return false;
    const bool ours = is_node_process(pid, config_path);
    if (!ours) errno = ESRCH;
    const bool sent = ours && ::pidfd_send_signal(handle, signal, nullptr, 0) == 0;
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

HeldSignals::HeldSignals() {
    sigset_t held;
    ::sigemptyset(&held);
    ::sigaddset(&held, SIGINT);
    ::sigaddset(&held, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &held, &before_);
}

HeldSignals::~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

bool HeldSignals::waiting() {
    sigset_t pending;
    return ::sigpending(&pending) == 0 &&
           (::sigismember(&pending, SIGINT) == 1 || ::sigismember(&pending, SIGTERM) == 1);
}

}  // namespace tally::network
