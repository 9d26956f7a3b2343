#pragma once

#include <cstdint>
#include <span>

#include "crypto/codec.h"
#include "ledger/entry.h"
#include "ledger/submission_view.h"

// The layout of entries for the two that write it: encode_entry and the recipe, which has views
// where an Entry would own copies.
namespace tally::ledger {

enum class EntryType : std::uint8_t { header = 1, transaction = 2, seal = 3, invalid = 4 };

inline constexpr std::uint8_t kEntryVersion = 1;
/// Contract, line, borrower, submitter and 16 funders, with room to spare.
inline constexpr std::size_t kLinksMax = 32;
inline constexpr std::size_t kLinkBytes = 1 + 16 + 8 + 8;
static_assert(2 + 8 + 4 + 4 + kTransactionBytesMax + 2 + 1 + kLinksMax * kLinkBytes <=
              kEntryBytesMax);

constexpr bool known_account_class(std::uint8_t value) {
    return value >= static_cast<std::uint8_t>(AccountClass::line) &&
           value <= static_cast<std::uint8_t>(AccountClass::pool);
}

void begin_entry(crypto::Writer& writer, EntryType type);
Bytes encode_header_entry(std::uint64_t block_index, std::uint32_t position, Millis block_time,
                          ByteView header, std::span<const crypto::Signature> signatures);
Bytes encode_transaction_entry(std::uint64_t header_entry, std::uint32_t position,
                               ByteView transaction, Outcome outcome,
                               std::span<const AccountLink> links);

}  // namespace tally::ledger
