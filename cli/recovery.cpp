// The manifest that those who govern sign when too many nodes have forgotten: made where the
// newest log is, signed by one after the other, and handed to every node that it names.
#include <optional>

#include "base/hex.h"
#include "base/wall_clock.h"
#include "cli/confirm.h"
#include "cli/recover.h"
#include "cli/target.h"
#include "cli/whole_file.h"
#include "node/keys.h"
#ifdef TALLY_CLI_HAS_PIPELINE
#include "cli/left_logs.h"
#endif

namespace tally::cli {
std::string recovery_words(const node::RecoveryManifest& manifest) {
    std::string nodes;
    for (const auto node : manifest.nodes) {
        nodes += (nodes.empty() ? "" : ", ") + std::to_string(node);
    }
    return "nodes " + nodes + " go on from block " + std::to_string(manifest.index.value) +
           " of term " + std::to_string(manifest.term.value) + ", " + to_hex(manifest.hash.view()) +
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

Status write_recovery(const std::string& path, const node::RecoveryDocument& document) {
    return write_whole(path, node::encode_recovery_document(document), Readers::everybody);
}

namespace {

struct SignOptions {
    std::string file;
    std::string key;
    bool yes = false;
};

Exit run_sign(const SignOptions& options, Console& console) {
    auto document = node::read_recovery_document(options.file);
    if (!document) return console.fail(document.error());
    const std::string words = recovery_words(document->manifest);
    if (options.key.empty()) {
        if (console.json) {
            console.print(recovery_json(*document));
        } else {
            console.out << options.file << ": " << words << "; "
                        << std::to_string(document->signatures.size()) << " signatures\n";
        }
        return Exit::ok;
    }
    const auto key = node::read_secret_key(options.key);
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
    if (console.json) {
        console.print(recovery_json(*document));
    } else {
        console.out << options.file << ": signed, " << document->signatures.size()
                    << " signatures\n";
    }
    return Exit::ok;
}

#ifdef TALLY_CLI_HAS_PIPELINE
struct MakeOptions {
    std::string dir;
    std::vector<std::string> nodes;
    std::string out;
    std::optional<std::uint64_t> give_up_from;
};

Exit run_make(const MakeOptions& options, Console& console) {
    const auto standing = node::pipeline::node_standing(options.dir);
    if (!standing) return console.fail(standing.error());
    const auto traces = node::pipeline::node_traces(options.dir);
    auto losses = lacks_certified(options.dir, {});
    if (!losses) return console.fail(losses.error());
    const std::string marked = lacks_marked(*standing, traces, options.dir);
    if (!marked.empty()) *losses = marked + (losses->empty() ? "" : "; " + *losses);
    const Status said = check_given_up(*losses, standing->index, options.give_up_from);
    if (!said) return console.fail(said.error());
    std::vector<std::uint32_t> nodes;
    for (const std::string& name : options.nodes) {
        const std::string number = name.starts_with('n') ? name.substr(1) : name;
        if (number.empty() || number.size() > 2 ||
            number.find_first_not_of("0123456789") != std::string::npos) {
            return console.fail(Exit::usage, "usage", "--node " + name + ": is no node's number");
        }
        nodes.push_back(static_cast<std::uint32_t>(std::stoul(number)));
    }
    node::RecoveryDocument document;
    document.manifest = node::pipeline::recovery_from(*standing, std::move(nodes), wall_now());
    // One that is there may have signatures.
    const Status written =
        write_new(options.out, node::encode_recovery_document(document), Readers::everybody);
    if (!written) return console.fail(written.error());
    if (console.json) {
        console.print(recovery_json(document));
    } else {
        console.out << options.out << ": " << recovery_words(document.manifest)
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
                "Secret key file of a member that governs; without: only show");
    add_yes_option(sign, signs->yes);
    on_chosen(sign, session, signs, run_sign);
}

}  // namespace tally::cli
