#include "storage/block_cache.h"

#include "base/check.h"

namespace tally::storage {

using consensus::Block;
using consensus::Index;

void BlockCache::replace(const std::vector<Block>& blocks) {
    if (blocks.empty()) return;
    const Index first = blocks.front().header.index;
    while (!blocks_.empty() && blocks_.back().header.index >= first) {
        bytes_ -= blocks_.back().size_bytes();
        blocks_.pop_back();
    }
    // A gap would give readers one block under the index of another.
    TALLY_CHECK(blocks_.empty() || blocks_.back().header.index.next() == first);
    for (const Block& block : blocks) {
        bytes_ += block.size_bytes();
        blocks_.push_back(block);
    }
    while (!blocks_.empty() && bytes_ > bytes_max_) {
        bytes_ -= blocks_.front().size_bytes();
        blocks_.pop_front();
    }
    TALLY_CHECK(!blocks_.empty() || bytes_ == 0);
}

std::optional<std::vector<Block>> BlockCache::read(Index first, Index last,
                                                   std::size_t bytes_max) const {
    if (blocks_.empty() || first < blocks_.front().header.index ||
        first > blocks_.back().header.index) {
        return std::nullopt;
    }
    std::vector<Block> found;
    std::size_t bytes = 0;
    for (std::size_t at = first.value - blocks_.front().header.index.value; at < blocks_.size();
         ++at) {
        const Block& block = blocks_[at];
        bytes += block.size_bytes();
        if (block.header.index > last || (!found.empty() && bytes > bytes_max)) break;
        found.push_back(block);
    }
    TALLY_CHECK(found.empty() || found.front().header.index == first);
    return found;
}

}  // namespace tally::storage
