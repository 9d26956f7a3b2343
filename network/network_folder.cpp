#include "network/network_folder.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "api/errc.h"
#include "base/bounded_input.h"
#include "base/hex.h"
#include "base/presence.h"
#include "base/shell_word.h"
#include "base/wall_clock.h"
#include "network/commands.h"
#include "network/listener.h"
#include "network/node_folders.h"
#include "network/ports.h"
#include "network/proc.h"
#include "network/staging.h"
#include "node/config.h"
#include "node/keys.h"
#include "storage/high_water_mark.h"

// A network is made in a folder beside its own and renamed when it is whole: a folder that holds
// half a network, with keys that nobody knows, never appears under the name that was asked for.

namespace tally::network {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHost = "127.0.0.1";

std::string listen_on(std::uint16_t port) {
    return std::string(kHost) + ":" + std::to_string(port);
}

/// API and peer port of each node.
struct NodePorts {
    std::uint16_t api = 0;
    std::uint16_t peer = 0;
};

Result<std::vector<NodePorts>> ports_for(std::uint32_t nodes, const InitOptions& options) {
    std::vector<NodePorts> ports;
    if (options.free_ports) {
        const auto free = choose_free_ports(std::size_t{nodes} * 2);
        if (!free) return free.error();
        for (std::uint32_t i = 0; i < nodes; ++i) {
            ports.push_back({(*free)[std::size_t{i} * 2], (*free)[std::size_t{i} * 2 + 1]});
        }
        return ports;
    }
    constexpr std::uint32_t kPortMax = 65'535;
    const std::uint32_t api_last = options.api_port + nodes - 1;
    const std::uint32_t peer_last = options.peer_port + nodes - 1;
    const bool apart = options.api_port > peer_last || options.peer_port > api_last;
    if (options.api_port == 0 || options.peer_port == 0 || api_last > kPortMax ||
        peer_last > kPortMax || !apart) {
        return fail(api::errc::bad_config,
                    "API ports from " + std::to_string(options.api_port) + " and peer ports from " +
                        std::to_string(options.peer_port) + " for " + std::to_string(nodes) +
                        " nodes overlap or leave 1..65535");
    }
    for (std::uint32_t i = 0; i < nodes; ++i) {
        ports.push_back({static_cast<std::uint16_t>(options.api_port + i),
                         static_cast<std::uint16_t>(options.peer_port + i)});
    }
    return ports;
}

/// Of a network that is to run at once: one whose ports are taken would be made in vain.
Status check_free(const std::vector<NodePorts>& nodes) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        for (const std::uint16_t port : {nodes[i].api, nodes[i].peer}) {
            if (is_free_port(port)) continue;
            const std::string who = listener_words(listen_on(port));
            return fail(api::errc::address_in_use,
                        listen_on(port) + ", where n" + std::to_string(i + 1) +
                            " would listen, is taken by " +
                            (who.empty() ? "another process" : who) + "; nothing was made");
        }
    }
    return {};
}

node::NodeConfig config_of(const NetworkSpec& spec, const std::string& path, std::uint32_t id,
                           const std::vector<NodePorts>& ports) {
    node::NodeConfig config;
    config.id = consensus::NodeId(id);
    config.folder = path + "/n" + std::to_string(id);
    config.api_listen = listen_on(ports[id - 1].api);
    config.peer_listen = listen_on(ports[id - 1].peer);
    for (std::uint32_t other = 1; other <= spec.nodes; ++other) {
        if (other == id) continue;
        config.peers.push_back({consensus::NodeId(other), listen_on(ports[other - 1].peer)});
    }
    config.tick = spec.tick;
    config.election_ticks = spec.election_ticks;
    config.heartbeat_ticks = spec.heartbeat_ticks;
    config.request_timeout = spec.request_timeout;
    config.seal_interval = spec.seal_interval;
    config.queue_bytes_max = spec.queue_bytes_max;
    config.free_bytes_min = spec.free_bytes_min;
    config.log_level = spec.log_level;
    return config;
}

/// Keys of all members, written below `path`, into the genesis.
Status make_members(const NetworkSpec& spec, const std::string& path, ledger::Genesis& genesis) {
    const Status made = node::make_private_folder(path + "/keys");
    if (!made) return made;
    for (const auto& member : spec.members) {
        std::vector<crypto::PublicKey> keys;
        for (std::uint32_t number = 1; number <= member.keys; ++number) {
            const auto key = crypto::SecretKey::generate();
            const std::string file = path + "/keys/" + key_name(member.name, number);
            const Status secret = node::write_secret_key(file + ".key", key);
            if (!secret) return secret;
            const Status open = node::write_public_key(file + ".pub", key.public_key());
            if (!open) return open;
            keys.push_back(key.public_key());
        }
        genesis.members.push_back(
            {ledger::member_id_of(member.name), member.name, member.roles, std::move(keys)});
    }
    std::sort(genesis.members.begin(), genesis.members.end(),
              [](const auto& left, const auto& right) { return left.id < right.id; });
    return {};
}

