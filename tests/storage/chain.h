#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "consensus/log_store.h"
#include "crypto/digest.h"

namespace tally::testing {

/// A network id for tests that need no genesis.
crypto::Digest test_network(std::string_view name = "network");

/// Makes consecutive blocks with random payloads, from the empty log or any tip.
class ChainMaker {
public:
    ChainMaker(const crypto::Digest& network, std::uint64_t seed);

    /// The next block; its term is the last one unless a higher one is given.
    consensus::Block next(std::size_t payload_bytes, std::uint64_t term = 0);
    std::vector<consensus::Block> next_blocks(std::size_t count, std::size_t payload_bytes,
                                              std::uint64_t term = 0);
    /// Continues from here instead.
    void go_back_to(const consensus::ChainTip& tip) { tip_ = tip; }
    const consensus::ChainTip& tip() const { return tip_; }

private:
    crypto::Digest network_;
    consensus::ChainTip tip_;
    std::mt19937_64 random_;
};

consensus::HardState hard_state(std::uint64_t term, std::uint32_t vote, std::uint64_t commit);

/// Reads everything from block 1 and fails the test unless it is one chain up to the tip.
std::vector<consensus::Block> read_whole_chain(const consensus::LogStore& store,
                                               const crypto::Digest& network);

}  // namespace tally::testing
