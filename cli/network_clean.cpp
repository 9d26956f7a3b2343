#include <algorithm>

#include "cli/confirm.h"
#include "cli/network_options.h"
#include "network/process.h"

namespace tally::cli {
namespace {

struct Options {
    std::string dir = network::kDefaultNetworkFolder;
    bool yes = false;
};

std::string question_of(const network::NetworkFolder& network) {
    const auto running = std::ranges::count_if(
        network.nodes(),
        [](const network::NodeFolder& node) { return network::inspect(node).pid != 0; });
    return network.path() + ": remove the network " + network.genesis().name + ", its " +
           std::to_string(network.nodes().size()) + " nodes (" + std::to_string(running) +
           " running), their data and all members' keys, for good?";
}

Exit report(const Options& options, Console& console) {
    if (console.json) {
        console.print(boost::json::object{{"removed", options.dir}});
    } else {
        console.out << "removed " << options.dir << "\n";
    }
    return Exit::ok;
}

Exit run_clean(const Options& options, Console& console) {
    const auto network = network::NetworkFolder::open_to_remove(options.dir);
    if (!network) {
        const auto ended = network::end_removal(options.dir);
        if (!ended) return console.fail(ended.error());
        if (*ended) return report(options, console);
        return console.fail(network::with_running(
            options.dir,
            Error{network.error().code, network.error().context + "; nothing was removed"}));
    }
    const Status cleanable = network::network_cleanable(*network);
    if (!cleanable) return console.fail(cleanable.error());
    const Status agreed = confirm(console, options.yes, question_of(*network));
    if (!agreed) return console.fail(agreed.error());
    const Status cleaned = network::network_clean(options.dir);
    return cleaned ? report(options, console) : console.fail(cleaned.error());
}

}  // namespace

void add_network_clean(const Command& network, Session& session) {
    auto options = std::make_shared<Options>();
    const Command command =
        add_command(network, session, "clean", "Stop all nodes and remove the network for good",
                    "  tallystick network clean --yes");
    add_dir_option(command, options->dir);
    add_yes_option(command, options->yes);
    on_chosen(command, session, options, run_clean);
}

}  // namespace tally::cli
