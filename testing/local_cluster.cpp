#include "testing/local_cluster.h"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include "api/ids.h"
#include "base/wall_clock.h"
#include "network/network_folder.h"
#include "network/peer_routes.h"
#include "network/process.h"
#include "network/transfer.h"
#include "testing/links.h"
#include "testing/reaper.h"

namespace tally::testing {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPollInterval{10};
constexpr milliseconds kStatusTimeout{500};
constexpr milliseconds kAttemptTimeout{2000};  // shorter than usual: tests pause nodes
constexpr milliseconds kGrace{10'000};

[[noreturn]] void give_up(const std::string& what, const Error& error) {
    throw ClusterError(what + ": " + error.code.message() + ": " + error.context);
}

void expect(const Status& status, const std::string& what) {
    if (!status) give_up(what, status.error());
}

std::uint16_t port_of(const std::string& listen) {
    return static_cast<std::uint16_t>(std::stoul(listen.substr(listen.rfind(':') + 1)));
}

ClusterOptions options_for(std::uint32_t nodes) {
    if (nodes < 1 || nodes > 15) throw ClusterError("a cluster has 1 to 15 nodes");
    ClusterOptions options;
    options.spec = network::NetworkSpec::development(nodes);
    return options;
}

}  // namespace

void set_installed_binary(const std::string& path) { network::set_installed_binary(path); }

namespace {

struct MemberKey {
    ledger::MemberId member;
    crypto::SecretKey key;
};

}  // namespace

struct LocalCluster::Impl {
    ClusterOptions options;
    std::string binary;
    std::map<std::size_t, std::string> upgraded;  ///< by node: instead of `binary`
    std::optional<network::NetworkFolder> network;
    std::optional<Reaper> reaper;
    std::unique_ptr<Links> links;  // null: not asked for
    std::optional<client::Client> client;
    std::vector<client::Client> probes;     // one for each node, with a short timeout
    std::map<std::string, MemberKey> keys;  // by name of the key

    const network::NodeFolder& node(std::size_t position) const {
        if (position >= network->nodes().size()) {
            throw ClusterError("there is no node " + std::to_string(position));
        }
        return network->nodes()[position];
    }

    const MemberKey& key(const std::string& name) const {
        const auto found = keys.find(name);
        if (found == keys.end()) throw ClusterError("there is no key " + name);
        return found->second;
    }

    /// Kills what runs, lets the reaper see that nothing is left, and removes the folder.
    void end() {
        if (!network) return;
        for (const auto& part : network->nodes()) (void)network::kill_node(part);
        std::error_code ignored;
        if (!options.keep_folder) std::filesystem::remove_all(network->path(), ignored);
        reaper.reset();
        links.reset();
        network.reset();
    }

    /// The ports are chosen: each node finds each peer behind its link.
    Status route_links() {
        if (!links) return {};
        const auto at = [](const network::NodeFolder& part) { return std::size_t{part.id} - 1; };
        for (const auto& part : network->nodes()) {
            links->set_target(at(part), port_of(part.peer_listen));
        }
        return network::set_peer_routes(*network, [&](const auto& from, const auto& to) {
            return "127.0.0.1:" + std::to_string(links->port(at(from), at(to)));
        });
    }

    Links& link(std::size_t from, std::size_t to) const {
        if (!links) throw ClusterError("this cluster's links were not asked for (links = true)");
        if (from == to) throw ClusterError(node(from).name + " has no link to itself");
        (void)node(from);
        (void)node(to);
        return *links;
    }

    void start_all() {
        auto made = network::init_ephemeral(options.spec);
        if (!made) give_up("cannot make a cluster", made.error());
        network.emplace(std::move(*made));
        std::vector<std::string> configs;
        for (const auto& part : network->nodes()) configs.push_back(part.config_path());
        auto started = Reaper::start(options.keep_folder ? "" : network->path(), configs);
        if (!started) give_up("cannot start the reaper", started.error());
        reaper.emplace(std::move(*started));
        if (options.links) {
            auto opened = Links::open(network->nodes().size());
            if (!opened) give_up("cannot make the links of a cluster", opened.error());
            links = std::move(*opened);
        }
        network::StartOptions start;
        start.binary = binary;
        start.deadline = options.deadline;
        const auto up =
            network::up_choosing_ports(*network, start, [this] { return route_links(); });
        if (!up) give_up("the cluster does not start", up.error());
    }

    void make_clients() {
        for (const auto& url : network->urls()) {
            client::ClientOptions probe;
            probe.urls = {url};
            probe.connect_timeout = probe.attempt_timeout = kStatusTimeout;
            auto made = client::Client::create(probe);
            if (!made) give_up("cannot make a client", made.error());
            probes.push_back(std::move(*made));
        }
        for (const auto& named : network::named_keys(network->genesis())) {
            auto key = network->member_key(named.name);
            if (!key) give_up("cannot read a key", key.error());
            keys.emplace(named.name, MemberKey{named.member->id, std::move(*key)});
        }
    }

