#include <chrono>
#include <fstream>
#include <thread>

#include "api/errc.h"
#include "api/json_text.h"
#include "cli/network_options.h"
#include "cli/recover.h"
#include "cli/session.h"
#include "cli/shell.h"
#include "network/commands.h"
#include "network/network_state.h"
#include "network/proc.h"
#include "network/process.h"

namespace tally::cli {

void print_nodes(Console& console, const network::NetworkFolder& network,
                 const std::vector<network::NodeProcess>& nodes) {
    if (console.json) {
        console.out << network::network_json(network, nodes) << "\n";
        return;
    }
    Table table({"node", "state", "role", ">applied", "api", "peer", ">pid", "log"});
    for (const auto& node : nodes) {
        table.add({node.name, network::process_state_name(node.state),
                   node.role.empty() ? "-" : node.role, std::to_string(node.applied),
                   node.api.empty() ? "-" : "http://" + node.api,
                   node.peer.empty() ? "-" : node.peer,
                   node.pid == 0 ? "-" : std::to_string(node.pid), node.log});
    }
    table.print(console.out);
}

namespace {

Exit run_status(const NetworkOptions& options, Console& console) {
    const auto network = network::NetworkFolder::open(options.dir);
    if (!network) return console.fail(network::with_running(options.dir, network.error()));
    const auto nodes = network::network_status(*network);
    const std::string summary = network::advice_on(*network, nodes);
    if (console.json) {
        auto document = api::json_object_from_text(network::network_json(*network, nodes));
        if (!document) return console.fail(document.error());
        auto& list = document->at("nodes").as_array();
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            list.at(i).as_object()["advice"] = network::all_advice_on(*network, nodes[i]);
        }
        (*document)["advice"] = summary;
        console.print(*document);
    } else {
        print_nodes(console, *network, nodes);
        for (const auto& node : nodes) {
            const std::string advice = network::all_advice_on(*network, node);
            if (!advice.empty()) console.out << advice << "\n";
        }
        if (!summary.empty()) console.out << summary << "\n";
    }
    return network::state_of(nodes).takes_submissions() ? Exit::ok : Exit::no_quorum;
}

using NodeAction = Status (*)(const network::NodeFolder&);

/// What an action is called once it is done, and what becomes of the node after it.
struct Deed {
    const char* done;
    const char* after;     ///< with what to do; empty: nothing
    const char* command;   ///< of `network`, that does it; empty: none
    bool of_node = false;  ///< the command names the node
};
constexpr Deed kStopped{"stopped", "; the data stays, and it starts again with ", "up"};
constexpr Deed kKilled{"killed",
                       "; what it acknowledged stays, and while the others are a majority they go "
                       "on without it. It starts again with ",
                       "up"};
constexpr Deed kPaused{"paused", "; it goes on with ", "resume", true};
constexpr Deed kResumed{"resumed", "", ""};

std::string after_words(const Deed& deed, const network::NodeFolder& node, const std::string& dir) {
    if (*deed.command == '\0') return {};
    std::vector<std::string> words{"network", deed.command};
    if (deed.of_node) words.push_back(node.name);
    return deed.after + network::command_on(dir, words);
}

Exit act_on(const network::NodeFolder& node, Console& console, NodeAction action, const Deed& deed,
            const std::string& dir) {
    const Status status = action(node);
    if (!status) return console.fail(status.error());
    if (console.json) {
        console.print(boost::json::object{{"node", node.name}, {"did", deed.done}});
    } else {
        console.out << node.name << " " << deed.done << after_words(deed, node, dir) << "\n";
    }
    return Exit::ok;
}

Exit run_on_node(const NetworkOptions& options, Console& console, NodeAction action,
                 const Deed& deed) {
    const auto network = network::NetworkFolder::open(options.dir);
    if (!network) {
        // Its nodes may run all the same.
        for (const network::NodeFolder& node : network::running_nodes(options.dir)) {
            if (node.name == options.node || node.name == "n" + options.node) {
                return act_on(node, console, action, deed, options.dir);
            }
        }
        return console.fail(network::with_running(options.dir, network.error()));
    }
    const auto node = find_node(*network, options.node);
    if (!node) return console.fail(node.error());
    return act_on(**node, console, action, deed, options.dir);
}

Status stop_gracefully(const network::NodeFolder& node) { return network::stop_node(node, kGrace); }

/// Of a folder that does not open: `error` says why.
Exit end_running(const NetworkOptions& options, Console& console, const Error& error) {
    const auto nodes = network::running_nodes(options.dir);
    if (nodes.empty()) {
        return console.fail(Error{error.code, error.context + "; nothing of it runs"});
    }
    const Status down = network::nodes_down(options.dir, nodes, kGrace);
    if (!down) return console.fail(down.error());
    std::string names;
    boost::json::array list;
    for (const auto& node : nodes) {
        names += (names.empty() ? "" : ", ") + node.name;
        list.emplace_back(node.name);
    }
    if (console.json) console.print(boost::json::object{{"dir", options.dir}, {"ended", list}});
    if (!console.json) console.out << "ended " << names << "\n";
    console.err << "note: " << error.context << "\n";
    return Exit::ok;
}

Exit run_down(const NetworkOptions& options, Console& console) {
    if (!options.node.empty()) return run_on_node(options, console, stop_gracefully, kStopped);
    const auto network = network::NetworkFolder::open(options.dir);
    if (!network) return end_running(options, console, network.error());
    const Status down = network::network_down(*network, kGrace);
    if (!down) return console.fail(down.error());
    if (console.json) {
        console.out << network::network_json(*network, network::network_status(*network)) << "\n";
    } else {
        console.out << "down; the data stays in " << network->path() << "\n";
    }
    return Exit::ok;
}

/// Prints what is added to the logs until the process is ended, or nobody can read it any more.
void follow(const std::vector<const network::NodeFolder*>& nodes, Console& console) {
    std::vector<std::ifstream> files;
    files.reserve(nodes.size());
    for (const auto* node : nodes) {
        files.emplace_back(node->log_path(), std::ios::binary | std::ios::ate);
    }
    while (console.out.flush()) {
        for (std::size_t i = 0; i < files.size(); ++i) {
            std::string line;
            while (std::getline(files[i], line)) {
                console.out << nodes[i]->name << "  " << line << "\n";
            }
            files[i].clear();
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
}

Exit run_logs(const NetworkOptions& options, Console& console) {
    if (options.follow && console.json) {
        return console.fail(Exit::usage, "usage",
                            "--follow: --json is one document, which ends; leave one out");
    }
    const auto network = network::NetworkFolder::open(options.dir);
    if (!network) return console.fail(network.error());
    std::vector<const network::NodeFolder*> nodes;
    if (options.node.empty()) {
        for (const auto& node : network->nodes()) nodes.push_back(&node);
    } else {
        const auto node = find_node(*network, options.node);
        if (!node) return console.fail(node.error());
        nodes.push_back(*node);
    }
    boost::json::array list;
    for (const auto* node : nodes) {
        const std::string tail = network::log_tail(*node, options.lines);
        if (console.json) {
            list.push_back({{"node", node->name}, {"log", node->log_path()}, {"tail", tail}});
        } else {
            console.out << "== " << node->log_path() << "\n" << tail;
            if (!tail.empty() && tail.back() != '\n') console.out << "\n";
        }
    }
    if (console.json) console.print(list);
    if (options.follow) follow(nodes, console);
    return Exit::ok;
}

}  // namespace

void add_network(const Command& program, Session& session) {
    const Command network = program.subcommand("network", "Networks on this machine");
    network.require_subcommand();
    network.footer("Example:\n  tallystick network up && tallystick network status");
    const auto add = [&](const char* name, const char* description, const char* example, auto run) {
        auto options = std::make_shared<NetworkOptions>();
        const Command command = add_command(network, session, name, description, example);
        add_dir_option(command, options->dir);
        on_chosen(command, session, options, run);
        return std::make_pair(command, options.get());
    };
    const auto add_on_node = [&](const char* name, const char* description, const char* example,
                                 NodeAction action, const Deed& deed) {
        const auto [command, options] =
            add(name, description, example, [action, deed](const NetworkOptions& o, Console& c) {
                return run_on_node(o, c, action, deed);
            });
        command.option("NODE,--node", options->node, "Name, number or \"leader\"").required();
    };
    const auto [init, init_options] =
        add("init", "Make a network: keys, genesis, folders",
            "  tallystick network init --from network-config/dev-3.toml", run_init);
    add_spec_options(init, *init_options);
    const auto [up, up_options] =
        add("up", "Start a network, making it first if need be, and wait until it is ready",
            "  tallystick network up --nodes 3\n"
            "  tallystick network up --ephemeral --json",
            run_up);
    add_spec_options(up, *up_options);
    const Option ephemeral = up.flag("--ephemeral", up_options->ephemeral,
                                     "In a temporary folder, on ports that are free");
    up.flag("--foreground", up_options->foreground, "Stay; Ctrl-C ends the nodes that it started");
    up.option("--node", up_options->node, "This node alone, by name or number").excludes(ephemeral);
    up.option("--timeout", up_options->timeout_s,
              "Seconds that it waits; as long again while nodes replay their logs")
        .range(1, 3600)
        .show_default();
    add("status", "What runs and who leads; exit code 4 without a quorum",
        "  tallystick network status --json", run_status);
    const auto [down, down_options] =
        add("down", "Stop all nodes, or one; the data stays",
            "  tallystick network down\n  tallystick network down --node n2", run_down);
    down.option("--node", down_options->node, "This node alone: name, number or \"leader\"");
    add_network_clean(network, session);
    add_network_recover(network, session);
    add_network_replace(network, session);
    add_network_transfer(network, session);
    add_network_trust(network, session);
    const auto [logs, logs_options] = add("logs", "The end of the nodes' logs",
                                          "  tallystick network logs n1 --lines 50", run_logs);
    logs.option("NODE,--node", logs_options->node, "Name, number or \"leader\"; all without");
    logs.option("--lines", logs_options->lines, "Lines of each").show_default();
    logs.flag("--follow", logs_options->follow, "Go on printing what is added");
    add_on_node("kill", "End a node at once, as kill -9 does",
                "  tallystick network kill leader && tallystick network up", network::kill_node,
                kKilled);
    add_on_node("pause", "Stop a node in its tracks (SIGSTOP)", "  tallystick network pause n2",
                network::pause_node, kPaused);
    add_on_node("resume", "Let a paused node go on", "  tallystick network resume n2",
                network::resume_node, kResumed);
}

}  // namespace tally::cli
