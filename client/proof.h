#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "ledger/genesis.h"

namespace tally::client {

/// What a proof shows, or the first thing in it that does not hold.
struct ProofReport {
    bool verified = false;
    /// Empty when verified. Otherwise the field that fails: format, leaf_hash, inclusion,
    /// header_inclusion, header_index, transactions_root, network, signatures, member_keys,
    /// checkpoint, cosignatures.
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
    std::string type;  ///< LIMIT_GRANT and so on
    /// What was proven: that the transaction took effect, or that it was refused and had none. Only
    /// with `verified`; a proof of a refusal is as good a proof, of the opposite.
    bool accepted = false;
    std::string outcome;       ///< `accepted`, or the code under which it was refused
    std::string outcome_text;  ///< a sentence about that code
    std::string submitter;     ///< id of the member that submitted it, hexadecimal
    std::string transaction_id;
    std::string transaction;  ///< JSON, as decoded from the proven bytes, not as the file shows it
    std::vector<Signer> signers;
    std::uint64_t block = 0;
    std::string block_time;
    std::uint64_t header_entry = 0;
    Bytes header;  ///< of the submission that the entry was made from, as proven
    std::uint64_t checkpoint_size = 0;
    std::string checkpoint_root;  ///< base64, as in the checkpoint
    std::vector<Cosigner> cosigners;
    std::size_t cosigners_needed = 0;
    std::size_t nodes = 0;
    std::vector<std::string> warnings;   ///< sentences: what holds, and is odd nevertheless
    std::vector<std::string> not_shown;  ///< sentences: what nobody may conclude from it

    /// `accepted`, `REFUSED (source_ref_used), it had no effect`, or `REPEATED, ...` of an attempt
    /// at what was on record before. Requires `verified`.
    std::string verdict() const;
    /// It was on record before, and the first entry, which this is not, says what became of it.
    bool is_repetition() const;
    /// `VERIFIED: ` and the verdict, or `FAILED: field`; then who, what, when, where, warnings and
    /// what is not shown. Whatever the proof says is escaped (base/shown_text.h).
    std::string to_text() const;
    std::string to_json() const;
};

/// Whether what stands on record under a member's id can have this outcome. Those that leave the id
/// free, or found it taken, are of attempts and say nothing of what stands there: somebody without
/// a key of the member may have made them, or whoever sent the same once more.
bool stands_under_id(std::string_view outcome);

/// A larger text is no proof.
inline constexpr std::size_t kProofBytesMax = 4U << 20;

/// Checks evidence from `GET /v1/proofs/{entry}` against a genesis that the reader trusts; nothing
/// else is consulted. Total: any text gives a report.
ProofReport verify_proof(const std::string& text, const ledger::Genesis& genesis);

}  // namespace tally::client