Status make_nodes(const NetworkSpec& spec, const std::string& path, ledger::Genesis& genesis) {
    for (std::uint32_t id = 1; id <= spec.nodes; ++id) {
        const std::string name = "n" + std::to_string(id);
        const auto keys = node::NodeKeys::generate();
        const Status made = node::make_private_folder(path + "/" + name);
        if (!made) return made;
        const Status written = keys.write(path + "/" + name);
        if (!written) return written;
        genesis.nodes.push_back({id, name, keys.tls.public_key(), keys.statement.public_key(),
                                 keys.log.public_key(), keys.cosignature.public_key()});
    }
    return {};
}

/// Everything, below `staging`; the configurations name `path`, where it will be.
Status make_network(const NetworkSpec& spec, const std::string& staging, const std::string& path,
                    const std::vector<NodePorts>& ports) {
    ledger::Genesis genesis;
    genesis.name = spec.name;
    genesis.origin_base = spec.origin_base;
    genesis.calendar = spec.calendar;
    genesis.utc_offset_minutes = spec.utc_offset_minutes;
    genesis.created = wall_now();
    genesis.submission_bytes_max = spec.submission_bytes_max;
    genesis.transactions_max = spec.transactions_max;
    const Status members = make_members(spec, staging, genesis);
    if (!members) return members;
    const Status nodes = make_nodes(spec, staging, genesis);
    if (!nodes) return nodes;
    const Status valid = genesis.validate();
    if (!valid) return valid;
    const auto trust = client::NetworkTrust::of(genesis);
    for (const auto& node : genesis.nodes) {
        const std::string folder = staging + "/" + node.name;
        const Status copied = write_network_file(folder + "/genesis.bin", trust.genesis_bytes);
        if (!copied) return copied;
        const auto text = config_of(spec, path, node.id, ports).to_toml();
        const Status configured = write_network_file(folder + "/node.toml", view_of(text));
        if (!configured) return configured;
        const Status marked =
            storage::create_high_water_mark(folder, genesis.network_id(), node.id);
        if (!marked) return marked;
    }
    const Status whole = write_network_file(staging + "/genesis.bin", trust.genesis_bytes);
    if (!whole) return whole;
    return write_network_file(staging + "/network.pub", view_of(trust.encode()));
}

/// genesis.bin is not what network.pub says. Each node has one as well.
std::string genesis_differs(const std::string& path, const client::NetworkTrust& trust,
                            bool there) {
    for (const auto& node : trust.genesis.nodes) {
        const std::string copy = path + "/" + node.name + "/genesis.bin";
        const auto bytes = read_network_bytes(copy);
        if (!bytes || *bytes != trust.genesis_bytes) continue;
        return path + "/genesis.bin: is not " + (there ? "" : "there; it is ") +
               "the one of network.pub and of " + node.name + "; `cp " + shell_word(copy) + " " +
               shell_word(path + "/genesis.bin") + "` puts it right";
    }
    return path + (there ? ": genesis.bin and network.pub differ" : ": has no genesis.bin") +
           ", and no node has the one of network.pub; put back the network.pub that was made with "
           "this network";
}

bool is_genesis(const std::string& path) {
    const auto bytes = read_network_bytes(path);
    return bytes && ledger::Genesis::decode(*bytes);
}

/// The genesis.bin of the node that comes first by its name; empty: no node has a good one.
std::string genesis_of_a_node(const std::string& path) {
    std::string first;
    std::error_code failure;
    for (auto entry = fs::directory_iterator(path, failure);
         !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
        std::string genesis = entry->path().string() + "/genesis.bin";
        const bool before = first.empty() || genesis < first;
        if (before && is_genesis(genesis)) first = std::move(genesis);
    }
    return first;
}

/// How a network.pub that is lost or damaged is written anew: a genesis.bin says all that it does.
std::string trust_anew(const std::string& path) {
    const std::string own = path + "/genesis.bin";
    const std::string genesis = is_genesis(own) ? own : genesis_of_a_node(path);
    if (genesis.empty()) return "; put back the network.pub that was made with this network";
    return "; `" + shell_command({"network", "trust", genesis}) + " > " +
           shell_word(path + "/network.pub") + "` writes it anew";
}

