#pragma once

#include <sys/types.h>

#include <string>

namespace tally::node {

/// The process that runs `node --config CONFIG`, or 0. Zombies do not count.
pid_t find_node_process(const std::string& config_path);
/// True if this process still runs `node --config CONFIG`.
bool is_node_process(pid_t pid, const std::string& config_path);
/// True if it is stopped by a signal.
bool is_paused_process(pid_t pid);
enum class ChildState : unsigned char { alive, ended, not_ours };
/// What became of our child, with its wait status once it has ended (it is reaped then).
ChildState child_state(pid_t pid, int& status);

}  // namespace tally::node
