#include "network/node_folders.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "api/errc.h"
#include "base/bounded_input.h"
#include "base/hex.h"
#include "network/commands.h"
#include "node/config.h"
#include "node/placement.h"

// What stands in the places of a network's nodes: their folders, those of other ones, copies, or
// nothing. What is wrong with one is its fault, and no reason to refuse the others.

namespace tally::network {

Result<Bytes> read_network_bytes(const std::string& path) {
    constexpr std::size_t kFileBytesMax = 16 << 20;
    const auto text = read_bounded(path, kFileBytesMax);
    if (!text) return fail(api::errc::bad_config, text.error().context);
    return to_bytes(*text);
}

Status write_network_file(const std::string& path, ByteView bytes) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) return fail(api::errc::io_failed, path + ": " + std::strerror(errno));
    // A disk that fills up takes a part first, and says why at the next.
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) break;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    const bool synced = bytes.empty() && ::fsync(file) == 0;
    const int reason = errno;
    ::close(file);
    if (synced) return {};
    return fail(api::errc::io_failed, path + ": cannot be written: " + std::strerror(reason));
}

namespace {

namespace fs = std::filesystem;

/// What a node serves is its own genesis: a folder of another network is no folder of this one.
/// Without a genesis the node says itself what it lacks.
std::string foreign_genesis(const NodeFolder& node, const client::NetworkTrust& trust) {
    const std::string path = node.folder + "/genesis.bin";
    const auto bytes = read_network_bytes(path);
    if (!bytes || *bytes == trust.genesis_bytes) return {};
    const auto genesis = ledger::Genesis::decode(*bytes);
    const std::string whose = genesis ? "is of another network, " + genesis->name + " " +
                                            to_hex(genesis->network_id().bytes)
                                      : "is damaged: " + genesis.error().context;
    return path + ": " + whose + "; this is " + trust.genesis.name + " " +
           to_hex(trust.network.bytes) + ". The others go on without " + node.name +
           "; keep the folder as it is. If the one that was made for " + node.name +
           " was only moved away and no node has run in it since, it may stand here again; a copy, "
           "a "
           "snapshot or a backup of it never (docs/OPERATIONS.md)";
}

/// Why the configuration is not the one of this node in this place; empty if it is.
std::string wrong_place(const NodeFolder& node, const node::NodeConfig& config) {
    const std::string path = node.config_path();
    if (config.id.value != node.id) {
        return path + ": says node " + std::to_string(config.id.value) + ", expected node " +
               std::to_string(node.id) +
               ": it is the folder of another node; move each node's "
               "folder back under its own name, and start no copy (docs/OPERATIONS.md)";
    }
    return node::misplaced(node.folder, config);
}

NodeFolder open_node(const std::string& network, const ledger::GenesisNode& node,
                     const client::NetworkTrust& trust) {
    NodeFolder part;
    part.id = node.id;
    part.name = node.name;
    part.folder = network + "/" + node.name;
    const auto config = node::NodeConfig::load(part.config_path());
    // What the configuration of another network says is not to be mended.
    part.at_home = config && config->id.value == node.id;
    if (std::string foreign = foreign_genesis(part, trust); !foreign.empty()) {
        part.fault = std::move(foreign);
        part.at_home = false;
    } else if (!config) {
        std::error_code ignored;
        const bool lost = !fs::exists(part.folder, ignored);
        part.fault = config.error().context;
        if (lost) {
            part.fault += "; if the folder is lost, " +
                          command_on(network, {"network", "replace-node", part.name, "--keys",
                                               "COPY-OF-ITS-KEYS", "--yes"}) +
                          " makes it anew";
        }
    } else if (std::string wrong = wrong_place(part, *config); !wrong.empty()) {
        part.fault = std::move(wrong);
    } else {
        part.api_listen = config->api_listen;
        part.peer_listen = config->peer_listen;
    }
    return part;
}

/// A folder below the network's that was made for a place where another one stands, or none.
struct Stray {
    std::string folder;
    node::NodeConfig config;
};

std::vector<Stray> strays_in(const std::string& network, const client::NetworkTrust& trust) {
    constexpr std::size_t kLookedAt = 1000;
    std::vector<Stray> found;
    std::error_code failure;
    std::size_t seen = 0;
    for (fs::directory_iterator at(network, failure), end;
         !failure && at != end && ++seen <= kLookedAt; at.increment(failure)) {
        const std::string folder = at->path().string();
        auto config = node::NodeConfig::load(folder + "/node.toml");
        if (!config || config->folder == folder) continue;
        if (fs::path(config->folder).parent_path() != fs::path(network)) continue;
        const auto genesis = read_network_bytes(folder + "/genesis.bin");
        if (genesis && *genesis == trust.genesis_bytes) found.push_back({folder, *config});
    }
    return found;
}

/// Says of nodes that are not at home where their folders stand, if there is no doubt: of two one
/// is a copy.
void find_strays(std::vector<NodeFolder>& nodes, const std::vector<Stray>& strays) {
    for (NodeFolder& node : nodes) {
        if (node.at_home) continue;
        const auto is_its = [&node](const Stray& stray) {
            return stray.config.id.value == node.id && stray.config.folder == node.folder;
        };
        if (std::ranges::count_if(strays, is_its) != 1) continue;
        const Stray& stray = *std::ranges::find_if(strays, is_its);
        node.stands_in = stray.folder;
        node.api_listen = stray.config.api_listen;
        node.peer_listen = stray.config.peer_listen;
    }
}

}  // namespace

std::vector<NodeFolder> read_node_folders(const std::string& network,
                                          const client::NetworkTrust& trust) {
    std::vector<NodeFolder> nodes;
    for (const auto& node : trust.genesis.nodes) nodes.push_back(open_node(network, node, trust));
    if (!std::ranges::all_of(nodes, &NodeFolder::at_home)) {
        find_strays(nodes, strays_in(network, trust));
    }
    return nodes;
}

}  // namespace tally::network
