#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "consensus/types.h"
#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "ledger/record_reader.h"

namespace tally::node {

/// In a node's folder once it has gone on by one.
inline constexpr std::string_view kRecoveryFile = "recovery.json";

/// What those who govern decide when so many nodes have forgotten that no majority remembers: which
/// nodes go on, and from where. What others may have acknowledged after that place is given up.
struct RecoveryManifest {
    crypto::Digest network;
    consensus::Millis decided{0};      ///< for people; wall time
    std::vector<std::uint32_t> nodes;  ///< that it lets go, ascending
    consensus::Index index;            ///< of the block that must be their last one
    consensus::Term term;
    crypto::Digest hash;
    consensus::Term begin;  ///< they vote from this term on: above all that anybody voted in

    bool names(std::uint32_t node) const;
    /// What is signed: the DSSE encoding of its bytes (docs/FORMAT.md).
    Bytes signed_bytes() const;
    bool operator==(const RecoveryManifest&) const = default;
};
Bytes encode_recovery(const RecoveryManifest& manifest);
/// Total: invalid_argument for anything else.
Result<RecoveryManifest> decode_recovery(ByteView bytes);

struct RecoverySignature {
    crypto::PublicKey key;
    crypto::Signature signature;
};
/// A manifest on its way from one governing member to the next, and as a node keeps it.
struct RecoveryDocument {
    RecoveryManifest manifest;
    std::vector<RecoverySignature> signatures;

    /// Adds or replaces that of this key.
    void sign(const crypto::SecretKey& key);
};
std::string encode_recovery_document(const RecoveryDocument& document);
/// Total: invalid_argument names the field.
Result<RecoveryDocument> decode_recovery_document(std::string_view text);
/// What a file holds, at most 1 MiB of it. invalid_argument names the file, and the field.
Result<RecoveryDocument> read_recovery_document(const std::string& path);

/// Whether more than half of the members that govern, as `state` has it after `block`, have signed
/// with keys that are valid there. invalid_argument says who lacks; errors of reading as they come.
Status check_recovery_quorum(const RecoveryDocument& document, const ledger::RecordReader& state,
                             std::uint64_t block);

}  // namespace tally::node
