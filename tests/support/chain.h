#pragma once

#include <cstdint>
#include <vector>

#include "consensus/block.h"

namespace tally::testing {

/// The network of tests that need blocks and nothing in them.
inline crypto::Digest chain_network() { return crypto::domain_hash("test", {}); }

/// Empty blocks `first`..`last` of one term after the block with the hash `previous`.
inline std::vector<consensus::Block> empty_chain(const crypto::Digest& previous,
                                                 std::uint64_t first, std::uint64_t last,
                                                 std::uint64_t term) {
    std::vector<consensus::Block> blocks;
    crypto::Digest hash = previous;
    for (std::uint64_t index = first; index <= last; ++index) {
        consensus::BlockHeader header;
        header.network = chain_network();
        header.index = consensus::Index(index);
        header.term = consensus::Term(term);
        header.previous = hash;
        blocks.push_back(consensus::make_block(header, share({})));
        hash = blocks.back().hash;
    }
    return blocks;
}

}  // namespace tally::testing
