#pragma once

#include <cstdint>
#include <string>

#include "storage/block_store.h"

namespace tally::testing {

/// For a node's store in this folder. The first call for an empty folder makes the node's first
/// high-water mark on the real disk, as `network init` does.
storage::BlockStoreOptions node_options(const std::string& folder, const crypto::Digest& network,
                                        std::uint32_t node);

/// Of a store's `recovering`: it says that blocks or votes are missing.
bool is_loss(const std::string& recovering);
/// The folder's mark, made to look as if it had always been this file: what a disk image does that
/// is put back whole.
void adopt_mark(const std::string& folder);

}  // namespace tally::testing
