#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/session.h"
#include "cli/target.h"
#include "network/network_spec.h"
#include "network/process.h"

namespace tally::cli {

struct NetworkOptions {
    std::string dir = network::kDefaultNetworkFolder;
    std::string from;         ///< description file; empty: development network
    std::uint32_t nodes = 0;  ///< 0: what the description says
    std::uint16_t api_port = network::kDefaultApiPort;
    std::uint16_t peer_port = network::kDefaultPeerPort;
    bool free_ports = false;  ///< the system's choice instead of those two
    bool ephemeral = false;
    bool foreground = false;
    std::uint32_t timeout_s = 30;
    std::string node;
    std::size_t lines = 20;
    bool follow = false;
};

/// --from, --nodes and ports.
void add_spec_options(const Command& command, NetworkOptions& options);
/// The description that the options ask for.
Result<network::NetworkSpec> spec_of(const NetworkOptions& options);
/// By name, number or `leader`; not_found names those that there are.
Result<const network::NodeFolder*> find_node(const network::NetworkFolder& network,
                                             const std::string& name);

/// How long a node that is asked to end may take.
inline constexpr std::chrono::seconds kGrace{10};

/// A table of them, or the network's JSON document.
void print_nodes(Console& console, const network::NetworkFolder& network,
                 const std::vector<network::NodeProcess>& nodes);
/// `network init`, `network up`.
Exit run_init(const NetworkOptions& options, Console& console);
Exit run_up(const NetworkOptions& options, Console& console);
/// `network clean`.
void add_network_clean(const Command& network, Session& session);
/// `network replace-node`; refused by a client-only build.
void add_network_replace(const Command& network, Session& session);
/// `network transfer-leader`.
void add_network_transfer(const Command& network, Session& session);
/// `network trust`.
void add_network_trust(const Command& network, Session& session);

}  // namespace tally::cli
