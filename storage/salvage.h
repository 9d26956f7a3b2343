#pragma once

#include <string>

#include "base/result.h"
#include "consensus/types.h"
#include "storage/block_store.h"

namespace tally::storage {

/// What became of a folder that is to recover.
struct Salvaged {
    consensus::Index kept;  ///< its blocks up to here are good, and stay
    std::string damage;     ///< what was wrong with its blocks; empty: nothing
    std::string set_aside;  ///< the folder that holds the old ones now; empty: they stay in place
};

/// Makes of a node's folder, whatever became of its blocks and its mark, one that starts
/// recovering: the good blocks from the first on stay, damaged ones are set aside, and the mark
/// says so. For whoever runs the node: it gives up what a refusal to start protects. The folder
/// must be held. Fails with wrong_network, wrong_node, wrong_format, in_use or io_error; what was
/// there is there still, in the folder or set aside.
Result<Salvaged> make_recovering(const BlockStoreOptions& options);

}  // namespace tally::storage
