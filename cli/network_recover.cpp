#include <algorithm>
#include <optional>

#include "api/errc.h"
#include "base/wall_clock.h"
#include "cli/confirm.h"
#include "cli/network_options.h"
#include "cli/recover.h"
#include "network/commands.h"
#include "network/process.h"
#ifdef TALLY_CLI_HAS_PIPELINE
#include "node/pipeline/recover_node.h"
#endif

namespace tally::cli {

#ifdef TALLY_CLI_HAS_PIPELINE
namespace {

using node::pipeline::NodeStanding;

struct Options {
    std::string dir = network::kDefaultNetworkFolder;
    bool yes = false;
};

/// A node's folder, and what could be read from it.
struct Found {
    const network::NodeFolder* node;
    std::optional<NodeStanding> standing;
    std::string problem;  ///< without a standing
};

Result<std::vector<Found>> look_at(const network::NetworkFolder& network) {
    std::vector<Found> found;
    for (const network::NodeFolder& node : network.nodes()) {
        if (network::inspect(node).pid != 0) {
            return fail(api::errc::invalid_argument,
                        node.name + " runs; " +
                            network::command_on(network.path(), {"network", "down"}) +
                            " ends all of them first");
        }
        found.push_back({&node, std::nullopt, node.fault});
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

/// The longest log, as an election compares them; nothing where none can be read.
const Found* longest(const std::vector<Found>& found) {
    const Found* best = nullptr;
    for (const Found& one : found) {
        if (!one.standing) continue;
        const auto place = [](const Found& node) {
            return std::pair(node.standing->term, node.standing->index);
        };
        if (best == nullptr || place(one) > place(*best)) best = &one;
    }
    return best;
}

bool recovers(const Found& one) { return one.standing && !one.standing->recovering.empty(); }

/// Nothing to decide while a majority remembers.
Status needed(const network::NetworkFolder& network, const std::vector<Found>& found) {
    const auto remembering = static_cast<std::size_t>(std::ranges::count_if(
        found, [](const Found& one) { return one.standing && !recovers(one); }));
    if (remembering < found.size() / 2 + 1) return {};
    return fail(api::errc::invalid_argument,
                std::to_string(remembering) + " of " + std::to_string(found.size()) +
                    " nodes have forgotten nothing: the others recover by themselves; " +
                    network::command_on(network.path(), {"network", "up"}) + " starts them");
}

std::string question_of(const network::NetworkFolder& network, const std::vector<Found>& found,
                        const Found& best) {
    std::string text;
    for (const Found& one : found) {
        text += one.node->name + ": ";
        if (!one.standing) {
            text += "is left out, " + one.problem + "\n";
            continue;
        }
        text += "block " + std::to_string(one.standing->index) + " of term " +
                std::to_string(one.standing->term) +
                (recovers(one) ? ", " + one.standing->recovering : ", has forgotten nothing") +
                "\n";
    }
    return text + network.path() + ": go on from block " + std::to_string(best.standing->index) +
           " of " + best.node->name +
           ", the longest log that is left? What was acknowledged after it is given up for good.";
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

Status recover_one(const Found& one, const Found& best, const node::RecoveryDocument& document) {
    if (&one != &best) {
        const Status extended =
            node::pipeline::extend_log(one.node->folder, best.node->folder, document.manifest);
        if (!extended) return extended;
    }
    return node::pipeline::apply_recovery(one.node->folder, document);
}

Exit run(const Options& options, Console& console) {
    const auto network = network::NetworkFolder::open(options.dir);
    if (!network) return console.fail(network.error());
    const auto found = look_at(*network);
    if (!found) return console.fail(found.error());
    if (Status status = needed(*network, *found); !status) return console.fail(status.error());
    const Found* best = longest(*found);
    if (best == nullptr) {
        return console.fail(Exit::failed, "not_found",
                            network->path() + ": no node's blocks can be read");
    }
    const Status agreed = confirm(console, options.yes, question_of(*network, *found, *best));
    if (!agreed) return console.fail(agreed.error());
    std::vector<std::uint32_t> nodes;
    NodeStanding from = *best->standing;
    for (const Found& one : *found) {
        if (recovers(one)) nodes.push_back(one.standing->id);
        if (one.standing) from.voted_term = std::max(from.voted_term, one.standing->voted_term);
    }
    const auto document =
        sign_with_all(*network, node::pipeline::recovery_from(from, std::move(nodes), wall_now()));
    if (!document) return console.fail(document.error());
    for (const Found& one : *found) {
        if (!recovers(one)) continue;
        const Status done = recover_one(one, *best, *document);
        if (!done) return console.fail(done.error());
    }
    if (console.json) {
        console.print(recovery_json(*document));
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
                    "Go on from the longest log when too many nodes are recovering for a majority",
                    "  tallystick network recover --dir tallystick-net");
    add_dir_option(command, options->dir);
    add_yes_option(command, options->yes);
    on_chosen(command, session, options, run);
#else
    static_cast<void>(network);
    static_cast<void>(session);
#endif
}

}  // namespace tally::cli
