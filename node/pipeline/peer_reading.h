#pragma once

#include "consensus/raw_node.h"
#include "crypto/digest.h"
#include "storage/block_store.h"

namespace tally::node::pipeline {

/// The blocks that a follower is behind, from the store, at most 4 MiB at a time (at least one);
/// empty if they cannot be read. `network` is the tip before the first block.
consensus::FetchResult read_for_peer(const consensus::FetchRequest& request,
                                     const crypto::Digest& network,
                                     const storage::BlockStore& blocks);

}  // namespace tally::node::pipeline
