#pragma once

#include <cstdint>
#include <string>

#include "storage/block_store.h"

namespace tally::testing {

/// For a node's store in this folder. The first call for an empty folder makes the node's first
/// high-water mark on the real disk, as `network init` does.
storage::BlockStoreOptions node_options(const std::string& folder, const crypto::Digest& network,
                                        std::uint32_t node);

}  // namespace tally::testing
