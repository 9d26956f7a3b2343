#pragma once

#include <signal.h>
#include <sys/types.h>

#include <string>

namespace tally::network {

/// The process that runs `node --config CONFIG`, or 0. Zombies do not count. Where several say so
/// (a node, and what wraps it), it is `likely`, if that is one of them.
pid_t find_node_process(const std::string& config_path, pid_t likely = 0);
/// True if this process still runs `node --config CONFIG`; CONFIG may be written relative to the
/// process's working folder.
bool is_node_process(pid_t pid, const std::string& config_path);
/// Signals this process if it still runs `node --config CONFIG`. False if it does not, or cannot be
/// signalled (errno). The number cannot be given to another process in between.
bool signal_node_process(pid_t pid, const std::string& config_path, int signal);
/// True if it is stopped by a signal.
bool is_paused_process(pid_t pid);
enum class ChildState : unsigned char { alive, ended, not_ours };
/// What became of our child, with its wait status once it has ended (it is reaped then).
ChildState child_state(pid_t pid, int& status);

/// Holds SIGINT and SIGTERM back in this thread, so that what was begun can be undone before they
/// act; they act when the outermost one ends.
class HeldSignals {
public:
    HeldSignals();
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    ~HeldSignals();
    /// True if one of them is waiting.
    static bool waiting();

private:
    sigset_t before_;
};

}  // namespace tally::network
