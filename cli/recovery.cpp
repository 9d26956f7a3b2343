// The manifest that those who govern sign when too many nodes have forgotten: made where the
// newest log is, signed by one after the other, and handed to every node that it names.
#include <algorithm>
#include <optional>

#include "base/hex.h"
#include "base/presence.h"
#include "base/wall_clock.h"
#include "cli/confirm.h"
#include "cli/recover.h"
#include "cli/recovery_signatures.h"
#include "cli/shell.h"
#include "cli/target.h"
#include "cli/whole_file.h"
#include "node/keys.h"
#ifdef TALLY_CLI_HAS_PIPELINE
#include "api/errc.h"
#include "cli/left_logs.h"
#include "storage/audit_source.h"
#endif

namespace tally::cli {
std::string recovery_words(const node::RecoveryManifest& manifest) {
    std::string nodes;
    for (const auto node : manifest.nodes) {
        nodes += (nodes.empty() ? "" : ", ") + std::to_string(node);
    }
    const bool one = manifest.nodes.size() == 1;
    return (one ? "node " + nodes + " goes" : "nodes " + nodes + " go") + " on from block " +
           std::to_string(manifest.index.value) + " of term " +
           std::to_string(manifest.term.value) + ", " + to_hex(manifest.hash.view()) +
           ", in network " + to_hex(manifest.network.view());
}

boost::json::object recovery_json(const node::RecoveryDocument& document) {
    boost::json::array nodes;
    for (const auto node : document.manifest.nodes) nodes.emplace_back(node);
    return {{"block", document.manifest.index.value},
            {"term", document.manifest.term.value},
            {"hash", to_hex(document.manifest.hash.view())},
            {"nodes", std::move(nodes)},
            {"signatures", document.signatures.size()}};
}

std::string aside_words(const std::string& folder) {
    return "the old blocks are kept in " + folder + "; `" +
           shell_command({"audit", absolute_name(folder)}) + "` audits them";
}

Status write_recovery(const std::string& path, const node::RecoveryDocument& document) {
    return write_whole(path, node::encode_recovery_document(document), Readers::everybody);
}

namespace {

struct SignOptions {
    Target target;
    std::string file;
    std::string key;
    bool yes = false;
};

/// What is signed so far and what that counts for, where the network is known here.
void show_signatures(const SignOptions& options, Console& console,
                     const node::RecoveryDocument& document, const std::string& begin) {
    const auto trust = trust_of(options.target);
    const bool known = trust && trust->network == document.manifest.network;
    const auto found = known ? signatures_of(document, trust->genesis) : RecoverySignatures{};
    if (console.json) {
        boost::json::object shown = recovery_json(document);
        if (known) {
            shown["signed_by"] = boost::json::array(found.by.begin(), found.by.end());
            shown["lacking"] = boost::json::array(found.lacking.begin(), found.lacking.end());
            shown["needed"] = found.needed;
        }
        return console.print(shown);
    }
    const std::size_t count = document.signatures.size();
    console.out << options.file << ": " << begin << std::to_string(count)
                << (count == 1 ? " signature; " : " signatures; ");
    if (known) {
        console.out << found.words(options.file) << "\n";
    } else {
        console.out << "more than half of the members that govern are needed, by the book of each "
                       "node (`tallystick governance`); --trust NETWORK.PUB says who is missing\n";
    }
}

Exit run_sign(const SignOptions& options, Console& console) {
    auto document = node::read_recovery_document(options.file);
    if (!document) return console.fail(document.error());
    const std::string words = recovery_words(document->manifest);
    if (options.key.empty()) {
        show_signatures(options, console, *document, words + "; ");
        return Exit::ok;
    }
    // A path that leads nowhere is named as it was given.
    const std::string own = key_path(options.key, options.target);
    const auto named = is_there(own);
    const auto key = node::read_secret_key(named && *named ? own : options.key);
    if (!key) return console.fail(key.error());
    const Status agreed =
        confirm(console, options.yes,
                options.file + ": " + words +
                    ", and what anybody else may have acknowledged after that block is given up. "
                    "Sign this?");
    if (!agreed) return console.fail(agreed.error());
    document->sign(*key);
    const Status written = write_recovery(options.file, *document);
    if (!written) return console.fail(written.error());
    show_signatures(options, console, *document, "signed, ");
    return Exit::ok;
}

#ifdef TALLY_CLI_HAS_PIPELINE
struct MakeOptions {
    std::string dir;
    std::vector<std::string> nodes;
    std::string out;
    std::optional<std::uint64_t> give_up_from;
};

/// The node of the network that is meant: `2`, `n2`.
const ledger::GenesisNode* node_named(const std::string& name, const ledger::Genesis& genesis) {
    const auto found = std::ranges::find_if(genesis.nodes, [&name](const auto& node) {
        return node.name == name || std::to_string(node.id) == name;
    });
    return found == genesis.nodes.end() ? nullptr : &*found;
}

std::string all_names(const ledger::Genesis& genesis) {
    std::vector<std::string> names;
    for (const auto& node : genesis.nodes) names.push_back(node.name);
    return joined(names);
}

/// A manifest that cannot be what is meant would be signed by several before a node refuses it.
Result<std::vector<std::uint32_t>> named_nodes(const std::vector<std::string>& names,
                                               const ledger::Genesis& genesis) {
    std::vector<std::uint32_t> nodes;
    for (const std::string& name : names) {
        const ledger::GenesisNode* node = node_named(name, genesis);
        if (node == nullptr) {
            return fail(
                api::errc::invalid_argument,
                "--node " + name + ": no node of this network, which has " + all_names(genesis));
        }
        if (std::ranges::find(nodes, node->id) != nodes.end()) {
            return fail(api::errc::invalid_argument,
                        "--node " + name + ": " + node->name + " is named twice; name each once");
        }
        nodes.push_back(node->id);
    }
    return nodes;
}

/// One that recovers, and whose log is the one to go on from, must not be left out of it. One that
/// has forgotten nothing is let go by none.
Status names_its_own(const std::vector<std::uint32_t>& nodes,
                     const node::pipeline::NodeStanding& standing, const ledger::Genesis& genesis,
                     const std::string& dir) {
    const bool named = std::ranges::find(nodes, standing.id) != nodes.end();
    const bool recovers = !standing.recovering.empty();
    if (named == recovers) return {};
    const ledger::GenesisNode* own = genesis.node(standing.id);
    const std::string whose = dir + " is the folder of " +
                              (own == nullptr ? "node " + std::to_string(standing.id) : own->name);
    return fail(api::errc::invalid_argument,
                recovers
                    ? whose + ", which recovers as the others do and is not named: add `--node " +
                          std::to_string(standing.id) + "`"
                    : whose +
                          ", which has forgotten nothing and needs no manifest: leave out "
                          "`--node " +
                          std::to_string(standing.id) + "`, and name those that recover");
}

/// Who is not named goes on only if it has forgotten nothing, which cannot be seen from here.
std::string others_words(const node::RecoveryManifest& manifest, const ledger::Genesis& genesis) {
    const std::size_t needed = storage::majority_of(genesis.nodes.size());
    const std::size_t named = manifest.nodes.size();
    if (named >= needed) return {};
    return "; that alone is no majority, which takes " + std::to_string(needed) + " of " +
           std::to_string(genesis.nodes.size()) + ": at least " + std::to_string(needed - named) +
           " of the other nodes must have forgotten nothing";
}

Exit run_make(const MakeOptions& options, Console& console) {
    const Status home = node::pipeline::check_at_home(options.dir);
    if (!home) return console.fail(home.error());
    const auto genesis = storage::read_genesis(options.dir);
    if (!genesis) return console.fail(genesis.error());
    auto nodes = named_nodes(options.nodes, *genesis);
    if (!nodes) return console.fail(nodes.error());
    const auto standing = node::pipeline::node_standing(options.dir);
    if (!standing) return console.fail(standing.error());
    Status named = names_its_own(*nodes, *standing, *genesis, options.dir);
    if (!named) return console.fail(named.error());
    const auto traces = node::pipeline::node_traces(options.dir);
    const auto shown = shown_beside(*standing, traces, options.dir);
    if (!shown) return console.fail(shown.error());
    if (!shown->differs.empty()) {
        return console.fail(fail(api::errc::invalid_argument,
                                 options.dir +
                                     ": its log cannot be gone on from: " + shown->differs + "; `" +
                                     shell_command({"audit", absolute_name(options.dir)}) +
                                     "` says more. Make the manifest where a log passes"));
    }
    const Status said = check_given_up(shown->lacks, standing->index, options.give_up_from);
    if (!said) return console.fail(said.error());
    node::RecoveryDocument document;
    document.manifest = node::pipeline::recovery_from(*standing, *std::move(nodes), wall_now());
    // One that is there may have signatures.
    const Status written =
        write_new(options.out, node::encode_recovery_document(document), Readers::everybody);
    if (!written) return console.fail(written.error());
    if (console.json) {
        console.print(recovery_json(document));
    } else {
        console.out << options.out << ": " << recovery_words(document.manifest)
                    << others_words(document.manifest, *genesis)
                    << "; now those who govern sign it: `tallystick recovery sign " << options.out
                    << " --key KEY-FILE`\n";
    }
    return Exit::ok;
}
#endif

}  // namespace

void add_recovery(const Command& program, Session& session) {
    const Command recovery =
        program.subcommand("recovery", "Let nodes go on when too many of them have forgotten");
    recovery.require_subcommand();
    recovery.footer("Example:\n  tallystick recovery sign recovery.json --key lender.key");
#ifdef TALLY_CLI_HAS_PIPELINE
    auto made = std::make_shared<MakeOptions>();
    const Command make = add_command(
        recovery, session, "make", "Write a manifest that goes on from a node's last block",
        "  tallystick recovery make --dir net/n1 --node 1 --node 2 --node 3 --out recovery.json");
    make.option("--dir", made->dir, "Folder of the node with the newest log; it must not run")
        .required();
    make.option("--node", made->nodes, "A node that goes on from there; several times").required();
    make.option("--out", made->out, "The file to write").required();
    make.option("--give-up-from", made->give_up_from,
                "The first block that is given up, where more is known to have been there");
    on_chosen(make, session, made, run_make);
#endif
    auto signs = std::make_shared<SignOptions>();
    const Command sign =
        add_command(recovery, session, "sign", "Show a manifest, and add a signature to it",
                    "  tallystick recovery sign recovery.json\n"
                    "  tallystick recovery sign recovery.json --key lender.key");
    sign.option("FILE", signs->file, "The manifest").required();
    sign.option("--key", signs->key,
                "Key of a member that governs: the name of one in DIR/keys, or the path of a key "
                "file; without: only show");
    add_dir_option(sign, signs->target.dir);
    add_trust_option(sign, signs->target);
    add_yes_option(sign, signs->yes);
    on_chosen(sign, session, signs, run_sign);
}

}  // namespace tally::cli
