#pragma once

#include <cstddef>

#include "base/result.h"

namespace tally::node::pipeline {

/// How many connections of clients a node with so many peers may hold when its process may open
/// `limit` files: what the stores, the peers and the process itself do not need. A store that
/// cannot open a file would end the node. bad_config when that is too few.
Result<std::size_t> connections_for(std::size_t limit, std::size_t peers);

/// Without a file to spare nothing can be opened, accepted or connected, and nothing of that fails
/// loudly: it is tried again. So the log says it, once for each time.
class FileShortage {
public:
    /// About once a second.
    void look();

private:
    bool lacks_ = false;
};

}  // namespace tally::node::pipeline
