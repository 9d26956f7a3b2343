#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "network/network_folder.h"

namespace tally::network {

/// Where the first node finds the second one, host:port.
using PeerRoute = std::function<std::string(const NodeFolder& from, const NodeFolder& to)>;

/// Writes these addresses into the `peers` of every node.toml: for tests that put something between
/// the nodes. They count from each node's next start. Fails as reading and writing node.toml do.
Status set_peer_routes(const NetworkFolder& network, const PeerRoute& route);

}  // namespace tally::network
