#pragma once

#include <string>

namespace tally::node::pipeline {

/// Runs a node until SIGTERM or SIGINT. Returns the exit code; errors go to stderr as
/// `error[code]: what, where, what to do`. Once it listens it writes `run.json` {pid, api, peer} to
/// its data folder, by rename; a clean end removes it.
int run_node(const std::string& config_path);

}  // namespace tally::node::pipeline
