#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>

#include "node/config.h"
#include "node/keys.h"
#include "node/peer/transport.h"
#include "testing/local_cluster.h"

namespace tally::testing {

/// Takes the place of a node that does not run, with its keys and on its port, takes no part in
/// consensus, and signs what a test wants.
class Liar {
public:
    Liar(const LocalCluster& cluster, std::size_t node);
    ~Liar();

    /// Sends all others a signature on a made-up root; lost to whoever is not connected yet.
    void sign(std::uint64_t size, std::string_view root);

private:
    const ledger::Genesis& genesis_;
    node::NodeConfig config_;
    node::NodeKeys keys_;
    boost::asio::io_context network_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::unique_ptr<node::peer::PeerTransport> transport_;
    std::thread thread_;
};

}  // namespace tally::testing
