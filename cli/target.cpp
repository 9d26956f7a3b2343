#include "cli/target.h"

#include <filesystem>

#include "api/errc.h"
#include "base/bounded_input.h"
#include "base/closest_word.h"
#include "base/hex.h"
#include "base/presence.h"
#include "cli/directory.h"
#include "cli/shell.h"
#include "client/errors.h"
#include "node/keys.h"

namespace tally::cli {

std::string key_path(const std::string& name, const Target& target) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(name, ignored)) return name;
    return target.dir + "/keys/" + name + ".key";
}

namespace {

/// `; did you mean lender?`, by the names of keys that the network began with.
std::string meant_by(const std::string& name, const ledger::Genesis& genesis) {
    const std::vector<network::NamedKey> keys = network::named_keys(genesis);
    std::vector<std::string_view> names;
    names.reserve(keys.size());
    for (const network::NamedKey& key : keys) names.emplace_back(key.name);
    // The name of the file that holds it.
    const std::string file = std::filesystem::path(name).filename().string();
    std::string_view plain = file;
    if (plain.ends_with(".key")) plain.remove_suffix(std::string_view(".key").size());
    return did_you_mean(plain, names);
}

Result<Signer> signer_of(const std::string& name, const Target& target,
                         const ledger::Genesis& genesis) {
    const std::string path = key_path(name, target);
    const auto there = is_there(path);
    if (!there) return there.error();
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) {
        return fail(api::errc::bad_config, name + ": neither a key file nor a member with a key, " +
                                               path + " does not exist" + meant_by(name, genesis));
    }
    auto key = node::read_secret_key(path);
    if (!key) return key.error();
    const auto found_in = [&key](const ledger::Genesis& members) -> std::optional<Signer> {
        for (const auto& known : network::named_keys(members)) {
            if (known.key != key->public_key()) continue;
            return Signer{known.member->name, known.name, known.member->id, known.member->roles,
                          std::move(*key)};
        }
        return std::nullopt;
    };
    if (auto signer = found_in(genesis)) return std::move(*signer);
    const Error nobodys =
        fail(api::errc::bad_config,
             path + ": belongs to no member of the network " + network_words(genesis));
    // Members and keys that came after the genesis, the nodes know.
    const auto members = with_later_members(target, genesis);
    if (!members) {
        return Error{nobodys.code, nobodys.context +
                                       " when it began, and who joined since is not "
                                       "to be had: " +
                                       members.error().context};
    }
    if (auto signer = found_in(*members)) return std::move(*signer);
    return nobodys;
}

}  // namespace

void add_dir_option(const Command& command, std::string& dir) {
    command.option("--dir", dir, "Folder of the network")
        .environment("TALLYSTICK_DIR")
        .show_default();
}

void add_target_options(const Command& command, Target& target) {
    add_dir_option(command, target.dir);
    command.option("--url", target.urls,
                   "Node to ask, http://host:port, instead of those of --dir; may be repeated");
    command
        .option("--timeout", target.timeout_s,
                "Seconds for each question to the nodes until it gives up")
        .range(1, 86'400)
        .show_default();
}

void add_trust_option(const Command& command, Target& target) {
    command.option("--trust", target.trust,
                   "File that names the network you trust (default: DIR/network.pub)");
}

void add_local_option(const Command& command, bool& local) {
    command.flag("--local", local, "What the node itself has, not confirmed by a quorum");
}

std::vector<std::string> target_words(const Target& target, std::uint32_t timeout_default) {
    std::vector<std::string> words;
    const auto add = [&](const char* name, const std::string& value) {
        words.insert(words.end(), {name, value});
    };
    if (target.dir != network::kDefaultNetworkFolder) add("--dir", target.dir);
    for (const std::string& url : target.urls) add("--url", url);
    if (!target.trust.empty()) add("--trust", target.trust);
    if (target.timeout_s != timeout_default) add("--timeout", std::to_string(target.timeout_s));
    return words;
}

std::vector<std::string> target_words_anywhere(Target target, std::uint32_t timeout_default) {
    // Where nodes are named, a folder that is not there says nothing, and the command must not name
    // it.
    std::error_code ignored;
    const bool idle = !target.urls.empty() && !std::filesystem::exists(target.dir, ignored);
    target.dir = idle ? std::string(network::kDefaultNetworkFolder) : absolute_name(target.dir);
    if (!target.trust.empty()) target.trust = absolute_name(target.trust);
    return target_words(target, timeout_default);
}

Result<client::Client> connect(const Target& target) {
    client::ClientOptions options;
    options.deadline = std::chrono::seconds(target.timeout_s);
    options.attempt_timeout = std::min(options.attempt_timeout, options.deadline);
    options.agreed = true;
    options.urls = target.urls;
    if (options.urls.empty()) {
        const auto network = network::NetworkFolder::open(target.dir);
        if (!network) {
            return Error{network.error().code,
                         network.error().context + ", or name a node with --url"};
        }
        options.urls = network->urls();
        options.names = network->url_names();
    }
    std::error_code ignored;
    if (std::filesystem::exists(trust_path(target), ignored)) {
        const auto trust = trust_of(target);
        if (!trust) return trust.error();
        options.network = to_hex(trust->network.bytes);
        options.only_node = trust->genesis.nodes.size() == 1;
    }
    return client::Client::create(std::move(options));
}

std::string trust_path(const Target& target) {
    return target.trust.empty() ? target.dir + "/network.pub" : target.trust;
}

Result<client::NetworkTrust> trust_of(const Target& target) {
    const std::string path = trust_path(target);
    const auto there = is_there(path);
    if (!there) return there.error();
    if (target.trust.empty() && !*there) {
        return fail(api::errc::bad_config, path +
                                               ": there is no such file; name the network's "
                                               "folder with --dir or its network.pub with "
                                               "--trust");
    }
    return client::NetworkTrust::load(path);
}

Result<std::vector<Signer>> load_signers(const std::vector<std::string>& names,
                                         const Target& target, const ledger::Genesis& genesis) {
    std::vector<Signer> signers;
    for (const std::string& name : names) {
        auto signer = signer_of(name, target, genesis);
        if (!signer) return signer.error();
        for (const Signer& known : signers) {
            if (known.key.public_key() == signer->key.public_key()) {
                return fail(api::errc::invalid_argument,
                            "--key " + name + ": this key of " + signer->name + " signs already");
            }
        }
        signers.push_back(std::move(*signer));
    }
    return signers;
}

std::vector<ledger::SigningKey> signing_keys(const std::vector<Signer>& signers) {
    std::vector<ledger::SigningKey> keys;
    keys.reserve(signers.size());
    for (const Signer& signer : signers) keys.push_back({signer.member, &signer.key});
    return keys;
}

std::string network_words(const ledger::Genesis& genesis) {
    constexpr std::size_t kShownDigits = 8;
    return genesis.name + " (" + to_hex(genesis.network_id().bytes).substr(0, kShownDigits) + ")";
}

api::MemberResolver resolver_of(const ledger::Genesis& genesis) {
    return [&genesis](std::string_view name) -> std::optional<ledger::MemberId> {
        const auto* member = genesis.member_named(name);
        if (member == nullptr) return std::nullopt;
        return member->id;
    };
}

Result<std::string> read_text(const std::string& path, std::size_t bytes_max) {
    auto text = path == "-" ? read_standard_input(bytes_max) : read_bounded(path, bytes_max);
    if (text) return text;
    const bool too_large = text.error().code == std::errc::file_too_large;
    return Error{too_large ? client::api_code("too_large") : make_error_code(api::errc::io_failed),
                 text.error().context};
}

}  // namespace tally::cli
