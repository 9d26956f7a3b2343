#pragma once

#include <system_error>

#include "base/named_category.h"

namespace tally::storage {

enum class errc {
    io_error = 1,   ///< the file system or RocksDB failed; the node must stop
    no_space,       ///< ENOSPC; the node must stop, nothing acknowledged is lost
    in_use,         ///< another process has the folder open
    wrong_network,  ///< the folder belongs to another network
    wrong_node,     ///< the folder belongs to another node of the network
    wrong_format,   ///< written by another format version
    corrupt_block,  ///< a stored block contradicts its hash, its checksum or its neighbour
    corrupt_state,  ///< a derived record or tile does not decode
    not_found,      ///< no such block, entry, tile or checkpoint
    diverged,       ///< derived state contradicts the blocks, or a certified checkpoint
};

const NamedCategory& category();
std::error_code make_error_code(errc code);

}  // namespace tally::storage

template <>
struct std::is_error_code_enum<tally::storage::errc> : std::true_type {};
