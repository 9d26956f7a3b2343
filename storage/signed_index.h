#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "ledger/ledger.h"
#include "ledger/record_reader.h"

// Which submissions a member signed without submitting them. An account log has the transactions
// that name a member or that it submitted; its signature under somebody else's submission stands in
// a header entry alone, which links to nothing. So derived data keep a chain of these header
// entries for each member: records beside those of the ledger, in the same families and
// generations, but no part of the state: nothing of them is hashed (docs/FORMAT.md, Stored).
namespace tally::storage {

/// Keys of the index begin with a byte from here on; those of the ledger's records never do.
inline constexpr std::uint8_t kIndexKeys = 0x80;

/// A submission that a member signed, second or later in the header's list.
struct SignedSubmission {
    std::uint64_t header_entry = 0;
    /// Its transactions are the entries header_entry + 1 to header_entry + transactions.
    std::uint32_t transactions = 0;
    std::uint64_t previous = ledger::kNoEntry;  ///< header entry of the one before it

    std::uint64_t last() const { return header_entry + transactions; }
    bool operator==(const SignedSubmission&) const = default;
};

/// Adds to `changes` what a block's submissions add to the index. A signature counts if its key is
/// the member's at that block, whatever the outcomes. `before` is the state before the block;
/// `results` are those of the block's `submissions`, in order. Fails with the reader's error.
Status index_signed(std::uint64_t block, std::span<const ledger::CheckedSubmission> submissions,
                    std::span<const ledger::SubmissionResult> results,
                    const ledger::RecordReader& before, std::vector<ledger::RecordChange>& changes);

/// The newest one; nothing if the member signed nobody else's submission. corrupt_state if the
/// index does not decode.
Result<std::optional<SignedSubmission>> newest_signed(const ledger::RecordReader& view,
                                                      const ledger::MemberId& member);
/// The one with this header entry; nothing if the member did not sign it, or submitted it.
Result<std::optional<SignedSubmission>> signed_at(const ledger::RecordReader& view,
                                                  const ledger::MemberId& member,
                                                  std::uint64_t header_entry);

}  // namespace tally::storage
