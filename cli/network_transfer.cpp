#include <chrono>

#include "cli/network_options.h"
#include "cli/session.h"
#include "network/transfer.h"

namespace tally::cli {
namespace {

struct Options {
    std::string dir = network::kDefaultNetworkFolder;
    std::string node;  ///< empty: whoever keeps up best
    std::uint32_t timeout_s = 10;
};

Exit run_transfer(const Options& options, Console& console) {
    const auto network = network::NetworkFolder::open(options.dir);
    if (!network) return console.fail(network.error());
    std::string to;
    if (!options.node.empty()) {
        const auto node = find_node(*network, options.node);
        if (!node) return console.fail(node.error());
        to = (*node)->name;
    }
    const auto change =
        network::transfer_leader(*network, to, std::chrono::seconds(options.timeout_s));
    if (!change) return console.fail(change.error());
    if (console.json) {
        console.print(boost::json::object{{"from", change->from}, {"to", change->to}});
    } else if (change->from == change->to) {
        console.out << change->to << " leads already\n";
    } else {
        console.out << change->to << " leads now; " << change->from << " did before\n";
    }
    return Exit::ok;
}

}  // namespace

void add_network_transfer(const Command& network, Session& session) {
    auto options = std::make_shared<Options>();
    const Command command =
        add_command(network, session, "transfer-leader",
                    "Have the leader hand its lead over, without waiting for an election",
                    "  tallystick network transfer-leader n2");
    add_dir_option(command, options->dir);
    command.option("NODE,--node", options->node,
                   "Name or number of who shall lead; whoever keeps up best without");
    command.option("--timeout", options->timeout_s, "Seconds that it waits")
        .range(1, 600)
        .show_default();
    on_chosen(command, session, options, run_transfer);
}

}  // namespace tally::cli
