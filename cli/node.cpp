#include "cli/recover.h"
#include "cli/session.h"
#ifdef TALLY_CLI_HAS_PIPELINE
#include "node/pipeline/run_node.h"
#endif

namespace tally::cli {
namespace {

struct Options {
    std::string config;
    std::shared_ptr<std::function<Exit(Console&)>> other;  ///< empty: run the node
};

Exit run(const Options& options, Console& console) {
    if (*options.other) return (*options.other)(console);
    if (options.config.empty()) {
        return console.fail(Exit::usage, "usage",
                            "--config is required; see `tallystick node --help`");
    }
#ifdef TALLY_CLI_HAS_PIPELINE
    console.out.flush();
    return static_cast<Exit>(node::pipeline::run_node(options.config));
#else
    return console.fail(Exit::failed, "bad_config",
                        options.config + ": this build has no node in it");
#endif
}

}  // namespace

void add_node(const Command& program, Session& session) {
    auto options = std::make_shared<Options>();
    options->other = std::make_shared<std::function<Exit(Console&)>>();
    const Command command =
        add_command(program, session, "node", "Run one node until SIGTERM or SIGINT",
                    "  tallystick node --config tallystick-net/n1/node.toml");
    command.option("--config", options->config, "The node's node.toml");
    add_node_recover(command, session, options->other);
    on_chosen(command, session, options, run);
}

}  // namespace tally::cli
