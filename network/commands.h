#pragma once

#include <string>
#include <vector>

namespace tally::network {

/// A command on the network of a folder as people are advised to run it, in backquotes: it works as
/// it is written, from wherever it is run.
std::string command_on(const std::string& network_folder, std::vector<std::string> words);

}  // namespace tally::network
