#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <thread>

#include "api/errc.h"
#include "client/client.h"
#include "network/proc.h"
#include "network/process.h"

namespace tally::network {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPollInterval{10};
constexpr milliseconds kQuestionTimeout{1000};
constexpr milliseconds kGrace{5000};
constexpr int kPortTries = 8;

/// A node's own words about itself; what it does not say stays empty.
void ask(NodeProcess& process) {
    client::ClientOptions options;
    options.urls = {"http://" + process.api};
    options.connect_timeout = kQuestionTimeout;
    options.attempt_timeout = kQuestionTimeout;
    auto client = client::Client::create(options);
    if (!client) return;
    const auto ready = client->get_from(0, "/readyz");
    process.ready = ready && ready->status == 200;
    const auto status = client->status(0);
    if (!status) return;
    process.role = status->text("role").value_or("");
    process.leader = status->text("leader").value_or("");
    process.applied = static_cast<std::uint64_t>(status->integer("applied_index").value_or(0));
}

/// Stops what this call started unless `keep` is called.
class StartedNodes {
public:
    StartedNodes() = default;
    StartedNodes(const StartedNodes&) = delete;
    StartedNodes& operator=(const StartedNodes&) = delete;
    ~StartedNodes() {
        for (const auto* node : nodes_) (void)kill_node(*node);
    }
    void add(const NodeFolder& node) { nodes_.push_back(&node); }
    void keep() { nodes_.clear(); }

private:
    std::vector<const NodeFolder*> nodes_;
};

/// Why the network is not up yet; empty when it is.
std::string what_is_missing(const std::vector<NodeProcess>& nodes) {
    std::string leader;
    for (const auto& node : nodes) {
        if (!node.ready) return node.name + " is not ready";
        if (node.leader.empty()) return node.name + " knows no leader";
        if (!leader.empty() && leader != node.leader) return "the nodes name different leaders";
        leader = node.leader;
    }
    return {};
}

Result<std::vector<NodeProcess>> await_ready(const NetworkFolder& network,
                                             Clock::time_point deadline) {
    for (;;) {
        auto nodes = network_status(network);
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            if (nodes[i].state != ProcessState::stopped) continue;
            return fail(api::errc::io_failed,
                        nodes[i].name + " ended while it was starting; the end of " + nodes[i].log +
                            ":\n" + log_tail(network.nodes()[i], 12));
        }
        const std::string missing = what_is_missing(nodes);
        if (missing.empty()) return nodes;
        if (HeldSignals::waiting()) return fail(api::errc::shutting_down, "interrupted");
        if (Clock::now() >= deadline) {
            return fail(api::errc::not_ready, "the network is not up in time: " + missing +
                                                  "; see `network status` and `network logs`");
        }
        std::this_thread::sleep_for(kPollInterval);
    }
}

}  // namespace

std::vector<NodeProcess> network_status(const NetworkFolder& network) {
    std::vector<NodeProcess> nodes;
    for (const auto& node : network.nodes()) {
        nodes.push_back(inspect(node));
        if (nodes.back().state == ProcessState::running) ask(nodes.back());
    }
    return nodes;
}

Result<std::vector<NodeProcess>> network_up(const NetworkFolder& network,
                                            const StartOptions& options) {
    std::string binary = options.binary;
    if (binary.empty()) {
        auto found = find_binary();
        if (!found) return found.error();
        binary = std::move(*found);
    }
    const auto deadline = Clock::now() + options.deadline;
    std::vector<std::pair<const NodeFolder*, pid_t>> starting;
    const HeldSignals held;  // released after `started` has cleaned up
    StartedNodes started;
    for (const auto& node : network.nodes()) {
        const NodeProcess process = inspect(node);
        if (process.state == ProcessState::paused) {
            return fail(api::errc::not_ready,
                        node.name + " is paused; `network resume " + node.name + "` lets it go on");
        }
        pid_t pid = process.pid;
        if (process.state == ProcessState::stopped) {
            const auto made = start_node(node, binary);
            if (!made) return made.error();
            started.add(node);
            pid = *made;
        }
        starting.emplace_back(&node, pid);
    }
    for (const auto& [node, pid] : starting) {
        const auto listening = await_listening(*node, pid, deadline);
        if (!listening) return listening.error();
    }
    auto ready = await_ready(network, deadline);
    if (ready) started.keep();
    return ready;
}

