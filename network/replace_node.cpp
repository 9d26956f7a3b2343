#include "network/replace_node.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "api/errc.h"
#include "base/presence.h"
#include "base/shell_word.h"
#include "network/node_folders.h"
#include "node/config.h"
#include "node/keys.h"

// A lost disk takes a node's folder with it. What it was made of is elsewhere: the genesis is the
// network's, addresses and settings are in the folders of the others, and blocks come from peers.
// Only its keys are nowhere else, and nobody signs for the node without them.

namespace tally::network {
namespace {

namespace fs = std::filesystem;

Error refused(const std::string& why) { return fail(api::errc::invalid_argument, why); }

/// Everything but keys and what a replacement that was interrupted left.
Status check_empty(const NodeFolder& node) {
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(node.folder, failure)) {
        const std::string name = entry.path().filename().string();
        if (name == "keys" || name == "genesis.bin") continue;
        return refused(
            node.folder + ": holds " + name + ", so that it is not lost. `" +
            shell_command({"node", "recover", "--dir", node.folder}) +
            "` keeps what is good of it; or move it away first, whole, and start it nowhere");
    }
    const bool absent = failure == std::errc::no_such_file_or_directory;
    if (!failure || absent) return {};
    return fail(api::errc::io_failed, node.folder + ": " + failure.message());
}

/// The folder of the key files.
Result<std::string> keys_home(const NodeFolder& node, const std::string& named) {
    const std::string given = named.empty() ? node.folder : named;
    const auto inside = is_there(given + "/keys");
    if (!inside) return inside.error();
    if (*inside) return given + "/keys";
    const auto themselves = is_there(given + "/log.key");
    if (!themselves) return themselves.error();
    if (*themselves) return given;
    return refused(
        named.empty()
            ? node.name + ": its keys are not in " + node.folder +
                  "/keys; name a copy of them with --keys FOLDER. Without them nobody can "
                  "sign for this node any more: the others go on without it"
            : named + ": holds no keys of a node");
}

Result<node::NodeKeys> keys_of(const NodeFolder& node, const ledger::GenesisNode& known,
                               const std::string& home) {
    auto keys = node::NodeKeys::read_from(home);
    if (!keys) return keys.error();
    const bool same = keys->tls.public_key() == known.tls_key &&
                      keys->statement.public_key() == known.statement_key &&
                      keys->log.public_key() == known.log_key &&
                      keys->cosignature.public_key() == known.cosignature_key;
    if (same) return keys;
    return refused(home + ": are not the keys of " + node.name +
                   ", as the genesis of the network lists them");
}

/// Of the first other node that says where it and its peers listen.
Result<node::NodeConfig> config_of_another(const NetworkFolder& network, const NodeFolder& node) {
    for (const NodeFolder& other : network.nodes()) {
        if (other.id == node.id || !other.fault.empty()) continue;
        auto config = node::NodeConfig::load(other.config_path());
        if (config) return config;
    }
    return fail(api::errc::bad_config,
                network.path() +
                    ": no other node's node.toml can be read, and this one's has to "
                    "follow from it");
}

/// Ports of one network mostly follow each other: then the node's is the one that is left out.
std::string api_address(const NetworkFolder& network, const NodeFolder& node) {
    std::set<std::pair<std::string, long>> firsts;
    for (const NodeFolder& other : network.nodes()) {
        const auto colon = other.api_listen.rfind(':');
        if (other.id == node.id || colon == std::string::npos) continue;
        const long port = std::strtol(other.api_listen.c_str() + colon + 1, nullptr, 10);
        firsts.emplace(other.api_listen.substr(0, colon), port - other.id);
    }
    if (firsts.size() != 1) return {};
    const auto& [host, first] = *firsts.begin();
    const long port = first + node.id;
    return port < 1 || port > 65'535 ? std::string() : host + ":" + std::to_string(port);
}

Result<node::NodeConfig> config_for(const NetworkFolder& network, const NodeFolder& node,
                                    const std::string& api_listen) {
    auto config = config_of_another(network, node);
    if (!config) return config;
    const auto own = std::ranges::find_if(
        config->peers, [&node](const auto& peer) { return peer.id.value == node.id; });
    if (own == config->peers.end()) {
        return fail(api::errc::bad_config,
                    config->folder + "/node.toml: does not name " + node.name + " among its peers");
    }
    const std::string peer_listen = own->address;
    *own = {config->id, config->peer_listen};
    std::ranges::sort(config->peers, {}, [](const auto& peer) { return peer.id.value; });
    config->id = consensus::NodeId(node.id);
    config->folder = node.folder;
    config->peer_listen = peer_listen;
    config->api_listen = api_listen.empty() ? api_address(network, node) : api_listen;
    config->api_host_names.clear();
    config->mark_dir.clear();  // a place for the other node alone
    if (!config->api_listen.empty()) return config;
    return refused(node.name +
                   ": the other nodes' API addresses do not say what this one's was; name it with "
                   "--api HOST:PORT");
}

}  // namespace

Result<NodeFolder> replace_node(const NetworkFolder& network, const ReplaceOptions& options) {
    const NodeFolder* node = network.node(options.node);
    if (node == nullptr) return refused(options.node + ": no node of this network");
    if (!node->stands_in.empty()) {
        return refused(node->name + ": is not lost, its folder stands in " + node->stands_in);
    }
    if (Status empty = check_empty(*node); !empty) return empty.error();
    const auto home = keys_home(*node, options.keys);
    if (!home) return home.error();
    const auto keys = keys_of(*node, *network.genesis().node(node->id), *home);
    if (!keys) return keys.error();
    const auto config = config_for(network, *node, options.api_listen);
    if (!config) return config.error();
    // What is written must be read again: an address that was given is somebody's typing.
    const std::string text = config->to_toml();
    if (const auto good = node::NodeConfig::parse(text, "--api"); !good) return good.error();

    if (Status made = node::make_private_folder(node->folder); !made) return made.error();
    const auto has_keys = is_there(node->folder + "/keys/log.key");
    if (!has_keys) return has_keys.error();
    if (!*has_keys) {
        if (Status written = keys->write(node->folder); !written) return written.error();
    }
    Status written =
        write_network_file(node->folder + "/genesis.bin", network.trust().genesis_bytes);
    // Last: without it the folder is still one to be made.
    if (written) written = write_network_file(node->config_path(), view_of(text));
    if (!written) return written.error();
    NodeFolder made = *node;
    made.fault.clear();
    made.at_home = true;
    made.api_listen = config->api_listen;
    made.peer_listen = config->peer_listen;
    return made;
}

}  // namespace tally::network
