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
#include "network/ports.h"
#include "network/process.h"
#include "node/config.h"
#include "node/keys.h"

// A lost disk takes a node's folder with it. What it was made of is elsewhere: the genesis is the
// network's, addresses and settings are in the folders of the others, and blocks come from peers.
// Only its keys are nowhere else, and nobody signs for the node without them.

namespace tally::network {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMade[] = {"keys", "genesis.bin", "node.toml"};

Error refused(const std::string& why) { return fail(api::errc::invalid_argument, why); }

/// Nothing is there but what a replacement makes too, and the file system's own folder.
Status check_lost(const NodeFolder& node) {
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(node.folder, failure)) {
        const std::string name = entry.path().filename().string();
        const auto is_name = [&name](const char* other) { return name == other; };
        if (std::ranges::any_of(kMade, is_name) || name == "lost+found") continue;
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

/// Ports of one network mostly follow each other: then the node's is the one that is left out. Else
/// one that is free: its peers need not know where its API listens.
Result<std::string> api_address(const NetworkFolder& network, const NodeFolder& node) {
    std::set<std::pair<std::string, long>> firsts;
    for (const NodeFolder& other : network.nodes()) {
        const auto colon = other.api_listen.rfind(':');
        if (other.id == node.id || colon == std::string::npos) continue;
        const long port = std::strtol(other.api_listen.c_str() + colon + 1, nullptr, 10);
        firsts.emplace(other.api_listen.substr(0, colon), port - other.id);
    }
    const long port = firsts.size() == 1 ? firsts.begin()->second + node.id : 0;
    if (port >= 1 && port <= 65'535) return firsts.begin()->first + ":" + std::to_string(port);
    const auto free = choose_free_ports(1);
    if (!free) return free.error();
    return "127.0.0.1:" + std::to_string(free->front());
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
    const auto address = api_listen.empty() ? api_address(network, node) : Result(api_listen);
    if (!address) return address.error();
    config->api_listen = *address;
    config->api_host_names.clear();
    config->mark_dir.clear();  // a place for the other node alone
    return config;
}

/// One that is there says what its operator wants.
Result<node::NodeConfig> own_or_new_config(const NetworkFolder& network, const NodeFolder& node,
                                           const std::string& api_listen) {
    const auto there = is_there(node.config_path());
    if (!there) return there.error();
    if (!*there) return config_for(network, node, api_listen);
    auto config = node::NodeConfig::load(node.config_path());
    if (!config) return config;
    if (!node.fault.empty()) return refused(node.fault);
    if (!api_listen.empty()) config->api_listen = api_listen;
    return config;
}

/// 127.0.0.1:PORT or [::1]:PORT, as a node takes it.
Status check_api(const std::string& address) {
    if (address.empty()) return {};
    const auto colon = address.rfind(':');
    const std::string host = address.substr(0, colon == std::string::npos ? 0 : colon);
    const std::string digits = colon == std::string::npos ? "" : address.substr(colon + 1);
    const bool number = !digits.empty() && digits.size() <= 5 &&
                        std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    const int port = number ? std::stoi(digits) : 0;
    const bool loopback = host == "127.0.0.1" || host == "[::1]" || host == "localhost";
    if (loopback && port >= 1 && port <= 65'535) return {};
    return refused("--api " + address +
                   ": is no loopback address with a port, such as 127.0.0.1:7102");
}

/// Writes those that are not there; those that are stay, and have to be the same.
Status put_keys(const NodeFolder& node, const node::NodeKeys& keys) {
    const std::pair<const char*, const crypto::SecretKey*> files[] = {
        {"tls", &keys.tls},
        {"statement", &keys.statement},
        {"log", &keys.log},
        {"cosignature", &keys.cosignature}};
    if (Status made = node::make_private_folder(node.folder + "/keys"); !made) return made;
    for (const auto& [name, key] : files) {
        const std::string path = node.folder + "/keys/" + name + ".key";
        const auto there = is_there(path);
        if (!there) return there.error();
        if (!*there) {
            if (Status written = node::write_secret_key(path, *key); !written) return written;
            continue;
        }
        const auto own = node::read_secret_key(path);
        if (!own) return own.error();
        if (own->public_key() == key->public_key()) continue;
        return refused(path + ": is another key than that of the copy; move it away first");
    }
    return {};
}

/// A node that works on under another name is not lost.
Status check_away(const NodeFolder& node) {
    const NodeProcess process = inspect(node);
    if (process.pid == 0) return {};
    return refused(node.name + ": is not lost, it runs (process " + std::to_string(process.pid) +
                   ")" + (process.moved_to.empty() ? "" : ", in " + process.moved_to) +
                   (process.fault.empty() ? "" : ": " + process.fault));
}

}  // namespace

Result<NodeFolder> replace_node(const NetworkFolder& network, const ReplaceOptions& options) {
    const NodeFolder* node = network.node(options.node);
    if (node == nullptr) return refused(options.node + ": no node of this network");
    if (!node->stands_in.empty()) {
        return refused(node->name + ": is not lost, its folder stands in " + node->stands_in);
    }
    if (Status address = check_api(options.api_listen); !address) return address.error();
    if (Status away = check_away(*node); !away) return away.error();
    if (Status lost = check_lost(*node); !lost) return lost.error();
    const auto home = keys_home(*node, options.keys);
    if (!home) return home.error();
    const auto keys = keys_of(*node, *network.genesis().node(node->id), *home);
    if (!keys) return keys.error();
    const auto config = own_or_new_config(network, *node, options.api_listen);
    if (!config) return config.error();
    Status written = node::make_private_folder(node->folder);
    if (written) written = put_keys(*node, *keys);
    if (written) {
        written = write_network_file(node->folder + "/genesis.bin", network.trust().genesis_bytes);
    }
    if (written) written = write_network_file(node->config_path(), view_of(config->to_toml()));
    if (!written) return written.error();
    NodeFolder made = *node;
    made.fault.clear();
    made.at_home = true;
    made.api_listen = config->api_listen;
    made.peer_listen = config->peer_listen;
    return made;
}

}  // namespace tally::network