Status network_down(const NetworkFolder& network, milliseconds grace) {
    // All are asked at once: one after the other, the rest would hold elections meanwhile.
    for (const auto& node : network.nodes()) {
        const NodeProcess process = inspect(node);
        if (process.pid == 0) continue;
        ::kill(process.pid, SIGTERM);
        ::kill(process.pid, SIGCONT);
    }
    const auto deadline = Clock::now() + grace;
    for (const auto& node : network.nodes()) {
        if (inspect(node).pid == 0) continue;
        const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
        const Status stopped = stop_node(node, std::max(left, milliseconds(0)));
        if (!stopped && stopped.error().code != api::errc::not_found) return stopped;
    }
    return {};
}

Status network_clean(const std::string& folder) {
    if (!NetworkFolder::holds_network(folder)) {
        return fail(api::errc::bad_config, folder + ": holds no network; nothing was removed");
    }
    const auto network = NetworkFolder::open(folder);
    if (network) {
        const Status down = network_down(*network, kGrace);
        if (!down) return down;
    }
    std::error_code failure;
    fs::remove_all(folder, failure);
    if (failure) return fail(api::errc::io_failed, folder + ": " + failure.message());
    return {};
}

Status wait_in_foreground(const NetworkFolder& network) {
    const HeldSignals held;
    sigset_t ends;
    ::sigemptyset(&ends);
    ::sigaddset(&ends, SIGINT);
    ::sigaddset(&ends, SIGTERM);
    Status result;
    for (bool waiting = true; waiting;) {
        const timespec pause{0, 200'000'000};
        if (::sigtimedwait(&ends, nullptr, &pause) > 0) break;
        for (const auto& node : network.nodes()) {
            if (!waiting || inspect(node).pid != 0) continue;
            result = fail(api::errc::io_failed, node.name + " has ended; the end of " +
                                                    node.log_path() + ":\n" + log_tail(node, 12));
            waiting = false;
        }
    }
    return result;
}

std::string network_json(const NetworkFolder& network, const std::vector<NodeProcess>& nodes) {
    namespace json = boost::json;
    json::array list;
    std::string leader;
    for (const auto& node : nodes) {
        json::object item{{"id", node.id},
                          {"name", node.name},
                          {"api", "http://" + node.api},
                          {"peer", node.peer},
                          {"log", node.log}};
        item["pid"] = node.pid == 0 ? json::value() : json::value(node.pid);
        item["state"] = process_state_name(node.state);
        item["ready"] = node.ready;
        item["role"] = node.role;
        item["applied"] = node.applied;
        list.push_back(std::move(item));
        if (leader.empty()) leader = node.leader;
    }
    json::object object{{"dir", network.path()}, {"nodes", std::move(list)}};
    object["leader"] = leader.empty() ? json::value() : json::value(leader);
    object["keys"] = network.keys_folder();
    object["trust"] = network.trust_path();
    return json::serialize(object);
}

Result<NetworkFolder> init_ephemeral(const NetworkSpec& spec, const std::string& folder_prefix) {
    std::error_code failure;
    std::string folder = (fs::temp_directory_path(failure) / (folder_prefix + "XXXXXX")).string();
    if (failure || ::mkdtemp(folder.data()) == nullptr) {
        return fail(api::errc::io_failed, folder + ": cannot make a temporary folder");
    }
    InitOptions init;
    init.folder = folder;
    init.free_ports = true;
    auto network = NetworkFolder::init(spec, init);
    if (!network) fs::remove(folder, failure);
    return network;
}

Result<std::vector<NodeProcess>> up_choosing_ports(NetworkFolder& network,
                                                   const StartOptions& options) {
    for (int tries = 1;; ++tries) {
        auto up = network_up(network, options);
        const bool taken = !up && up.error().code == api::errc::address_in_use;
        if (!taken || tries == kPortTries) return up;
        const Status chosen = network.choose_new_ports();
        if (!chosen) return chosen.error();
    }
}

Result<NetworkFolder> up_ephemeral(const NetworkSpec& spec, const StartOptions& options,
                                   const std::string& folder_prefix) {
    const HeldSignals held;  // an interruption must not leave the folder behind
    auto network = init_ephemeral(spec, folder_prefix);
    if (!network) return network;
    const auto up = up_choosing_ports(*network, options);
    if (up) return network;
    std::error_code ignored;
    fs::remove_all(network->path(), ignored);
    return up.error();
}

}  // namespace tally::network
