#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "crypto/codec.h"
#include "crypto/digest.h"
#include "ledger/entry.h"
#include "ledger/types.h"

namespace tally::ledger {

/// Writes a block's recipe (docs/FORMAT.md): what its entries have beyond the payload, so that
/// entries_of gives them back without hashing, verifying or applying anything. Accounts are named
/// by their place in a table, numbers are varints, `previous` is a distance.
class RecipeWriter {
public:
    RecipeWriter(std::uint64_t block_index, Millis block_time, std::uint64_t first_entry);

    void invalid(const crypto::Digest& submission);
    void submission(std::uint32_t transactions);
    /// Of the submission begun last. `entry` is the transaction's place in the log.
    void transaction(std::uint64_t entry, Outcome outcome, std::span<const AccountLink> links);

    /// Empty if there was no submission.
    Bytes take();
    /// The recipe of a block of kind seal: the entry itself.
    static Bytes of_seal(ByteView entry);

private:
    std::uint64_t block_index_;
    Millis block_time_;
    std::uint64_t first_entry_;
    std::uint32_t submissions_ = 0;
    std::map<std::pair<AccountClass, std::array<std::uint8_t, 16>>, std::uint32_t> numbers_;
    crypto::Writer accounts_;
    crypto::Writer body_;
};

}  // namespace tally::ledger
