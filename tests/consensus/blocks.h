#pragma once

#include <string>
#include <vector>

#include "consensus/block.h"

namespace tally::consensus {

inline crypto::Digest test_network() { return crypto::domain_hash("test network", {}); }
inline ChainTip empty_tip() { return {Index(0), Term(0), Millis(0), test_network()}; }

/// A block that continues `tip` with this text in this term.
inline Block next_block(const ChainTip& tip, std::uint64_t term, const std::string& text) {
    BlockHeader header;
    header.network = test_network();
    header.index = tip.index.next();
    header.term = Term(term);
    header.time = tip.time;
    header.kind = text.empty() ? BlockKind::noop : BlockKind::submissions;
    header.previous = tip.hash;
    return make_block(header, share(to_bytes(text)));
}

/// One block per term given, chained after `tip`.
inline std::vector<Block> chain_of(ChainTip tip, const std::vector<std::uint64_t>& terms,
                                   const std::string& text = "x") {
    std::vector<Block> blocks;
    for (std::uint64_t term : terms) {
        blocks.push_back(next_block(tip, term, text));
        tip = tip_of(blocks.back());
    }
    return blocks;
}

}  // namespace tally::consensus
