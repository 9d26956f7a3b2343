#include <algorithm>
#include <chrono>
#include <optional>

#include "api/errc.h"
#include "cli/network_options.h"
#include "cli/shell.h"
#include "network/network_state.h"
#include "network/proc.h"
#include "network/process.h"
#include "network/staging.h"

// What makes a network and starts its nodes.

namespace tally::cli {
namespace {

/// `starts`: it is to run at once, so that ports which somebody has are a reason to make nothing.
Result<network::NetworkFolder> make_network(const NetworkOptions& options, Console& console,
                                            bool starts) {
    const auto spec = spec_of(options);
    if (!spec) return spec.error();
    network::InitOptions init;
    init.folder = options.dir;
    init.api_port = options.api_port;
    init.peer_port = options.peer_port;
    init.free_ports = options.free_ports;
    init.check_ports = starts;
    for (const std::string& folder : network::remove_stale_staging(options.dir)) {
        console.err << "note: removed " << folder << ", which an interrupted init had left\n";
    }
    return network::NetworkFolder::init(*spec, init);
}

/// Which nodes take no part, why, and what that means: a remark, also beside a JSON document.
void remark_on(Console& console, const network::NetworkFolder& network,
               const std::vector<network::NodeProcess>& nodes) {
    for (const auto& node : nodes) {
        // One that serves may still miss a peer that is on its way; `network status` says so.
        const std::string advice =
            node.ready ? network::advice_on(network, node) : network::all_advice_on(network, node);
        if (!advice.empty()) console.err << advice << "\n";
    }
    const std::string summary = network::advice_on(network, nodes);
    if (!summary.empty()) console.err << summary << "\n";
}

/// Stays with a network until somebody ends it, and ends those nodes that were started for it.
Exit stay(const network::NetworkFolder& network, const std::vector<network::NodeProcess>& started,
          Console& console) {
    if (!console.json) {
        std::string names;
        for (const auto& node : started) names += (names.empty() ? "" : ", ") + node.name;
        console.out << (names.empty() ? "No node was started; Ctrl-C ends none.\n"
                                      : "Ctrl-C ends what was started: " + names + ".\n");
    }
    console.out.flush();
    const Status ended = network::wait_in_foreground(
        network, [&console](const std::string& what) { console.err << what << "\n"; });
    const Status down = network::network_down(network, started, kGrace);
    if (!ended) return console.fail(ended.error());
    return down ? Exit::ok : console.fail(down.error());
}

Exit run_ephemeral(const NetworkOptions& options, Console& console) {
    const auto spec = spec_of(options);
    if (!spec) return console.fail(spec.error());
    network::StartOptions start;
    start.deadline = std::chrono::seconds(options.timeout_s);
    std::optional<network::HeldSignals> held;
    if (options.foreground) held.emplace();  // until the folder is removed again
    const auto network = network::up_ephemeral(*spec, start);
    if (!network) {
        held.reset();
        return console.fail(network.error());
    }
    const auto nodes = network::network_status(*network);
    print_nodes(console, *network, nodes);
    if (!options.foreground) {
        if (!console.json) {
            console.out << "Remove it with: "
                        << shell_command({"network", "clean", "--dir", network->path()}) << "\n";
        }
        return Exit::ok;
    }
    const Exit stayed = stay(*network, nodes, console);
    const Status cleaned = network::network_clean(network->path());
    return stayed == Exit::ok && !cleaned ? console.fail(cleaned.error()) : stayed;
}

/// An option that would be ignored is an error: it was meant.
Status fault_of_up(const NetworkOptions& options, const Console& console, bool exists) {
    std::vector<std::string> ignored;
    if (options.ephemeral) ignored = {"--dir", "--api-port", "--peer-port", "--free-ports"};
    if (!options.ephemeral && exists) {
        ignored = {"--from", "--api-port", "--peer-port", "--free-ports"};
    }
    const std::string name = first_typed(console, ignored);
    if (name.empty()) return {};
    return fail(api::errc::invalid_argument,
                options.ephemeral
                    ? name + ": --ephemeral makes its own folder on free ports; leave one out"
                    : name + ": " + options.dir +
                          " holds a network already, which keeps what it was made with; leave it "
                          "out, or use another --dir");
}

/// What would fail once the network is made, for one that is not made yet. One node of a network
/// belongs to a network that is there: in the wrong folder another one would begin.
Status fault_before_made(const NetworkOptions& options) {
    if (options.node.empty()) {
        const auto binary = network::find_binary();
        return binary ? Status() : binary.error();
    }
    return fail(api::errc::not_found,
                options.dir + ": holds no network, so there is no node " + options.node +
                    " to start; give the network's folder as --dir, or make one here: " +
                    shell_command({"network", "up", "--dir", options.dir}));
}

/// The command that makes and starts the same network elsewhere than on ports that are taken.
std::string on_free_ports(const NetworkOptions& options) {
    std::vector<std::string> words{"network", "up", "--dir", absolute_name(options.dir)};
    if (!options.from.empty()) words.insert(words.end(), {"--from", absolute_name(options.from)});
    if (options.nodes != 0) {
        words.insert(words.end(), {"--nodes", std::to_string(options.nodes)});
    }
    if (options.foreground) words.emplace_back("--foreground");
    words.emplace_back("--free-ports");
    return shell_command(words);
}

Result<network::NetworkFolder> open_or_make(const NetworkOptions& options, bool exists,
                                            Console& console) {
    if (exists) return network::NetworkFolder::open(options.dir);
    auto network = make_network(options, console, true);
    if (network) {
        console.err << "note: " << network->path() << " held no network: a new one was made there, "
                    << network_words(network->genesis())
                    << ", with keys of its own and nothing on record\n";
        return network;
    }
    // Another `up` may have made it just now.
    const auto made = network::NetworkFolder::holds_network(options.dir);
    if (made && *made) return network::NetworkFolder::open(options.dir);
    if (network.error().code != api::errc::address_in_use || options.free_ports) return network;
    return Error{network.error().code, network.error().context + ". On ports that are free: `" +
                                           on_free_ports(options) + "`"};
}

/// How far those are that replay their logs.
void show_replay(Progress& progress, const std::vector<network::NodeProcess>& nodes) {
    std::uint64_t applied = 0;
    std::uint64_t all = 0;
    for (const auto& node : nodes) {
        if (node.ready) continue;
        applied += node.applied;
        all += node.last_index;
    }
    if (all > 0) progress.show(std::min(applied, all), all);
}

std::vector<network::NodeProcess> started_of(const std::vector<network::NodeProcess>& nodes) {
    std::vector<network::NodeProcess> started;
    for (const auto& node : nodes) {
        if (node.started) started.push_back(node);
    }
    return started;
}

}  // namespace

Exit run_init(const NetworkOptions& options, Console& console) {
    const auto network = make_network(options, console, false);
    if (!network) return console.fail(network.error());
    if (console.json) {
        console.out << network::network_json(*network, network::network_status(*network)) << "\n";
        return Exit::ok;
    }
    const auto& genesis = network->genesis();
    std::string members;
    for (const auto& member : genesis.members) {
        members += (members.empty() ? "" : ", ") + member.name;
    }
    print_fields(
        console.out,
        {{"folder", network->path()},
         {"network", genesis.name + ", " + std::to_string(genesis.nodes.size()) + " nodes"},
         {"members", members},
         {"keys", network->keys_folder()},
         {"trust", network->trust_path()},
         {"next", shell_command({"network", "up", "--dir", network->path()})}});
    return Exit::ok;
}

Exit run_up(const NetworkOptions& options, Console& console) {
    const auto held_there = network::NetworkFolder::holds_network(options.dir);
    if (!held_there) return console.fail(held_there.error());
    const bool exists = *held_there;
    const Status sensible = fault_of_up(options, console, exists);
    if (!sensible) return console.fail(sensible.error());
    if (options.ephemeral) return run_ephemeral(options, console);
    if (!exists) {
        const Status makeable = fault_before_made(options);
        if (!makeable) return console.fail(makeable.error());
    }
    auto network = open_or_make(options, exists, console);
    if (!network) return console.fail(network::with_running(options.dir, network.error()));
    if (exists && options.nodes != 0 && options.nodes != network->nodes().size()) {
        return console.fail(Exit::usage, "usage",
                            network->path() + ": holds a network of " +
                                std::to_string(network->nodes().size()) +
                                " nodes; leave --nodes out, or use another --dir");
    }
    network::StartOptions start;
    start.deadline = std::chrono::seconds(options.timeout_s);
    if (!options.node.empty()) {
        const auto node = find_node(*network, options.node);
        if (!node) return console.fail(node.error());
        start.only = (*node)->name;
    }
    std::optional<Progress> progress(std::in_place, console, "waiting for blocks to be replayed");
    start.waiting = [&progress](const auto& nodes) { show_replay(*progress, nodes); };
    std::optional<network::HeldSignals> held;
    if (options.foreground) held.emplace();  // what was started is ended, whenever they come
    const auto nodes = network::network_up(*network, start);
    progress.reset();
    if (!nodes) {
        held.reset();
        return console.fail(nodes.error());
    }
    print_nodes(console, *network, *nodes);
    remark_on(console, *network, *nodes);
    if (options.foreground) return stay(*network, started_of(*nodes), console);
    // One that was started alone may have nobody to write with yet.
    const bool writes = network::state_of(*nodes).takes_submissions();
    return writes || !start.only.empty() ? Exit::ok : Exit::no_quorum;
}

}  // namespace tally::cli
