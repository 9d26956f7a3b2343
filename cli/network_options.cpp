#include "cli/network_options.h"

#include "api/errc.h"
#include "network/commands.h"
#include "network/network_state.h"

namespace tally::cli {

void add_spec_options(const Command& command, NetworkOptions& options) {
    command.option("--from", options.from,
                   "Description of the network (default: that of network-config/dev-3.toml)");
    command.option("--nodes", options.nodes, "How many nodes, odd").range(1, 15);
    const Option free_ports =
        command.flag("--free-ports", options.free_ports,
                     "On ports that nobody uses now, instead of numbers of your own");
    command.option("--api-port", options.api_port, "API port of the first node")
        .range(1, 65'535)
        .show_default()
        .excludes(free_ports);
    command.option("--peer-port", options.peer_port, "Peer port of the first node")
        .range(1, 65'535)
        .show_default()
        .excludes(free_ports);
}

Result<network::NetworkSpec> spec_of(const NetworkOptions& options) {
    constexpr std::uint32_t kNodes = 3;
    if (options.nodes != 0 && options.nodes % 2 == 0) {
        return fail(api::errc::invalid_argument,
                    "--nodes " + std::to_string(options.nodes) +
                        ": must be odd, an even number tolerates no more failures");
    }
    if (options.from.empty()) {
        return network::NetworkSpec::development(options.nodes == 0 ? kNodes : options.nodes);
    }
    auto spec = network::NetworkSpec::load(options.from);
    if (spec && options.nodes != 0) spec->nodes = options.nodes;
    return spec;
}

Result<const network::NodeFolder*> find_node(const network::NetworkFolder& network,
                                             const std::string& name) {
    std::string wanted = name;
    if (name == "leader") {
        wanted = network::state_of(network::network_status(network)).leader;
        if (wanted.empty()) {
            return fail(
                api::errc::not_found,
                "no node leads; see " + network::command_on(network.path(), {"network", "status"}));
        }
    }
    if (const network::NodeFolder* node = network.node(wanted)) return node;
    std::string known;
    for (const auto& node : network.nodes()) known += (known.empty() ? "" : ", ") + node.name;
    return fail(api::errc::not_found, name + ": no such node; there are " + known);
}

}  // namespace tally::cli
