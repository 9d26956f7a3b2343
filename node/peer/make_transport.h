#pragma once

#include <memory>

#include "node/peer/limits.h"
#include "node/peer/transport.h"

namespace tally::node::peer {

/// PeerTransport::create with other times and bounds, for tests.
Result<std::unique_ptr<PeerTransport>> make_transport(
    boost::asio::io_context& network, const NodeConfig& config, const ledger::Genesis& genesis,
    const crypto::SecretKey& tls_key, const Introduction& said, PeerHandlers handlers,
    const PeerLimits& limits);

}  // namespace tally::node::peer