    /// The node that leads and is followed by a majority, if there is one now.
    std::optional<std::size_t> leader() {
        std::map<std::string, std::size_t> followed;
        std::optional<std::size_t> leads;
        for (std::size_t i = 0; i < probes.size(); ++i) {
            if (network::inspect(node(i)).state != network::ProcessState::running) continue;
            const auto status = probes[i].status(0);
            if (!status) continue;
            ++followed[status->text("leader").value_or("")];
            if (status->text("role") == "leader") leads = leads ? probes.size() : i;
        }
        if (!leads || *leads == probes.size()) return std::nullopt;  // none, or two of two terms
        if (followed[node(*leads).name] < probes.size() / 2 + 1) return std::nullopt;
        return leads;
    }
};

LocalCluster::LocalCluster(std::uint32_t nodes) : LocalCluster(options_for(nodes)) {}

LocalCluster::LocalCluster(ClusterOptions options) : impl_(std::make_unique<Impl>()) {
    const char* keep = std::getenv("TALLYSTICK_KEEP");
    impl_->options = std::move(options);
    impl_->options.keep_folder |= keep != nullptr && *keep != '\0';
    impl_->binary = impl_->options.binary;
    if (impl_->binary.empty()) {
        auto found = network::find_binary();
        if (!found) give_up("cannot start a cluster", found.error());
        impl_->binary = std::move(*found);
    }
    try {
        impl_->start_all();
        impl_->make_clients();
        impl_->client.emplace(make_client());
    } catch (...) {
        impl_->end();
        throw;
    }
}

LocalCluster::~LocalCluster() { impl_->end(); }

std::size_t LocalCluster::size() const { return impl_->network->nodes().size(); }
const std::string& LocalCluster::folder() const { return impl_->network->path(); }
std::string LocalCluster::url(std::size_t node) const {
    return "http://" + impl_->node(node).api_listen;
}
std::vector<std::string> LocalCluster::urls() const { return impl_->network->urls(); }
std::uint16_t LocalCluster::api_port(std::size_t node) const {
    return port_of(impl_->node(node).api_listen);
}
pid_t LocalCluster::pid(std::size_t node) const { return network::inspect(impl_->node(node)).pid; }
bool LocalCluster::running(std::size_t node) const {
    return network::inspect(impl_->node(node)).state == network::ProcessState::running;
}
std::string LocalCluster::log(std::size_t node, std::size_t lines) const {
    return network::log_tail(impl_->node(node), lines);
}

void LocalCluster::kill(std::size_t node) {
    expect(network::kill_node(impl_->node(node)), "kill " + impl_->node(node).name);
}
void LocalCluster::stop(std::size_t node) {
    expect(network::stop_node(impl_->node(node), kGrace), "stop " + impl_->node(node).name);
}
void LocalCluster::pause(std::size_t node) {
    expect(network::pause_node(impl_->node(node)), "pause " + impl_->node(node).name);
}
void LocalCluster::resume(std::size_t node) {
    expect(network::resume_node(impl_->node(node)), "resume " + impl_->node(node).name);
}
void LocalCluster::start(std::size_t node) {
    const auto& part = impl_->node(node);
    const auto upgraded = impl_->upgraded.find(node);
    const auto pid = network::start_node(
        part, upgraded == impl_->upgraded.end() ? impl_->binary : upgraded->second);
    if (!pid) give_up("start " + part.name, pid.error());
    const auto listening =
        network::await_listening(part, *pid, Clock::now() + impl_->options.deadline);
    if (!listening) give_up("start " + part.name, listening.error());
}
void LocalCluster::upgrade(std::size_t node, const std::string& binary) {
    if (pid(node) != 0) stop(node);
    impl_->upgraded[node] = binary;
    start(node);
}
void LocalCluster::restart(std::size_t node) {
    if (pid(node) != 0) kill(node);
    start(node);
}

// NOLINTBEGIN(readability-make-member-function-const): the network changes.
void LocalCluster::cut(std::size_t from, std::size_t to) { impl_->link(from, to).cut(from, to); }
void LocalCluster::slow(std::size_t from, std::size_t to, milliseconds delay) {
    impl_->link(from, to).slow(from, to, delay);
}
void LocalCluster::partition(const std::vector<std::size_t>& ones,
                             const std::vector<std::size_t>& others) {
    for (const std::size_t one : ones) {
        for (const std::size_t other : others) {
            cut(one, other);
            cut(other, one);
        }
    }
}
void LocalCluster::heal(std::size_t from, std::size_t to) { impl_->link(from, to).heal(from, to); }
void LocalCluster::heal() {
    for (std::size_t from = 0; from < size(); ++from) {
        for (std::size_t to = 0; to < size(); ++to) {
            if (from != to) heal(from, to);
        }
    }
}
// NOLINTEND(readability-make-member-function-const)

std::size_t LocalCluster::await_leader() const { return await_leader(impl_->options.deadline); }

std::size_t LocalCluster::await_leader(milliseconds deadline) const {
    const auto end = Clock::now() + deadline;
    for (;;) {
        if (const auto leader = impl_->leader()) return *leader;
        if (Clock::now() >= end) {
            std::string text = "no leader in time";
            for (std::size_t i = 0; i < size(); ++i) {
                text += "\n" + impl_->node(i).name + " (" +
                        network::process_state_name(network::inspect(impl_->node(i)).state) +
                        "), end of its log:\n" + log(i, 5);
            }
            throw ClusterError(text);
        }
        std::this_thread::sleep_for(kPollInterval);
    }
}

void LocalCluster::transfer_leader(std::size_t to) {
    const auto change =
        network::transfer_leader(*impl_->network, impl_->node(to).name, impl_->options.deadline);
    if (!change) throw ClusterError(change.error().context);
}

void LocalCluster::await_ready() const { await_ready(impl_->options.deadline); }

void LocalCluster::await_ready(milliseconds deadline) const {
    const auto end = Clock::now() + deadline;
    for (std::size_t i = 0; i < size();) {
        const auto state = network::inspect(impl_->node(i)).state;
        const bool expected =
            state == network::ProcessState::running || state == network::ProcessState::starting;
        const auto answer = expected
                                ? impl_->probes[i].get_from(0, "/readyz")
                                : Result<client::Answer>(client::Answer{200, {}, {}, {}, {}, {}});
        if (answer && answer->status == 200) {
            ++i;
            continue;
        }
        if (Clock::now() >= end) {
            throw ClusterError(impl_->node(i).name + " is not ready in time; its log:\n" + log(i));
        }
        std::this_thread::sleep_for(kPollInterval);
    }
}

client::Document LocalCluster::status(std::size_t node) const {
    auto status = impl_->probes.at(node).status(0);
    if (!status) give_up("status of " + impl_->node(node).name, status.error());
    return std::move(*status);
}

client::Client& LocalCluster::client() const { return *impl_->client; }

client::Client LocalCluster::make_client() const {
    client::ClientOptions options;
    options.attempt_timeout = kAttemptTimeout;
    return make_client(std::move(options));
}

client::Client LocalCluster::make_client(client::ClientOptions options) const {
    if (options.urls.empty()) options.urls = urls();
    auto client = client::Client::create(std::move(options));
    if (!client) give_up("cannot make a client", client.error());
    return std::move(*client);
}

const ledger::Genesis& LocalCluster::genesis() const { return impl_->network->genesis(); }
std::string LocalCluster::trust_path() const { return impl_->network->trust_path(); }

ledger::MemberId LocalCluster::member(const std::string& name) const {
    const auto* member = genesis().member_named(name);
    if (member == nullptr) throw ClusterError("there is no member " + name);
    return member->id;
}
const crypto::SecretKey& LocalCluster::key(const std::string& name) const {
    return impl_->key(name).key;
}

ledger::Submission LocalCluster::sign(const std::vector<std::string>& signers,
                                      const ledger::TransactionBody& body, ledger::Day date) const {
    return sign_all(signers, {body}, date);
}

ledger::Submission LocalCluster::sign_all(const std::vector<std::string>& signers,
                                          const std::vector<ledger::TransactionBody>& bodies,
                                          ledger::Day date, bool atomic) const {
    std::vector<ledger::SigningKey> signing;
    for (const auto& name : signers) {
        const MemberKey& named = impl_->key(name);
        signing.push_back({named.member, &named.key});
    }
    std::vector<Bytes> transactions;
    transactions.reserve(bodies.size());
    for (const auto& body : bodies) {
        transactions.push_back(
            ledger::encode_transaction({new_transaction_id(), date, date, body}));
    }
    return ledger::sign_submission(genesis().network_id(), transactions, signing, atomic,
                                   ledger::Millis(0));
}

// NOLINTNEXTLINE(readability-make-member-function-const): the network changes.
client::Receipt LocalCluster::submit(const std::vector<std::string>& signers,
                                     const ledger::TransactionBody& body, ledger::Day date) {
    auto receipt = client().submit(sign(signers, body, date));
    if (!receipt) give_up("submit", receipt.error());
    return std::move(*receipt);
}

ledger::TransactionId new_transaction_id() { return {api::uuid7_bytes(wall_now())}; }
std::array<std::uint8_t, 16> new_id_bytes() { return api::random_id_bytes(); }
std::string id_text(const std::array<std::uint8_t, 16>& bytes) { return api::id_text(bytes); }

}  // namespace tally::testing