/// Nodes that were put back without what the network's own folder held.
std::string nodes_alone(const std::string& path) {
    const std::string genesis = genesis_of_a_node(path);
    if (genesis.empty()) return {};
    return path + ": holds nodes of a network, but not its own genesis.bin and network.pub; `cp " +
           shell_word(genesis) + " " + shell_word(path + "/genesis.bin") + "`" + trust_anew(path);
}

Result<std::string> absolute_path(const std::string& folder) {
    if (folder.empty()) return fail(api::errc::bad_config, "\"\" is no folder");
    std::error_code failure;
    auto path = fs::absolute(folder, failure).lexically_normal();
    if (failure) {
        return fail(api::errc::bad_config, folder + ": the working folder cannot be told (" +
                                               failure.message() +
                                               "); `cd` to one that is there, and the same again");
    }
    if (!path.has_filename()) path = path.parent_path();
    return path.string();
}

}  // namespace

Result<bool> NetworkFolder::holds_network(const std::string& folder) {
    const auto genesis = is_there(folder + "/genesis.bin");
    if (!genesis || *genesis) return genesis;
    return is_there(folder + "/network.pub");
}

Result<NetworkFolder> NetworkFolder::init(const NetworkSpec& spec, const InitOptions& options) {
    const auto path = absolute_path(options.folder);
    if (!path) return path.error();
    const auto holds = holds_network(*path);
    if (!holds) return holds.error();
    if (*holds) {
        return fail(
            api::errc::bad_config,
            *path + ": holds a network already; its keys are not replaced. Use another --dir; " +
                command_on(*path, {"network", "up"}) + " starts the one that is there");
    }
    std::error_code failure;
    if (fs::exists(*path, failure) && !fs::is_empty(*path, failure)) {
        if (failure) return fail(api::errc::io_failed, *path + ": " + failure.message());
        return fail(api::errc::bad_config, *path + ": is not an empty folder; use another --dir");
    }
    const auto ports = ports_for(spec.nodes, options);
    if (!ports) return ports.error();
    if (options.check_ports) {
        if (const Status free = check_free(*ports); !free) return free.error();
    }
    const HeldSignals held;  // an interruption must not leave keys behind
    (void)remove_stale_staging(*path);
    const std::string staging = staging_path(*path);
    if (const Status begun = begin_staging(staging); !begun) return begun.error();
    Status made = make_network(spec, staging, *path, *ports);
    if (made && HeldSignals::waiting()) {
        made = fail(api::errc::shutting_down, "interrupted; nothing was made");
    }
    if (made) made = end_staging(staging);
    if (made) fs::rename(staging, *path, failure);
    if (!made || failure) {
        std::error_code ignored;
        fs::remove_all(staging, ignored);
        if (!made) return made.error();
        return fail(api::errc::io_failed, *path + ": " + failure.message());
    }
    return open(*path);
}

Result<NetworkFolder> NetworkFolder::open(const std::string& folder) {
    auto network = read(folder);
    if (!network) return network;
    if (network->removal_begun()) {
        return fail(api::errc::bad_config,
                    network->path() + ": was being removed, and is not whole any more; " +
                        command_on(network->path(), {"network", "clean"}) + " ends that");
    }
    if (network->urls().empty()) {
        return fail(api::errc::bad_config, network->nodes().front().fault);
    }
    return network;
}

Result<NetworkFolder> NetworkFolder::open_to_remove(const std::string& folder) {
    auto network = read(folder);
    if (!network || network->removal_begun() || !network->urls().empty()) return network;
    return fail(api::errc::bad_config, network->nodes().front().fault);
}

bool NetworkFolder::removal_begun() const {
    std::error_code ignored;
    return fs::exists(removal_path(), ignored);
}

