#pragma once

#include <chrono>
#include <string>

#include "network/network_folder.h"

namespace tally::network {

/// Who led, and who leads now.
struct LeadChange {
    std::string from;
    std::string to;
};

/// Has the network's leader hand its lead over to the node of this name, or with an empty one to
/// whoever keeps up best, and waits until the change is seen. The same name twice if `to` leads
/// already. no_quorum: nobody leads. not_ready: the leader could not, with its reason, or another
/// node than `to` leads now. Fails as order_transfer does, too.
Result<LeadChange> transfer_leader(const NetworkFolder& network, const std::string& to,
                                   std::chrono::milliseconds deadline);

}  // namespace tally::network
