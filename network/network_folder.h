#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/trust.h"
#include "crypto/ed25519.h"
#include "ledger/genesis.h"
#include "network/network_spec.h"

namespace tally::network {

inline constexpr const char* kDefaultNetworkFolder = "./tallystick-net";
inline constexpr std::uint16_t kDefaultApiPort = 7101;
inline constexpr std::uint16_t kDefaultPeerPort = 7201;

/// A key that the genesis lists, by its name.
struct NamedKey {
    std::string name;  ///< key_name of the member
    const ledger::GenesisMember* member = nullptr;
    crypto::PublicKey key;
};
/// All keys of all members, those of one member in order. Points into the genesis.
std::vector<NamedKey> named_keys(const ledger::Genesis& genesis);
/// The one of this name. Fails with not_found naming those that there are.
Result<NamedKey> named_key(const ledger::Genesis& genesis, const std::string& name);

/// One node's part of a network folder. Its data folder is the folder itself.
struct NodeFolder {
    std::uint32_t id = 0;
    std::string name;
    std::string folder;      ///< absolute
    std::string api_listen;  ///< host:port, from node.toml
    std::string peer_listen;
    bool at_home = false;   ///< what stands there is its own folder, or says so
    std::string stands_in;  ///< a folder of the network that was made for it; empty: at home
    /// What is wrong with the folder, with what to do; the listens are empty then, unless it stands
    /// elsewhere in the network. Empty: nothing.
    std::string fault;

    bool has_address() const { return fault.empty() || !stands_in.empty(); }
    std::string config_path() const { return folder + "/node.toml"; }
    std::string log_path() const { return folder + "/node.log"; }
    std::string run_path() const { return folder + "/run.json"; }  ///< while it runs
};

struct InitOptions {
    std::string folder = kDefaultNetworkFolder;
    std::uint16_t api_port = kDefaultApiPort;  ///< of the first node, the others follow
    std::uint16_t peer_port = kDefaultPeerPort;
    bool free_ports = false;   ///< choose ports that nobody uses now instead
    bool check_ports = false;  ///< make nothing (address_in_use) where somebody listens on one now
};

/// A folder that holds a network on this machine: genesis.bin, network.pub,
/// keys/<key name>.{key,pub} and, for each node,
/// <node>/{node.toml,genesis.bin,high_water_mark,keys/}.
class NetworkFolder {
public:
    /// Makes keys, genesis and the nodes' folders. Refuses (bad_config) a folder that holds a
    /// network, or anything else.
    static Result<NetworkFolder> init(const NetworkSpec& spec, const InitOptions& options);
    /// bad_config when there is no network, its parts contradict each other, or not one node's
    /// folder is usable. A node whose folder is missing or damaged is in the list, with its fault:
    /// it does not stand in the way of the others.
    static Result<NetworkFolder> open(const std::string& folder);
    /// The same for whoever removes it: also what is left where a removal ended half-way.
    static Result<NetworkFolder> open_to_remove(const std::string& folder);
    /// True if the folder holds a network, whole or not.
    static Result<bool> holds_network(const std::string& folder);

    const std::string& path() const { return path_; }  ///< absolute
    std::string keys_folder() const { return path_ + "/keys"; }
    std::string trust_path() const { return path_ + "/network.pub"; }
    std::string removal_path() const { return path_ + "/clean.begun"; }  ///< while it is removed
    const ledger::Genesis& genesis() const { return trust_.genesis; }
    const client::NetworkTrust& trust() const { return trust_; }
    const std::vector<NodeFolder>& nodes() const { return nodes_; }
    /// By name (`n1`) or number (`1`); null if there is none.
    const NodeFolder* node(const std::string& name_or_number) const;
    /// `http://host:port` of every node whose folder says where it listens, in order.
    std::vector<std::string> urls() const;
    /// The names of those nodes.
    std::vector<std::string> url_names() const;
    /// The key of this name: `lender` is that member's first one, `lender-2` the second. Fails with
    /// not_found naming those that there are, or what is wrong with the file.
    Result<crypto::SecretKey> member_key(const std::string& name) const;

    /// Gives every node new free ports: nobody may be running.
    Status choose_new_ports();

private:
    /// What both ways to open it have in common.
    static Result<NetworkFolder> read(const std::string& folder);
    bool removal_begun() const;

    std::string path_;
    client::NetworkTrust trust_;
    std::vector<NodeFolder> nodes_;
};

}  // namespace tally::network
