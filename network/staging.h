#pragma once

#include <string>

namespace tally::network {

/// Where this process makes the network of the folder `path`, beside it: `PATH.new-PID`.
std::string staging_path(const std::string& path);
/// Removes what an `init` of this folder left that was killed: secret keys that nobody would ever
/// mention. Only of processes that are gone, and only what `init` makes.
void remove_stale_staging(const std::string& path);

}  // namespace tally::network
