#pragma once

#include <string>

#include "base/result.h"
#include "network/network_folder.h"

namespace tally::network {

struct ReplaceOptions {
    std::string node;  ///< name or number
    /// A copy of the node's keys/, or a folder that has one. Empty: keys/ was put back in its
    /// place.
    std::string keys;
    /// host:port, on loopback; empty: by those of the other nodes, or on a free port.
    std::string api_listen;
};

/// Makes the folder of a node anew that is lost but for its keys: genesis.bin of the network's,
/// node.toml of another node's. There are no blocks in it and no mark, so that it does not start
/// before `node recover` was called. bad_config or invalid_argument where the node runs, where the
/// folder holds more than is made, where the keys are not those that the genesis lists for the
/// node, and where no other node's node.toml can be read; nothing is changed then. What an
/// interrupted call left is gone on with.
Result<NodeFolder> replace_node(const NetworkFolder& network, const ReplaceOptions& options);

}  // namespace tally::network
