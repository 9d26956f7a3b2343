#pragma once

#include <string>
#include <vector>

#include "network/network_folder.h"

namespace tally::network {

/// What lies in the folder of a network, told apart. Paths are absolute. Links are never followed:
/// one that somebody put there is foreign, whatever it points to.
struct FolderContents {
    std::vector<std::string> files;    ///< made by `init` or the nodes
    std::vector<std::string> folders;  ///< likewise, those inside before those around
    std::vector<std::string> foreign;  ///< everything else
    std::vector<std::string> missing;  ///< what `init` makes, and is not there
};

/// Reads the folder, changes nothing. io_failed if a part of it cannot be read.
Result<FolderContents> contents_of(const NetworkFolder& network);

/// Removes exactly `files` and `folders`. A folder in which something else has appeared stays, with
/// what is in it, and is an io_failed that names it.
Status remove_contents(const FolderContents& contents);

}  // namespace tally::network
