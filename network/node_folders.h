#pragma once

// Internal: how parts of a network's folder are read and written.
#include <string>
#include <vector>

#include "base/bytes.h"
#include "client/trust.h"
#include "network/network_folder.h"

namespace tally::network {

/// A file of a network, 16 MiB at most; bad_config with the path.
Result<Bytes> read_network_bytes(const std::string& path);
/// Written whole and on the disk when it returns; io_failed with the path.
Status write_network_file(const std::string& path, ByteView bytes);
/// Of every node of the genesis, each with its fault, if it has one.
std::vector<NodeFolder> read_node_folders(const std::string& network,
                                          const client::NetworkTrust& trust);

}  // namespace tally::network
