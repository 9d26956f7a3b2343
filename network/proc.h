#pragma once

#include <signal.h>

#include <sys/types.h>
#include <cstdint>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tally::network {

/// The numbers of all processes that are to be seen.
std::vector<pid_t> all_processes();
/// A path without links, as far as it is there.
std::filesystem::path plain(const std::filesystem::path& path);

/// How a process has to do with a node's folder.
enum class Hold : unsigned char {
    none,
    here,     ///< it is the node of the folder
    removed,  ///< it is the node of a folder that stood there and was removed
    moved     ///< it is the node of the folder that stood there and stands elsewhere now
};
/// Of a process that runs `node --config FILE`. What counts is the files that it has open, wherever
/// its folder has been moved to since; FILE, also relative to the process's working folder, where
/// it has none of them open, or they cannot be seen. `moved`: FILE names this folder, the files lie
/// elsewhere, and here is nothing, or a copy, in a folder that holds the same network. A network
/// that was moved as a whole has made room: what stands in its place is none of its business. One
/// that works in a folder, but was begun in another one beside it, belongs to that one; and so does
/// one whose folder stands in another network now.
Hold hold_of(pid_t pid, const std::string& node_folder);
/// The folder in which the node that this process is works; empty if that cannot be told.
std::string folder_of(pid_t pid);
/// The process that is the node of the folder of this configuration, or 0. Zombies do not count.
/// Where several say so (a node, and what wraps it), it is `likely`, if that is one of them; one of
/// a removed or moved folder only if there is no other.
pid_t find_node_process(const std::string& config_path, pid_t likely = 0);
/// True for a node that was begun elsewhere and works in this folder now, but is none of the
/// network in which it stands, or is another one of it: the folders of two nodes were exchanged
/// under them.
bool is_of_another(pid_t pid, const std::string& node_folder);
/// True if this process still is that of the folder, or of a removed or moved one.
bool is_node_process(pid_t pid, const std::string& config_path);
/// The names of folders in `folder` of which a node runs, also if they or it were removed.
std::vector<std::string> running_below(const std::string& folder);
/// The process that has the node's blocks open for writing, whatever it is; 0: none, or this one.
pid_t holder_of_blocks(const std::string& node_folder);
/// Signals this process if it still is that. False if it does not, or cannot be
/// signalled (errno). The number cannot be given to another process in between. `value`: of a
/// signal that carries one, as sigqueue sends it.
bool signal_node_process(pid_t pid, const std::string& config_path, int signal,
                         std::optional<int> value = std::nullopt);
/// True if it is stopped by a signal.
bool is_paused_process(pid_t pid);
enum class ChildState : unsigned char { alive, ended, not_ours };
/// What became of our child, with its wait status once it has ended (it is reaped then).
ChildState child_state(pid_t pid, int& status);

/// SIGINT, SIGTERM, and SIGHUP, which comes when the terminal closes; not that one where it is
/// ignored (nohup).
sigset_t ending_signals();

/// Holds those signals back in this thread, so that what was begun can be undone before they
/// act; they act when the outermost one ends.
class HeldSignals {
public:
    /// Until when: this is gone, or the process is, where that follows by itself (exit_follows).
    enum class Until : std::uint8_t { gone, exit };
    explicit HeldSignals(Until until = Until::gone);
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    ~HeldSignals();
    /// True if one of them is waiting.
    static bool waiting();
    /// Said once by a program whose commands are all that it does.
    static void exit_follows();

private:
    sigset_t before_;
    const bool for_good_;
};

}  // namespace tally::network
