#pragma once

namespace tally::network {

/// Says that this process is a tallystick, whatever its file is called: find_binary (process.h)
/// gives that file then, and no other. Before threads start.
void run_own_binary();

}  // namespace tally::network
