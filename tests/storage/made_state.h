#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "ledger/genesis.h"
#include "storage/state_store.h"

namespace tally::testing {

/// A small genesis that decodes.
ledger::Genesis small_genesis();

/// Derived data without the ledger: each block changes records at random, some of them hot, adds
/// leaves and sometimes a seal. The same seed gives the same blocks.
class StateMaker {
public:
    StateMaker(const ledger::Genesis& genesis, std::uint64_t seed);

    storage::AppliedBlock next();
    /// The block hash that stands for block `index`.
    static crypto::Digest hash_of(std::uint64_t index);
    const std::vector<crypto::Digest>& leaves() const { return leaves_; }
    /// Every record after the last block, removed ones left out.
    const std::map<Bytes, Bytes>& records() const { return records_; }

private:
    storage::AppliedPoint point_;
    std::mt19937_64 random_;
    std::vector<crypto::Digest> leaves_;
    std::map<Bytes, Bytes> records_;
};

/// What a view shows, as one digest: all records of `keys`, all tiles' root, all places and seals.
/// Throws where the view contradicts itself; may be called on any thread.
crypto::Digest digest_of_view(const storage::StateView& view, const std::vector<Bytes>& keys);
/// Every key that StateMaker may write.
std::vector<Bytes> made_keys();

}  // namespace tally::testing
