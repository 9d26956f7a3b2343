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
    std::string api_listen;  ///< host:port; empty: by those of the other nodes
};

/// Makes the folder of a node anew that is lost but for its keys: genesis.bin of the network's,
/// node.toml of another node's. There are no blocks in it and no mark, so that it does not start
/// before `node recover` was called. bad_config or invalid_argument where the folder holds more
/// than keys, where the keys are not those that the genesis lists for the node, and where no other
/// node's node.toml can be read; nothing of the node is there then that was not before.
Result<NodeFolder> replace_node(const NetworkFolder& network, const ReplaceOptions& options);

}  // namespace tally::network
