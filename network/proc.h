#pragma once

#include <signal.h>
#include <sys/types.h>

#include <string>

namespace tally::network {

/// The process that runs `node --config CONFIG`, or 0. Zombies do not count.
pid_t find_node_process(const std::string& config_path);
/// True if this process still runs `node --config CONFIG`.
bool is_node_process(pid_t pid, const std::string& config_path);
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
