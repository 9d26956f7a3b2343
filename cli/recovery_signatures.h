#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ledger/genesis.h"
#include "node/recovery.h"

namespace tally::cli {

/// Who of those that govern has signed a manifest, by the genesis alone: members and keys that came
/// later are in the books of the nodes, which count by those.
struct RecoverySignatures {
    std::vector<std::string> by;       ///< members that govern, and whose signature holds
    std::vector<std::string> lacking;  ///< the others that govern
    std::size_t needed = 0;            ///< more than half of both
    std::size_t strange = 0;           ///< signatures that are of none of them, or do not hold

    bool enough() const { return by.size() >= needed; }
    /// For people: what counts, how many are missing, and what to do next with this file.
    std::string words(const std::string& file) const;
};
RecoverySignatures signatures_of(const node::RecoveryDocument& document,
                                 const ledger::Genesis& genesis);

}  // namespace tally::cli
