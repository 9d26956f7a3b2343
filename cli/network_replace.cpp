// A node whose folder is lost, made anew.
#include <chrono>
#include <optional>

#include "cli/confirm.h"
#include "cli/network_options.h"
#include "cli/session.h"
#include "network/commands.h"
#include "network/network_lock.h"
#include "network/replace_node.h"
#ifdef TALLY_CLI_HAS_PIPELINE
#include "node/pipeline/recover_node.h"
#endif

namespace tally::cli {

#ifdef TALLY_CLI_HAS_PIPELINE
namespace {

struct Options {
    std::string dir = network::kDefaultNetworkFolder;
    network::ReplaceOptions wish;
    bool yes = false;
};

Exit run(const Options& options, Console& console) {
    const auto network = network::NetworkFolder::open(options.dir);
    if (!network) return console.fail(network.error());
    const auto node = find_node(*network, options.wish.node);
    if (!node) return console.fail(node.error());
    const Status agreed = confirm(
        console, options.yes,
        (*node)->name + ": make its folder anew in " + (*node)->folder +
            "? The lost one must never be started again: two processes under one node's keys are "
            "two histories.");
    if (!agreed) return console.fail(agreed.error());
    // An `up` beside this would find half a folder.
    const auto lock = network::NetworkLock::take(
        network->path(), std::chrono::steady_clock::now() + network::kLockTimeout);
    if (!lock) return console.fail(lock.error());
    network::ReplaceOptions wish = options.wish;
    wish.node = (*node)->name;
    const auto made = network::replace_node(*network, wish);
    if (!made) return console.fail(made.error());
    // It has promised what nobody remembers: until this is on record it does not start.
    const auto recovers = node::pipeline::recover_node(made->folder, std::nullopt);
    if (!recovers) return console.fail(recovers.error());
    if (console.json) {
        console.print(boost::json::object{{"node", made->name},
                                          {"dir", made->folder},
                                          {"api", made->api_listen},
                                          {"peer", made->peer_listen}});
        return Exit::ok;
    }
    console.out << made->name << ": made anew in " << made->folder << ", API on "
                << made->api_listen << ", peers on " << made->peer_listen
                << "; once started it recovers: it gets its blocks from the others, and counts in "
                   "no quorum until it has them\n"
                << network::command_on(network->path(), {"network", "up", "--node", made->name})
                << " starts it\n";
    return Exit::ok;
}

}  // namespace
#endif

void add_network_replace(const Command& network, Session& session) {
#ifdef TALLY_CLI_HAS_PIPELINE
    auto options = std::make_shared<Options>();
    const Command command = add_command(
        network, session, "replace-node",
        "Make the lost folder of a node anew, of a copy of its keys and of what the others have",
        "  tallystick network replace-node n2 --keys /safe/n2/keys");
    add_dir_option(command, options->dir);
    command.option("NODE,--node", options->wish.node, "Name or number").required();
    command.option("--keys", options->wish.keys,
                   "Copy of the node's keys/; without: it was put back in the node's folder");
    command.option("--api", options->wish.api_listen,
                   "Where its API listens, a loopback address with a port; without: by the other "
                   "nodes' addresses, or on a free port");
    add_yes_option(command, options->yes);
    on_chosen(command, session, options, run);
#else
    static_cast<void>(network);
    static_cast<void>(session);
#endif
}

}  // namespace tally::cli
