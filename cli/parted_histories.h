#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/genesis.h"

namespace tally::cli {

/// Two data folders that hold different blocks from one place on, and what was signed of either.
struct PartedHistories {
    struct Side {
        std::string name;
        std::uint64_t last = 0;            ///< the last block that it knows to be committed
        std::uint64_t size = 0;            ///< of the newest certified checkpoint; 0: there is none
        std::string root;                  ///< of it, in hexadecimal digits
        std::vector<std::string> signers;  ///< names of the nodes that signed it
        bool covers = false;               ///< its log arrives at it, after the histories part
    };
    std::uint64_t block = 0;  ///< the first one that differs
    Side one;
    Side other;
    std::vector<std::string> both;  ///< signed a checkpoint of either history

    std::string words() const;
    boost::json::object to_json() const;
};

/// A node's data folder, running or not.
struct HistoryFolder {
    std::string name;
    std::string folder;
};
/// Compares each with each. Where two part, both are audited, so that what was signed is held
/// against the blocks themselves. One that cannot be read is left out: who shows the folders has
/// said so.
std::vector<PartedHistories> find_parted(const std::vector<HistoryFolder>& folders,
                                         const ledger::Genesis& genesis);

}  // namespace tally::cli
