#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "ledger/genesis.h"

namespace tally::client {

/// `network.pub`: all that a verifier must trust, in one file of text. Lines:
/// `tallystick-network-v1`, `name NAME`, `network HEX`, `genesis BASE64`; lines that begin with #
/// and empty lines are for people and tools that follow the log (`# vkey ...`).
struct NetworkTrust {
    ledger::Genesis genesis;
    Bytes genesis_bytes;
    crypto::Digest network;  ///< digest of genesis_bytes

    /// bad_file with `name`:line: an unknown line, a genesis that does not decode, or a name or
    /// network id that is not the genesis' own.
    static Result<NetworkTrust> parse(const std::string& text, const std::string& name);
    static Result<NetworkTrust> load(const std::string& path);
    static NetworkTrust of(const ledger::Genesis& genesis);
    std::string encode() const;
};

}  // namespace tally::client
