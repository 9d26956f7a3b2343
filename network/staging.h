#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace tally::network {

/// Where this process makes the network of the folder `path`, beside it: `PATH.new-PID`.
std::string staging_path(const std::string& path);
/// Makes that folder, and a mark in it: without the mark nobody removes it. io_failed also if
/// something of that name is there.
Status begin_staging(const std::string& staging);
/// What it holds is whole: the mark goes.
Status end_staging(const std::string& staging);
/// Removes what an `init` of this folder left that was killed: secret keys that nobody would ever
/// mention. Only a folder with the mark, of a process that is gone, in which there is nothing at
/// any depth but what `init` makes. Returns those that were removed.
std::vector<std::string> remove_stale_staging(const std::string& path);

}  // namespace tally::network
