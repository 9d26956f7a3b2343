#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "ledger/double_entry.h"
#include "ledger/entry.h"
#include "ledger/genesis.h"
#include "ledger/record_reader.h"
#include "ledger/submission.h"

namespace tally::ledger {

/// A record's new value, or its removal.
struct RecordChange {
    Bytes key;
    std::optional<Bytes> value;
};

/// What the ledger carries from block to block beside its records. Stored with the applied index.
struct LedgerHead {
    std::uint64_t entry_count = 0;
    crypto::Digest state_digest;  ///< sum of all records' hashes, see docs/FORMAT.md
    std::uint32_t rules_version = kRulesVersion;
    std::uint64_t configuration_index = 0;
    Millis time{0};

    Bytes encode() const;
    static Result<LedgerHead> decode(ByteView bytes);
    bool operator==(const LedgerHead&) const = default;
};

/// A replicated block as the rules see it.
struct BlockInput {
    std::uint64_t index = 0;
    crypto::Digest hash;
    Millis time{0};
    enum class Kind : std::uint8_t { other, submissions, seal } kind = Kind::other;
    std::span<const CheckedSubmission> submissions;
    /// The newest rules version that is applied. Tests say a made-up one, which has the rules and
    /// the grammar of kRulesVersion.
    std::uint32_t rules_newest = kRulesVersion;
};

/// How one transaction ended, for answers to clients.
struct TransactionResult {
    TransactionId id;
    Outcome outcome = Outcome::accepted;
    std::uint64_t entry = 0;
    /// Set when the id was known with the same bytes: the entry of the first time, whose outcome is
    /// repeated here. The retry itself is an entry too, with outcome `repeated` and no effect.
    bool repeated = false;
};
struct SubmissionResult {
    bool valid = true;  ///< false: an InvalidEntry
    std::uint64_t header_entry = 0;
    std::vector<TransactionResult> transactions;
};

/// Everything that applying one block does; the caller makes it visible as a whole.
struct BlockResult {
    std::uint64_t block_index = 0;
    LedgerHead head;  ///< after the block
    std::uint64_t first_entry = 0;
    std::vector<Bytes> entries;         ///< leaves, in order, encoded
    Bytes recipe;                       ///< with the payload, rebuilds `entries`: see entries_of
    std::vector<RecordChange> changes;  ///< ascending by key, one per key
    std::vector<SubmissionResult> submissions;
    std::optional<SealEntry> seal;
    /// The bookings of all accepted transactions, in order; debits equal credits per currency.
    std::vector<Posting> postings;
};

/// The records and head of a network before its first block.
struct GenesisState {
    LedgerHead head;
    std::vector<RecordChange> changes;
};
GenesisState initial_state(const Genesis& genesis);
/// From the record that it left. Fails with corrupt_record or bad_genesis.
Result<Genesis> genesis_of(ByteView record);

/// The deterministic function at the heart of the node, the simulator and the audit. `records` is
/// the state before the block. Fails only with corrupt_record, unsupported_rules or the reader's
/// error: a bad submission is an entry, never a failure.
Result<BlockResult> apply_block(const BlockInput& block, const LedgerHead& head,
                                const RecordReader& records);

/// Rebuilds the leaves of a block from its payload and recipe, so that nothing is stored twice.
Result<std::vector<Bytes>> entries_of(ByteView payload, ByteView recipe);
/// One of them: `position` counts from the block's first entry.
Result<Bytes> entry_of(ByteView payload, ByteView recipe, std::uint32_t position);

}  // namespace tally::ledger
