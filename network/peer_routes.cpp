#include "network/peer_routes.h"

#include "network/node_folders.h"
#include "node/config.h"

namespace tally::network {

Status set_peer_routes(const NetworkFolder& network, const PeerRoute& route) {
    for (const NodeFolder& from : network.nodes()) {
        auto config = node::NodeConfig::load(from.config_path());
        if (!config) return config.error();
        for (auto& peer : config->peers) {
            for (const NodeFolder& to : network.nodes()) {
                if (to.id == peer.id.value) peer.address = route(from, to);
            }
        }
        const Status written = write_network_file(from.config_path(), view_of(config->to_toml()));
        if (!written) return written;
    }
    return {};
}

}  // namespace tally::network
