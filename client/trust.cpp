#include "client/trust.h"

#include <optional>
#include <sstream>
#include <string_view>

#include "base/bounded_input.h"
#include "base/hex.h"
#include "client/errors.h"
#include "crypto/base64.h"
#include "crypto/note.h"
#include "ledger/verifiers.h"

namespace tally::client {
namespace {

constexpr std::string_view kFormat = "tallystick-network-v1";
constexpr std::size_t kFileBytesMax = 16 << 20;

/// The three lines that count, each at most once.
struct Lines {
    std::optional<std::string> name;
    std::optional<std::string> network;
    std::optional<std::string> genesis;
};

/// Where the value of this key belongs; null for a key that is none of the three.
std::optional<std::string>* place_of(Lines& lines, const std::string& key) {
    if (key == "name") return &lines.name;
    if (key == "network") return &lines.network;
    if (key == "genesis") return &lines.genesis;
    return nullptr;
}

Result<Lines> read_lines(const std::string& text, const std::string& file) {
    Lines lines;
    std::istringstream source(text);
    std::string line;
    std::size_t number = 0;
    const auto refuse = [&](const std::string& what) {
        return fail(errc::bad_file, file + ":" + std::to_string(number) + ": " + what);
    };
    while (std::getline(source, line)) {
        ++number;
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (number == 1) {
            if (line != kFormat) return refuse("expected " + std::string(kFormat));
            continue;
        }
        if (line.empty() || line.front() == '#') continue;
        const auto space = line.find(' ');
        const std::string key = line.substr(0, space);
        std::optional<std::string>* const target = place_of(lines, key);
        if (target == nullptr || space == std::string::npos) {
            return refuse("expected name, network or genesis, and a value");
        }
        if (target->has_value()) return refuse(key + " is there twice");
        *target = line.substr(space + 1);
    }
    ++number;
    if (!lines.name) return refuse("name is missing");
    if (!lines.network) return refuse("network is missing");
    if (!lines.genesis) return refuse("genesis is missing");
    return lines;
}

}  // namespace

Result<NetworkTrust> NetworkTrust::parse(const std::string& text, const std::string& name) {
    const auto lines = read_lines(text, name);
    if (!lines) return lines.error();
    const auto refuse = [&name](const std::string& what) {
        return fail(errc::bad_file, name + ": " + what);
    };
    auto bytes = crypto::from_base64(*lines->genesis);
    if (!bytes) return refuse("genesis is not base64");
    auto genesis = ledger::Genesis::decode(*bytes);
    if (!genesis) return refuse("genesis does not decode: " + genesis.error().context);
    NetworkTrust trust;
    trust.genesis = std::move(*genesis);
    trust.genesis_bytes = std::move(*bytes);
    trust.network = trust.genesis.network_id();
    if (to_hex(trust.network.view()) != *lines->network) {
        return refuse("network is not the digest of the genesis; the file was altered");
    }
    if (trust.genesis.name != *lines->name) {
        return refuse("name is not the one in the genesis; the file was altered");
    }
    return trust;
}

Result<NetworkTrust> NetworkTrust::load(const std::string& path) {
    const auto text = read_bounded(path, kFileBytesMax);
    if (!text) {
        return fail(errc::bad_file, text.error().context + "; give the network's network.pub");
    }
    return parse(*text, path);
}

NetworkTrust NetworkTrust::of(const ledger::Genesis& genesis) {
    return {genesis, genesis.encode(), genesis.network_id()};
}

std::string NetworkTrust::encode() const {
    std::string text = std::string(kFormat) + "\n";
    text += "name " + genesis.name + "\n";
    text += "network " + to_hex(network.view()) + "\n";
    text += "genesis " + crypto::to_base64(genesis_bytes) + "\n";
    text +=
        "# Verifier keys of the checkpoints (C2SP signed-note): log, then cosignature, by node.\n";
    for (const crypto::NoteVerifier& verifier : ledger::verifiers_of(genesis)) {
        text += "# vkey " + verifier.encode() + "\n";
    }
    return text;
}

}  // namespace tally::client
