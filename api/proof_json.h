#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "ledger/transaction.h"

namespace tally::api {

inline constexpr std::string_view kProofFormat = "tallystick-proof-v1";

/// What shows offline that a transaction is in the log with its outcome, and who signed it
/// (docs/API.md). Plain parts, nothing verified: the client's verifier does that from `entry`,
/// `header_entry` and the two tlog-proofs alone; `transaction`, `outcome` and `leaf_hash` are for
/// people, and the verifier checks that they say the same.
struct ProofDocument {
    std::uint64_t index = 0;                         ///< of the transaction's entry
    std::optional<ledger::Transaction> transaction;  ///< none: bytes that do not decode (refused)
    std::string outcome;                             ///< outcome code
    Bytes entry;                                     ///< the leaf
    crypto::Digest leaf_hash;
    std::string proof;               ///< C2SP tlog-proof@v1 of the entry
    std::uint64_t header_index = 0;  ///< of the header entry of its submission
    Bytes header_entry;
    std::string header_proof;  ///< tlog-proof@v1 of the header entry, same checkpoint
    std::vector<crypto::Digest> transaction_path;  ///< from its leaf to the transactions_root
    /// Of a signer's key that genesis does not have: the entry that brought it.
    struct KeyEntry {
        std::uint64_t index = 0;
        Bytes entry;        ///< the leaf: an accepted MEMBER_ADD or KEY_ROTATE
        std::string proof;  ///< tlog-proof@v1 of it, same checkpoint
    };
    std::vector<KeyEntry> key_entries{};  ///< at most one a signer
};

boost::json::object to_json(const ProofDocument& proof);
/// Strict as transaction_from_json: unknown or missing fields are named in invalid_argument.
Result<ProofDocument> proof_from_json(const boost::json::value& source);

}  // namespace tally::api
