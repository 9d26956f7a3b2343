#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "network/process.h"

namespace tally::network {

/// What the nodes of a network say together.
struct NetworkState {
    std::string leader;         ///< a node that runs and is followed; empty: there is none
    std::size_t followers = 0;  ///< ready, and following it; itself is one of them
    std::size_t writers = 0;    ///< of the followers, those whose disks take blocks
    std::size_t running = 0;    ///< processes that are neither stopped nor paused
    std::size_t needed = 0;     ///< a majority
    bool quorum() const { return followers >= needed; }
    /// What is submitted can be committed.
    bool takes_submissions() const { return writers >= needed; }
};
NetworkState state_of(const std::vector<NodeProcess>& nodes);

/// What is wrong with a node as this machine sees it, and the command that mends it or tells more;
/// empty when it runs and answers.
std::string advice_on(const NetworkFolder& network, const NodeProcess& node);
/// That, and what the node says itself.
std::string all_advice_on(const NetworkFolder& network, const NodeProcess& node);
/// The command that puts folders back that stand elsewhere than their nodes were made, or under one
/// another's names; empty: none do, or a copy is among them.
std::string way_back(const NetworkFolder& network, const std::vector<NodeProcess>& nodes);
/// That, and how many run or follow the leader and what that means; empty when all follow it.
std::string advice_on(const NetworkFolder& network, const std::vector<NodeProcess>& nodes);

}  // namespace tally::network
