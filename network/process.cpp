#include "network/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <thread>

#include "api/errc.h"
#include "api/json_text.h"
#include "api/object_reader.h"
#include "base/bounded_input.h"
#include "base/presence.h"
#include "base/shell_word.h"
#include "client/errors.h"
#include "network/commands.h"
#include "network/listener.h"
#include "network/proc.h"

namespace tally::network {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPollInterval{5};
constexpr milliseconds kKillTimeout{10'000};  // a killed process may finish a write first
constexpr std::size_t kTailLines = 12;
constexpr std::string_view kStartMark = "---- start of ";

std::string how_it_ended(int status) {
    if (WIFSIGNALED(status)) return "was ended by signal " + std::to_string(WTERMSIG(status));
    return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

/// The code of the last error in a log: `error[corrupt_block]: ...` at the begin of a line; of a
/// node that ended without one io_failed.
std::error_code code_in(const std::string& log) {
    constexpr std::string_view kError = "error[";
    const std::size_t begin = log.rfind(kError);
    if (begin == std::string::npos || (begin > 0 && log[begin - 1] != '\n')) {
        return make_error_code(api::errc::io_failed);
    }
    const std::size_t name = begin + kError.size();
    const std::string code = log.substr(name, log.find(']', name) - name);
    if (code == "address_in_use") return make_error_code(api::errc::address_in_use);
    return client::api_code(code);
}

/// Begins a new part of the log, so that its end is never mistaken for that of an earlier run.
Status mark_start(const NodeFolder& node) {
    std::ofstream log(node.log_path(), std::ios::binary | std::ios::app);
    log << kStartMark << node.name << "\n";
    if (!log.flush()) return fail(api::errc::io_failed, node.log_path() + ": cannot write");
    return {};
}

/// Arguments of posix_spawn that must be freed.
struct SpawnSettings {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;

    SpawnSettings() {
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawnattr_init(&attributes);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;
    ~SpawnSettings() {
        ::posix_spawn_file_actions_destroy(&files);
        ::posix_spawnattr_destroy(&attributes);
    }
};

/// What run.json says, if it is whole; its process may be long gone.
std::optional<RunInfo> read_run_file(const std::string& path) {
    constexpr std::size_t kFileBytesMax = 64 << 10;
    const auto text = read_bounded(path, kFileBytesMax);
    const auto value = text ? api::json_from_text(*text) : Result<boost::json::value>(text.error());
    if (!value) return std::nullopt;
    api::ObjectReader reader(*value);
    const auto pid = reader.integer("pid", 1, std::numeric_limits<pid_t>::max());
    std::string api = reader.text("api");
    std::string peer = reader.text("peer");
    if (reader.failed()) return std::nullopt;
    return RunInfo{static_cast<pid_t>(pid), std::move(api), std::move(peer)};
}

/// run.json, if it is whole and of this process.
std::optional<RunInfo> read_run_info(const NodeFolder& node, pid_t pid) {
    auto info = read_run_file(node.run_path());
    return info && info->pid == pid ? info : std::nullopt;
}

/// The node's process, or 0.
pid_t pid_of(const NodeFolder& node) {
    const auto info = read_run_file(node.run_path());
    return find_node_process(node.config_path(), info ? info->pid : 0);
}

/// What has the node's data open, or 0; not the node whose folder it is, if it is another's.
pid_t stranger_in(const NodeFolder& node) {
    const pid_t holder = holder_of_blocks(node.folder);
    return holder != 0 && is_of_another(holder, node.folder) ? 0 : holder;
}

/// Why nobody may take the node for stopped, though no process of it is found; empty if he may.
std::string held_by(const NodeFolder& node, pid_t holder) {
    return node.folder + ": process " + std::to_string(holder) +
           " has its data open, and is none that this command knows for a node of this folder; "
           "look what it is with `ps -fp " +
           std::to_string(holder) + "`, and end it with `kill " + std::to_string(holder) + "`";
}

Result<pid_t> running_pid(const NodeFolder& node) {
    const pid_t pid = pid_of(node);
    if (pid != 0) return pid;
    const pid_t holder = stranger_in(node);
    if (holder != 0) return fail(api::errc::io_failed, held_by(node, holder));
    return fail(api::errc::not_found, node.name + " does not run (" + node.folder + ")");
}

bool wait_until_gone(pid_t pid, const NodeFolder& node, milliseconds timeout) {
    const auto deadline = Clock::now() + timeout;
    for (;;) {
        int status = 0;
        const ChildState child = child_state(pid, status);
        if (child == ChildState::ended) return true;
        if (child == ChildState::not_ours && !is_node_process(pid, node.config_path())) return true;
        if (Clock::now() >= deadline) return false;
        std::this_thread::sleep_for(kPollInterval);
    }
}

/// `value`: of a signal that carries one.
Status send_signal(const NodeFolder& node, int signal, std::optional<int> value = std::nullopt) {
    const auto pid = running_pid(node);
    if (!pid) return pid.error();
    if (signal_node_process(*pid, node.config_path(), signal, value)) return {};
    if (errno == ESRCH) return fail(api::errc::not_found, node.name + " has just ended");
    return fail(api::errc::io_failed, node.name + ": cannot signal process " +
                                          std::to_string(*pid) + ": " + std::strerror(errno));
}

/// SIGSTOP and SIGCONT work a moment later than kill returns.
Status await_paused(const NodeFolder& node, bool paused) {
    const auto deadline = Clock::now() + kKillTimeout;
    for (;;) {
        const auto pid = running_pid(node);
        if (!pid) return pid.error();
        if (is_paused_process(*pid) == paused) return {};
        if (Clock::now() >= deadline)
            return fail(api::errc::io_failed, node.name + " does not react");
        std::this_thread::sleep_for(kPollInterval);
    }
}

}  // namespace

const char* process_state_name(ProcessState state) {
    switch (state) {
        case ProcessState::stopped:
            return "stopped";
        case ProcessState::starting:
            return "starting";
        case ProcessState::running:
            return "running";
        case ProcessState::paused:
            return "paused";
    }
    return "unknown";
}

namespace {

/// Says in `process` what is to be known of one that does not work in the node's folder, and gives
/// its run.json, if it works in another one.
std::optional<std::string> judge_hold(const NodeFolder& node, NodeProcess& process) {
    const Hold hold = hold_of(process.pid, node.folder);
    const std::string who = "process " + std::to_string(process.pid) + " is the node ";
    if (hold == Hold::removed && process.fault.empty()) {
        process.fault = who + "of a folder that was removed from " + node.folder +
                        ", and is in the way of this one";
    }
    if (hold != Hold::moved) return std::nullopt;
    const std::string place = folder_of(process.pid);
    std::error_code ignored;  // it may have gone since it was read
    if (node.at_home && std::filesystem::exists(node.folder, ignored)) {
        process.fault = node.folder + " is no more than a copy: " + who +
                        "whose folder stood there and was moved to " + place +
                        "; two processes under one node's keys are two histories "
                        "(docs/OPERATIONS.md). This puts back the folder that it works in, also "
                        "while it runs: `" +
                        move_command(node.folder, node.folder + ".other") + " && " +
                        move_command(place, node.folder) + "`";
    } else {
        process.fault.clear();
        process.moved_to = place;
        process.log = place + "/node.log";
    }
    return place + "/run.json";
}

}  // namespace

NodeProcess inspect(const NodeFolder& node) {
    NodeProcess process;
    process.id = node.id;
    process.name = node.name;
    process.api = node.api_listen;
    process.peer = node.peer_listen;
    process.log = node.log_path();
    process.folder = node.folder;
    process.fault = node.fault;
    auto info = read_run_file(node.run_path());
    process.pid = find_node_process(node.config_path(), info ? info->pid : 0);
    if (process.pid == 0) {
        process.pid = stranger_in(node);
        if (process.pid == 0) return process;
        process.state = ProcessState::starting;
        if (process.fault.empty()) process.fault = held_by(node, process.pid);
        return process;
    }
    if (const auto elsewhere = judge_hold(node, process)) info = read_run_file(*elsewhere);
    const bool listens = info && info->pid == process.pid;
    process.state = listens ? ProcessState::running : ProcessState::starting;
    if (listens) {
        process.api = info->api;
        process.peer = info->peer;
    }
    if (is_paused_process(process.pid)) process.state = ProcessState::paused;
    return process;
}

Result<pid_t> start_node(const NodeFolder& node, const std::string& binary) {
    if (!node.fault.empty()) return fail(api::errc::bad_config, node.fault);
    if (inspect(node).pid != 0) {
        return fail(api::errc::invalid_argument, node.name + " runs already");
    }
    std::error_code ignored;
    std::filesystem::remove(node.run_path(), ignored);  // of a process that was killed
    const Status marked = mark_start(node);
    if (!marked) return marked.error();
    SpawnSettings settings;
    const std::string log = node.log_path();
    ::posix_spawn_file_actions_addopen(&settings.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&settings.files, STDOUT_FILENO, log.c_str(),
                                       O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::posix_spawn_file_actions_adddup2(&settings.files, STDOUT_FILENO, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&settings.files, STDERR_FILENO + 1);
    // Held back until the node can handle them: one that came before would end it by default.
    sigset_t ends;
    sigset_t all;
    ::sigemptyset(&ends);
    ::sigaddset(&ends, SIGINT);
    ::sigaddset(&ends, SIGTERM);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&settings.attributes, &ends);
    ::posix_spawnattr_setsigdefault(&settings.attributes, &all);
    ::posix_spawnattr_setflags(&settings.attributes,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::string arguments[] = {binary, "node", "--config", node.config_path()};
    char* pointers[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(),
                        arguments[3].data(), nullptr};
    pid_t pid = 0;
    const int failure = ::posix_spawn(&pid, binary.c_str(), &settings.files, &settings.attributes,
                                      pointers, environ);
    if (failure != 0) {
        return fail(api::errc::io_failed,
                    node.name + ": cannot start " + binary + ": " + std::strerror(failure));
    }
    return pid;
}

std::optional<Error> ended_node(const NodeFolder& node, pid_t pid) {
    int status = 0;
    const ChildState child = child_state(pid, status);
    const bool gone = child == ChildState::not_ours && !is_node_process(pid, node.config_path());
    if (child != ChildState::ended && !gone) return std::nullopt;
    const std::string tail = log_tail(node, kTailLines);
    const std::error_code code = code_in(tail);
    return Error{code, node.name + " " + (gone ? "ended" : how_it_ended(status)) + "; the end of " +
                           node.log_path() + ":\n" + tail +
                           (code == api::errc::address_in_use ? ports_held_words(node) : "")};
}

Result<RunInfo> await_listening(const NodeFolder& node, pid_t pid, Clock::time_point deadline) {
    for (;;) {
        if (const auto info = read_run_info(node, pid)) return *info;
        if (const auto ended = ended_node(node, pid)) return *ended;
        if (HeldSignals::waiting()) return fail(api::errc::shutting_down, "interrupted");
        if (Clock::now() >= deadline) {
            return fail(api::errc::io_failed, node.name + " does not listen yet; the end of " +
                                                  node.log_path() + ":\n" +
                                                  log_tail(node, kTailLines));
        }
        std::this_thread::sleep_for(kPollInterval);
    }
}

Status kill_node(const NodeFolder& node) {
    const auto pid = running_pid(node);
    if (!pid) return pid.error();
    const Status sent = send_signal(node, SIGKILL);
    if (!sent) return sent;
    if (!wait_until_gone(*pid, node, kKillTimeout)) {
        return fail(api::errc::io_failed, node.name + " is still there after SIGKILL");
    }
    return {};
}

Status stop_node(const NodeFolder& node, milliseconds grace) {
    const auto pid = running_pid(node);
    if (!pid) return pid.error();
    const Status asked = send_signal(node, SIGTERM);
    if (!asked) return asked;
    (void)send_signal(node, SIGCONT);  // a paused process cannot hear the first one
    if (wait_until_gone(*pid, node, grace)) return {};
    return kill_node(node);
}

Status order_transfer(const NodeFolder& node, std::uint32_t to) {
    return send_signal(node, SIGUSR1, static_cast<int>(to));
}

Status pause_node(const NodeFolder& node) {
    const Status sent = send_signal(node, SIGSTOP);
    if (!sent) return sent;
    return await_paused(node, true);
}

Status resume_node(const NodeFolder& node) {
    const Status sent = send_signal(node, SIGCONT);
    if (!sent) return sent;
    return await_paused(node, false);
}

std::string log_tail(const NodeFolder& node, std::size_t lines) {
    constexpr std::streamoff kTailBytesMax = 64 << 10;
    std::ifstream file(node.log_path(), std::ios::binary | std::ios::ate);
    if (!file) {
        const auto there = is_there(node.log_path());
        if (there && !*there) return "(no log)\n";
        return "(" + (there ? node.log_path() + ": cannot be read" : there.error().context) + ")\n";
    }
    const std::streamoff size = file.tellg();
    file.seekg(std::max<std::streamoff>(size - kTailBytesMax, 0));
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const std::size_t mark = text.rfind(kStartMark);
    const std::size_t least = mark == std::string::npos ? 0 : mark;
    std::size_t begin = text.size();
    for (std::size_t found = 0; found < lines && begin > least; ++found) {
        const std::size_t before = begin < 2 ? std::string::npos : text.rfind('\n', begin - 2);
        begin = before == std::string::npos ? 0 : before + 1;
    }
    return text.substr(std::max(begin, least));
}

}  // namespace tally::network