Result<NetworkFolder> NetworkFolder::read(const std::string& folder) {
    const auto path = absolute_path(folder);
    if (!path) return path.error();
    const auto holds = holds_network(*path);
    if (!holds) return holds.error();
    if (!*holds) {
        const std::string nodes = nodes_alone(*path);
        if (!nodes.empty()) return fail(api::errc::bad_config, nodes);
        return fail(api::errc::bad_config, *path + ": holds no network; make one with " +
                                               command_on(*path, {"network", "init"}));
    }
    NetworkFolder network;
    network.path_ = *path;
    if (const auto pub = is_there(network.trust_path()); pub && !*pub) {
        const auto one_node = is_there(*path + "/node.toml");
        return fail(api::errc::bad_config,
                    *path + (one_node && *one_node
                                 ? ": has no network.pub, so it is no network's folder (a node's "
                                   "is a part of one); name the network's with --dir"
                                 : ": has no network.pub" + trust_anew(*path)));
    }
    auto trust = client::NetworkTrust::load(network.trust_path());
    if (!trust) {
        // One that may not be read is whole, as far as anybody knows.
        const bool read = ::access(network.trust_path().c_str(), R_OK) == 0;
        return fail(api::errc::bad_config,
                    trust.error().context + (read ? trust_anew(*path) : std::string()));
    }
    network.trust_ = std::move(*trust);
    const auto genesis = read_network_bytes(*path + "/genesis.bin");
    std::error_code ignored;
    const bool there = fs::exists(*path + "/genesis.bin", ignored);
    const bool removed = network.removal_begun() && !there;
    if (!genesis && !removed && there) return genesis.error();
    const bool differs = genesis ? *genesis != network.trust_.genesis_bytes : !removed;
    if (differs) {
        return fail(api::errc::bad_config, genesis_differs(*path, network.trust_, there));
    }
    network.nodes_ = read_node_folders(*path, network.trust_);
    return network;
}

const NodeFolder* NetworkFolder::node(const std::string& name_or_number) const {
    for (const auto& node : nodes_) {
        if (node.name == name_or_number || std::to_string(node.id) == name_or_number) return &node;
    }
    return nullptr;
}

std::vector<std::string> NetworkFolder::urls() const {
    std::vector<std::string> urls;
    for (const auto& node : nodes_) {
        if (node.has_address()) urls.push_back("http://" + node.api_listen);
    }
    return urls;
}

std::vector<std::string> NetworkFolder::url_names() const {
    std::vector<std::string> names;
    for (const auto& node : nodes_) {
        if (node.has_address()) names.push_back(node.name);
    }
    return names;
}

std::vector<NamedKey> named_keys(const ledger::Genesis& genesis) {
    std::vector<NamedKey> keys;
    for (const auto& member : genesis.members) {
        for (std::uint32_t number = 1; number <= member.keys.size(); ++number) {
            keys.push_back({key_name(member.name, number), &member, member.keys[number - 1]});
        }
    }
    for (const auto& member : genesis.later) {
        const auto* known = genesis.member(member.id);
        for (const crypto::PublicKey& key : member.keys) {
            const auto number = 1 + std::count_if(keys.begin(), keys.end(), [&](const auto& other) {
                                    return other.member->id == member.id;
                                });
            std::string name = key_name(member.name, static_cast<std::uint32_t>(number));
            // What the genesis calls by this name stays: `lender-2` never comes to mean another
            // key.
            const bool taken =
                std::ranges::any_of(keys, [&](const auto& other) { return other.name == name; });
            if (taken) name = member.name + "." + std::to_string(number);
            keys.push_back({std::move(name), known, key});
        }
    }
    return keys;
}

Result<NamedKey> named_key(const ledger::Genesis& genesis, const std::string& name) {
    std::string names;
    for (auto& key : named_keys(genesis)) {
        if (key.name == name) return std::move(key);
        names += " " + key.name;
    }
    return fail(api::errc::not_found, "no key \"" + name + "\"; there are" + names);
}

Result<crypto::SecretKey> NetworkFolder::member_key(const std::string& name) const {
    const auto known = named_key(genesis(), name);
    if (!known) return known.error();
    return node::read_secret_key(keys_folder() + "/" + name + ".key");
}

Status NetworkFolder::choose_new_ports() {
    const auto free = choose_free_ports(nodes_.size() * 2);
    if (!free) return free.error();
    const auto peer_of = [&](std::size_t position) { return listen_on((*free)[position * 2 + 1]); };
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (!nodes_[i].fault.empty()) return fail(api::errc::bad_config, nodes_[i].fault);
        auto config = node::NodeConfig::load(nodes_[i].config_path());
        if (!config) return config.error();
        config->api_listen = nodes_[i].api_listen = listen_on((*free)[i * 2]);
        config->peer_listen = nodes_[i].peer_listen = peer_of(i);
        for (auto& peer : config->peers) {
            for (std::size_t j = 0; j < nodes_.size(); ++j) {
                if (nodes_[j].id == peer.id.value) peer.address = peer_of(j);
            }
        }
        const Status written =
            write_network_file(nodes_[i].config_path(), view_of(config->to_toml()));
        if (!written) return written;
    }
    return {};
}

}  // namespace tally::network
