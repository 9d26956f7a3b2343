#include <filesystem>

#include "cli/session.h"
#include "crypto/base64.h"
#include "crypto/ed25519.h"
#include "node/keys.h"

namespace tally::cli {
namespace {

struct Options {
    std::string path;
};

Exit run(const Options& options, Console& console) {
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

}  // namespace

void add_keygen(const Command& program, Session& session) {
    auto options = std::make_shared<Options>();
    const Command command =
        add_command(program, session, "keygen", "Make a signing key (Ed25519)",
                    "  tallystick keygen lender     # lender.key and lender.pub");
    command.option("PATH", options->path, "Where: PATH.key and PATH.pub are written").required();
    on_chosen(command, session, options, run);
}

}  // namespace tally::cli
