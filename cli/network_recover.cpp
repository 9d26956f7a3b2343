#include <algorithm>
#include <optional>

#include "api/errc.h"
#include "base/wall_clock.h"
#include "cli/confirm.h"
#include "cli/network_options.h"
#include "cli/recover.h"
#include "network/commands.h"
#ifdef TALLY_CLI_HAS_PIPELINE
#include "cli/left_logs.h"
#include "cli/recover_checks.h"
#endif

namespace tally::cli {

#ifdef TALLY_CLI_HAS_PIPELINE
namespace {

using node::pipeline::NodeStanding;

struct Options {
    std::string dir = network::kDefaultNetworkFolder;
    RecoverWish wish;
    bool yes = false;
};

std::vector<LeftLog> look_at(const network::NetworkFolder& network) {
    std::vector<LeftLog> found;
    for (const network::NodeFolder& node : network.nodes()) {
        found.push_back(
            {&node, std::nullopt, node.fault, node::pipeline::node_traces(node.folder)});
        auto& marked = found.back().traces.marked;
        const auto& id = network.trust().network;
        if (marked && (marked->node != node.id || marked->network != id)) marked.reset();
        if (!node.fault.empty()) continue;
        auto standing = node::pipeline::node_standing(node.folder);
        if (standing) {
            found.back().standing = std::move(*standing);
        } else {
            found.back().problem = standing.error().context;
        }
    }
    return found;
}

/// Nothing to decide while a majority remembers, and the same.
Status needed(const network::NetworkFolder& network, const LeftLogs& left) {
    std::size_t remembering = 0;
    for (const LeftLog& log : left.logs()) {
        remembering += log.standing && !log.recovers() ? 1U : 0U;
        if (left.contradicts(log) || left.signed_other(log)) return {};
    }
    if (remembering < storage::majority_of(left.logs().size())) return {};
    return fail(api::errc::invalid_argument,
                std::to_string(remembering) + " of " + std::to_string(left.logs().size()) +
                    " nodes have forgotten nothing: the others recover by themselves; " +
                    network::command_on(network.path(), {"network", "up"}) + " starts them");
}

std::string question_of(const network::NetworkFolder& network, const LeftLogs& left,
                        bool was_wished) {
    std::string text;
    for (const LeftLog& log : left.logs()) {
        text += log.words();
        if (left.contradicts(log)) {
            text += "; its blocks from " +
                    std::to_string(log.standing->parts_from(*left.chosen().standing)) +
                    " on are other ones, and are set aside";
        } else if (const auto first = left.signed_other(log)) {
            text += "; it has signed another history from block " +
                    std::to_string(first->block.value) +
                    " on, and what it signed of that is set aside";
        }
        text += "\n";
    }
    return text + network.path() + ": go on from block " +
           std::to_string(left.chosen().standing->index) + " of " + left.chosen().node->name +
           (was_wished ? "" : ", the newest log that is left") +
           "? What was acknowledged after it is given up for good.";
}

/// Signed with every key that is here of a member that governs.
Result<node::RecoveryDocument> sign_with_all(const network::NetworkFolder& network,
                                             node::RecoveryManifest manifest) {
    node::RecoveryDocument document{std::move(manifest), {}};
    for (const network::NamedKey& key : network::named_keys(network.genesis())) {
        const auto governs = static_cast<std::uint16_t>(ledger::Role::governance);
        if ((key.member->roles & governs) == 0) continue;
        const auto secret = network.member_key(key.name);
        if (secret) document.sign(*secret);
    }
    if (!document.signatures.empty()) return document;
    return fail(api::errc::invalid_argument,
                network.keys_folder() +
                    ": has no key of a member that governs; let those who have them sign what "
                    "`tallystick recovery make` writes");
}

/// Where the nodes go on from, in a term that none of them has voted in.
Result<node::RecoveryDocument> decide(const network::NetworkFolder& network, const LeftLogs& left) {
    std::vector<std::uint32_t> nodes;
    NodeStanding from = *left.chosen().standing;
    for (const LeftLog& log : left.logs()) {
        if (left.goes_on(log)) nodes.push_back(log.standing->id);
        if (log.standing) from.voted_term = std::max(from.voted_term, log.standing->voted_term);
        if (log.traces.marked) {
            from.voted_term = std::max(from.voted_term, log.traces.marked->voted_term.value);
        }
    }
    return sign_with_all(network,
                         node::pipeline::recovery_from(from, std::move(nodes), wall_now()));
}

Status recover_one(const LeftLogs& left, const LeftLog& log, const node::RecoveryDocument& document,
                   std::vector<std::string>& set_aside) {
    const std::string& from = left.chosen().node->folder;
    if (left.contradicts(log)) {
        const std::uint64_t parts = log.standing->parts_from(*left.chosen().standing);
        const auto taken = node::pipeline::recover_node(
            log.node->folder, storage::TakenBlocks{from, consensus::Index(parts)});
        if (!taken) return taken.error();
        if (!taken->set_aside.empty()) set_aside.push_back(taken->set_aside);
        return node::pipeline::apply_recovery(log.node->folder, document);
    }
    if (!log.recovers()) {  // it has signed another history, and goes on in this one
        const auto ordered = node::pipeline::recover_node(log.node->folder);
        if (!ordered) return ordered.error();
    }
    if (&log != &left.chosen()) {
        const Status extended =
            node::pipeline::extend_log(log.node->folder, from, document.manifest);
        if (!extended) return extended;
    }
    return node::pipeline::apply_recovery(log.node->folder, document);
}

/// All that can be known is known before the first node is changed.
Status recover_all(const LeftLogs& left, const node::RecoveryDocument& document,
                   std::vector<std::string>& set_aside) {
    const Status is_signed = node::pipeline::check_signed(left.chosen().node->folder, document);
    if (!is_signed) return is_signed;
    for (const LeftLog& log : left.logs()) {
        if (!left.goes_on(log)) continue;
        const Status unused = node::pipeline::check_unused(log.node->folder, document);
        if (!unused) return unused;
    }
    for (const LeftLog& log : left.logs()) {
        if (!left.goes_on(log)) continue;
        if (Status done = recover_one(left, log, document, set_aside); !done) return done;
    }
    return {};
}

Exit run(const Options& options, Console& console) {
    const auto network = network::NetworkFolder::open(options.dir);
    if (!network) return console.fail(network.error());
    if (Status status = check_reachable(*network); !status) return console.fail(status.error());
    LeftLogs left(look_at(*network));
    if (Status status = left.check_readable(); !status) return console.fail(status.error());
    if (Status status = left.find(options.wish); !status) return console.fail(status.error());
    if (Status status = needed(*network, left); !status) return console.fail(status.error());
    const Status chosen = left.check(options.wish);
    if (!chosen) {
        for (const LeftLog& log : left.logs()) console.err << log.words() << "\n";
        return console.fail(chosen.error());
    }
    if (Status status = left.check_without(options.wish); !status) {
        return console.fail(status.error());
    }
    if (Status status = check_going_on(left); !status) return console.fail(status.error());
    const std::string question = question_of(*network, left, !options.wish.from.empty());
    // Whoever says yes beforehand is told what he says it to.
    if (options.yes) console.err << question << "\n";
    const Status agreed = confirm(console, options.yes, question);
    if (!agreed) return console.fail(agreed.error());
    const auto document = decide(*network, left);
    if (!document) return console.fail(document.error());
    std::vector<std::string> set_aside;
    const Status done = recover_all(left, *document, set_aside);
    if (!done || !console.json) {
        for (const std::string& folder : set_aside) {
            (done ? console.out : console.err) << aside_words(folder) << "\n";
        }
    }
    if (!done) return console.fail(done.error());
    if (console.json) {
        auto shown = recovery_json(*document);
        shown["set_aside"] = boost::json::array(set_aside.begin(), set_aside.end());
        console.print(shown);
    } else {
        console.out << recovery_words(document->manifest) << "\n"
                    << network::command_on(network->path(), {"network", "up"}) << " starts them\n";
    }
    return Exit::ok;
}

}  // namespace
#endif

void add_network_recover(const Command& network, Session& session) {
#ifdef TALLY_CLI_HAS_PIPELINE
    auto options = std::make_shared<Options>();
    const Command command =
        add_command(network, session, "recover",
                    "Go on from the newest log when too many nodes are recovering for a majority",
                    "  tallystick network recover --dir tallystick-net");
    add_dir_option(command, options->dir);
    command.option("--from", options->wish.from,
                   "The node whose history goes on, where the nodes hold different ones");
    command.option("--give-up-from", options->wish.give_up_from,
                   "The first block that is given up, where more is known to have been there");
    command.option("--without", options->wish.without,
                   "A node that is left out, because nothing of it is here; several times");
    add_yes_option(command, options->yes);
    on_chosen(command, session, options, run);
#else
    static_cast<void>(network);
    static_cast<void>(session);
#endif
}

}  // namespace tally::cli
