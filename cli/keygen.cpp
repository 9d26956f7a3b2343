#include <filesystem>

#include "cli/session.h"
#include "cli/shell.h"
#include "crypto/base64.h"
#include "crypto/ed25519.h"
#include "ledger/genesis.h"
#include "ledger/governance.h"
#include "ledger/transaction_words.h"
#include "node/keys.h"

namespace tally::cli {
namespace {

struct Options {
    std::string path;
};

Exit run(const Options& options, Console& console) {
    for (const std::string_view ending : {".key", ".pub"}) {
        if (!options.path.ends_with(ending)) continue;
        const std::string plain = options.path.substr(0, options.path.size() - ending.size());
        return console.fail(Exit::usage, "usage",
                            options.path + ": PATH is without the ending; `" +
                                shell_command({"keygen", plain}) + "` makes " + plain +
                                ".key and " + plain + ".pub");
    }
    const crypto::SecretKey key = crypto::SecretKey::generate();
    const std::string secret = options.path + ".key";
    const std::string open = options.path + ".pub";
    Status written = node::write_secret_key(secret, key);
    if (!written) return console.fail(written.error());
    written = node::write_public_key(open, key.public_key());
    if (!written) {
        // A secret without its public half would only be in the way of the next try.
        std::error_code ignored;
        std::filesystem::remove(secret, ignored);
        return console.fail(written.error());
    }
    const std::string text = crypto::to_base64(key.public_key().view());
    if (console.json) {
        console.print(boost::json::object{{"secret", secret}, {"public", open}, {"key", text}});
    } else {
        print_fields(console.out, {{"secret", secret + " (readable by you alone; keep a copy)"},
                                   {"public", open},
                                   {"key", text}});
    }
    return Exit::ok;
}

struct ClaimOptions {
    std::string path;
    std::string member;
};

/// For whoever writes the MEMBER_ADD or KEY_ROTATE: what its `keys` has of this key.
Exit run_claim(const ClaimOptions& options, Console& console) {
    if (!ledger::is_member_name(options.member)) {
        return console.fail(Exit::usage, "usage",
                            "--member " + options.member + ": is not 1 to 64 of a-z, 0-9 and -");
    }
    const auto key = node::read_secret_key(options.path);
    if (!key) return console.fail(key.error());
    const auto claim = ledger::claim_key(ledger::member_id_of(options.member), *key);
    console.print(boost::json::object{{"suite", ledger::word_of(claim.suite)},
                                      {"key", crypto::to_base64(claim.key.view())},
                                      {"possession", crypto::to_base64(claim.possession.view())}});
    return Exit::ok;
}

}  // namespace

void add_claim_key(const Command& program, Session& session) {
    auto options = std::make_shared<ClaimOptions>();
    const Command command = add_command(
        program, session, "claim-key",
        "Prove that you have a key, for those who add it to a member; prints JSON",
        "  tallystick claim-key bank-2.key --member bank-2     # goes into \"keys\" of MEMBER_ADD");
    command.option("KEY", options->path, "The secret key's file").required();
    command.option("--member", options->member, "Name of the member that the key shall be of")
        .required();
    on_chosen(command, session, options, run_claim);
}

void add_keygen(const Command& program, Session& session) {
    auto options = std::make_shared<Options>();
    const Command command =
        add_command(program, session, "keygen", "Make a signing key (Ed25519)",
                    "  tallystick keygen lender     # lender.key and lender.pub");
    command.option("PATH", options->path, "Where: PATH.key and PATH.pub are written").required();
    on_chosen(command, session, options, run);
}

}  // namespace tally::cli
