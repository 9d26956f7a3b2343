#pragma once

#include <cstdint>
#include <string>

#include "ledger/types.h"

namespace tally::node::pipeline {

/// Runs a node until SIGTERM or SIGINT. Returns the exit code; errors go to stderr as
/// `error[code]: what, where, what to do`. Once it listens it writes `run.json` {pid, api, peer} to
/// its data folder, by rename; a clean end removes it.
/// `rules_newest`: the newest rules version that it applies; see ledger::BlockInput.
int run_node(const std::string& config_path, std::uint32_t rules_newest = ledger::kRulesVersion);

}  // namespace tally::node::pipeline
