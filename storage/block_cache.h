#pragma once

// Internal.
#include <deque>
#include <optional>
#include <vector>

#include "consensus/block.h"

namespace tally::storage {

/// The newest blocks, consecutive up to the tip and bounded in bytes. Payloads are shared with
/// whoever wrote them. Not thread-safe: its owner locks.
class BlockCache {
public:
    explicit BlockCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    /// Forgets everything from the first of these on, adds them, then drops the oldest.
    void replace(const std::vector<consensus::Block>& blocks);
    /// Blocks from `first` to at most `last`: at least one, as many as stay within `bytes_max`.
    /// Nothing if the cache does not reach back to `first`.
    std::optional<std::vector<consensus::Block>> read(consensus::Index first, consensus::Index last,
                                                      std::size_t bytes_max) const;

private:
    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::deque<consensus::Block> blocks_;
};

}  // namespace tally::storage
