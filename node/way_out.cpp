#include "node/way_out.h"

namespace tally::node {

std::string way_out_of(const std::string& halted) {
    // How the keeper of checkpoints begins to say it (node/driver/keeper.cpp).
    const bool roots = halted.find("another root") != std::string::npos ||
                       halted.find("log roots differ") != std::string::npos;
    if (!roots) return {};
    return " If it is this node's history that is to be given up: with the node stopped, "
           "`tallystick node recover --dir FOLDER --blocks OTHER`, with the folder of a node that "
           "holds the other one, names the block that `--give-up-from BLOCK` has to name, and what "
           "this node signed is set aside and kept; on one machine `tallystick network recover "
           "--from NODE` does it for all nodes (docs/OPERATIONS.md, \"Two histories\").";
}

}  // namespace tally::node
