#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "api/transaction_json.h"
#include "base/result.h"
#include "cli/command.h"
#include "client/client.h"
#include "client/trust.h"
#include "crypto/ed25519.h"
#include "ledger/submission.h"
#include "network/network_folder.h"

namespace tally::cli {

/// Which network a command is about, and how long it may take.
struct Target {
    std::string dir = network::kDefaultNetworkFolder;
    std::vector<std::string> urls;  ///< instead of the nodes of `dir`
    std::string trust;              ///< instead of dir/network.pub
    std::uint32_t timeout_s = 10;
};

/// --dir alone, for commands about the folder itself.
void add_dir_option(const Command& command, std::string& dir);
/// --dir, --url and --timeout.
void add_target_options(const Command& command, Target& target);
/// --trust as well.
void add_trust_option(const Command& command, Target& target);
/// `--local`: what the node itself has.
void add_local_option(const Command& command, bool& local);

/// The options of the same target, for a command to run next. `timeout_default` is what the command
/// does not have to be told.
std::vector<std::string> target_words(const Target& target, std::uint32_t timeout_default);

/// The same for a command that may be run from another folder.
std::vector<std::string> target_words_anywhere(Target target, std::uint32_t timeout_default);

/// A client of the target's nodes; every call ends within its timeout. Where there is a trust file,
/// an answer of a node that serves another network than it names counts for nothing.
Result<client::Client> connect(const Target& target);
/// What to verify against: the trust file named, or that of the folder. Never a node's word.
Result<client::NetworkTrust> trust_of(const Target& target);
/// The path of that file.
std::string trust_path(const Target& target);

/// A key that signs, with the member it belongs to.
struct Signer {
    std::string name;      ///< of the member
    std::string key_name;  ///< in the genesis: `lender-2`
    ledger::MemberId member;
    std::uint16_t roles = 0;
    crypto::SecretKey key;
};
/// The file of a key that is named by its path, or as a key of the folder's network.
std::string key_path(const std::string& name, const Target& target);
/// Each of `names` is the path of a key file, or the name of a key in DIR/keys (`lender` is that
/// member's first, `lender-2` its second); the genesis says whose it is. A member may sign with
/// several keys, each once. Fails with bad_config or invalid_argument naming the key.
Result<std::vector<Signer>> load_signers(const std::vector<std::string>& names,
                                         const Target& target, const ledger::Genesis& genesis);
std::vector<ledger::SigningKey> signing_keys(const std::vector<Signer>& signers);

/// `dev-3 (3f9a01c2)`: many networks have one name, so the beginning of the id is beside it.
std::string network_words(const ledger::Genesis& genesis);

/// Names of members of this network.
api::MemberResolver resolver_of(const ledger::Genesis& genesis);

/// Enough for every file of ours but a book.
inline constexpr std::size_t kInputBytesMax = 64U << 20;

/// The whole file, or standard input for "-", up to a bound. io_failed and too_large name it.
Result<std::string> read_text(const std::string& path, std::size_t bytes_max = kInputBytesMax);

}  // namespace tally::cli
