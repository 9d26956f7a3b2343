#include "cli/network_options.h"
#include "client/trust.h"
#include "network/node_folders.h"

namespace tally::cli {
namespace {

struct Options {
    std::string dir = network::kDefaultNetworkFolder;
    std::string genesis;  ///< empty: that of `dir`
};

Exit run_trust(const Options& options, Console& console) {
    const std::string path =
        options.genesis.empty() ? options.dir + "/genesis.bin" : options.genesis;
    const auto bytes = network::read_network_bytes(path);
    if (!bytes) return console.fail(bytes.error());
    const auto genesis = ledger::Genesis::decode(*bytes);
    if (!genesis) {
        return console.fail(
            Error{genesis.error().code, path + ": is no genesis: " + genesis.error().context});
    }
    const std::string text = client::NetworkTrust::of(*genesis).encode();
    if (console.json) {
        console.print(boost::json::object{{"trust", text}});
    } else {
        console.out << text;
    }
    return Exit::ok;
}

}  // namespace

void add_network_trust(const Command& network, Session& session) {
    auto options = std::make_shared<Options>();
    const Command command = add_command(
        network, session, "trust", "Print the network.pub of a genesis.bin that you trust",
        "  tallystick network trust tallystick-net/genesis.bin > network.pub");
    add_dir_option(command, options->dir);
    command.option("GENESIS", options->genesis, "A copy of genesis.bin, such as a node's");
    on_chosen(command, session, options, run_trust);
}

}  // namespace tally::cli
