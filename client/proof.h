#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/genesis.h"

namespace tally::client {

/// What a proof shows, or the first thing in it that does not hold.
struct ProofReport {
    bool verified = false;
    /// Empty when verified. Otherwise the field that fails: format, network, leaf_hash, inclusion,
    /// header_leaf_hash, header_inclusion, header_index, transactions_root, signatures,
    /// member_keys, checkpoint, cosignatures.
    std::string failed_field;
    std::string failure;  ///< a sentence: what was expected, what was found

    struct Signer {
        std::string member;
        std::string key;  ///< base64
        bool submitter = false;
    };
    struct Cosigner {
        std::string node;
        std::string time;  ///< RFC 3339, as the node stated it
    };
    std::string network;  ///< hexadecimal id, and the name from genesis
    std::string network_name;
    std::uint64_t entry = 0;
    std::string type;     ///< LIMIT_GRANT and so on
    std::string outcome;  ///< accepted, or why it was refused
    std::string transaction_id;
    std::string transaction;  ///< JSON, as decoded from the proven bytes, not as the file shows it
    std::vector<Signer> signers;
    std::uint64_t block = 0;
    std::string block_time;
    std::uint64_t header_entry = 0;
    std::uint64_t checkpoint_size = 0;
    std::string checkpoint_root;  ///< base64, as in the checkpoint
    std::vector<Cosigner> cosigners;
    std::size_t cosigners_needed = 0;
    std::size_t nodes = 0;
    std::vector<std::string> not_shown;  ///< sentences: what nobody may conclude from it

    /// `VERIFIED` or `FAILED: field`, then who, what, when, where and what is not shown.
    std::string to_text() const;
    std::string to_json() const;
};

/// Checks evidence from `GET /v1/proofs/{entry}` against a genesis that the reader trusts; nothing
/// else is consulted. Total: any text gives a report.
ProofReport verify_proof(const std::string& text, const ledger::Genesis& genesis);

}  // namespace tally::client
