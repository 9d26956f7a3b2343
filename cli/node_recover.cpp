// The ways back of one node.
#include <optional>

#include "cli/recover.h"
#ifdef TALLY_CLI_HAS_PIPELINE
#include "cli/left_logs.h"
#include "node/pipeline/recover_node.h"
#endif

namespace tally::cli {
namespace {

#ifdef TALLY_CLI_HAS_PIPELINE
struct Options {
    std::string dir;
    std::string manifest;
    std::string blocks;
    std::optional<std::uint64_t> give_up_from;
};

Exit run_ordered(const Options& options, Console& console) {
    std::optional<storage::TakenBlocks> taken;
    if (!options.blocks.empty()) {
        taken.emplace();
        taken->folder = options.blocks;
        if (options.give_up_from) taken->give_up_from = consensus::Index(*options.give_up_from);
    }
    const auto done = node::pipeline::recover_node(options.dir, taken);
    if (!done) return console.fail(done.error());
    if (console.json) {
        console.print(boost::json::object{{"dir", options.dir},
                                          {"kept", done->kept.value},
                                          {"taken", done->kept.value - done->own_kept.value},
                                          {"damage", done->damage},
                                          {"signing_set_aside", done->signing_set_aside},
                                          {"set_aside", done->set_aside}});
        return Exit::ok;
    }
    if (!done->damage.empty()) console.out << "its blocks are damaged: " << done->damage << "\n";
    if (!done->set_aside.empty()) console.out << aside_words(done->set_aside) << "\n";
    if (done->signing_set_aside) {
        console.out << "what it had signed of another history is set aside, and kept in its "
                       "folder\n";
    }
    console.out << options.dir << ": blocks up to " << done->own_kept.value
                << " are good and stay; ";
    if (done->kept > done->own_kept) {
        console.out << "those up to " << done->kept.value << " are taken from " << options.blocks
                    << "; ";
    }
    console.out << "once started it recovers: it gets the others from its peers, as far as those "
                   "can be read, and counts in no quorum until it has them\n";
    return Exit::ok;
}

/// Whoever made the manifest may not have known what this node's mark and checkpoints show.
Status check_manifest_losses(const Options& options, const node::RecoveryManifest& manifest) {
    const auto end = node::pipeline::node_standing(options.dir);
    if (!end) return end.error();
    const bool ends_there = end->index == manifest.index.value && end->term == manifest.term.value;
    if (!ends_there) return {};  // refused for that
    auto traces = node::pipeline::node_traces(options.dir);
    if (traces.marked && traces.marked->network != end->network) traces.marked.reset();
    const auto shown = shown_beside(*end, traces, options.dir);
    if (!shown) return shown.error();
    std::string losses = shown->lacks;
    if (!shown->differs.empty()) losses += (losses.empty() ? "" : "; ") + shown->differs;
    return check_given_up(losses, manifest.index.value, options.give_up_from);
}

Exit run_by_manifest(const Options& options, Console& console) {
    const auto document = node::read_recovery_document(options.manifest);
    if (!document) return console.fail(document.error());
    const Status said = check_manifest_losses(options, document->manifest);
    if (!said) return console.fail(said.error());
    const Status applied = node::pipeline::apply_recovery(options.dir, *document);
    if (!applied) return console.fail(applied.error());
    if (console.json) {
        console.print(recovery_json(*document));
    } else {
        console.out << options.dir << ": a voter again: " << recovery_words(document->manifest)
                    << "\n";
    }
    return Exit::ok;
}

Exit run(const Options& options, Console& console) {
    if (options.blocks.empty() && options.manifest.empty() && options.give_up_from) {
        return console.fail(Exit::usage, "usage", "--give-up-from needs --blocks or --manifest");
    }
    const Status home = node::pipeline::check_at_home(options.dir);
    if (!home) return console.fail(home.error());
    return options.manifest.empty() ? run_ordered(options, console)
                                    : run_by_manifest(options, console);
}
#endif

}  // namespace

void add_node_recover(const Command& node, Session& session,
                      const std::shared_ptr<std::function<Exit(Console&)>>& chosen) {
#ifdef TALLY_CLI_HAS_PIPELINE
    auto options = std::make_shared<Options>();
    const Command recover = add_command(
        node, session, "recover",
        "Turn the folder of a node that lost its blocks or its mark into one that recovers",
        "  tallystick node recover --dir tallystick-net/n1\n"
        "  tallystick node recover --dir tallystick-net/n2 --blocks tallystick-net/n1\n"
        "  tallystick node recover --dir tallystick-net/n1 --manifest recovery.json");
    recover.option("--dir", options->dir, "The node's folder; the node must not run").required();
    recover.option("--manifest", options->manifest,
                   "Signed by those who govern: go on from the block that it names");
    recover.option("--blocks", options->blocks,
                   "Folder of another node that does not run, or a copy of its blocks/: take from "
                   "there what this one lacks");
    recover.option(
        "--give-up-from", options->give_up_from,
        "With --blocks: the first block of its own that is set aside for another one, or "
        "at which it has signed another history than that one; with --manifest: the first block "
        "that is given up, where this node shows more");
    recover.on_chosen([chosen, options] {
        *chosen = [options](Console& console) { return run(*options, console); };
    });
#else
    static_cast<void>(node);
    static_cast<void>(session);
    static_cast<void>(chosen);
#endif
}

}  // namespace tally::cli
