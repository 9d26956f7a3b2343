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
    std::vector<std::string> mounts;   ///< where something is mounted: they cannot be removed
    /// By what the folder is known for a network; they go after all of those above.
    std::vector<std::string> last;
    std::string root;        ///< the folder itself; stays, empty, where it is a mount point
    std::string begun;       ///< a file that is there from the beginning of a removal to its end
    bool continued = false;  ///< it is there: something may be missing that was removed
};

/// True if something is mounted at the path, also from the same file system.
bool is_mount_point(const std::string& path);

/// Reads the folder, changes nothing. io_failed if a part of it cannot be read.
Result<FolderContents> contents_of(const NetworkFolder& network);

/// Removes exactly what the lists name, in that order. Where it ends half-way, the folder is still
/// a network's that can be removed by trying again. A folder in which something else has appeared
/// stays, with what is in it, and is an io_failed that names it.
Status remove_contents(const FolderContents& contents);

}  // namespace tally::network
