#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "ledger/outcome.h"
#include "ledger/types.h"

namespace tally::ledger {

/// Leaves of the transparency log (docs/FORMAT.md); each at most 65,535 bytes.
inline constexpr std::size_t kEntryBytesMax = 65'535;
inline constexpr std::uint64_t kNoEntry = ~std::uint64_t{0};

/// Place in an account log: this entry is number `sequence` (from 1) of the account, and `previous`
/// is the entry before it (kNoEntry for the first).
struct AccountLink {
    AccountClass account_class = AccountClass::member;
    std::array<std::uint8_t, 16> id{};
    std::uint64_t sequence = 0;
    std::uint64_t previous = kNoEntry;

    bool operator==(const AccountLink&) const = default;
};

struct HeaderEntry {
    std::uint64_t block_index = 0;
    std::uint32_t position = 0;  ///< of the submission in its block
    Millis block_time{0};
    Bytes header;
    std::vector<crypto::Signature> signatures;
};
struct TransactionEntry {
    std::uint64_t header_entry = 0;  ///< index of its header entry in the log
    std::uint32_t position = 0;      ///< in its submission
    Bytes transaction;
    Outcome outcome = Outcome::accepted;
    std::vector<AccountLink> links;
};
struct SealEntry {
    std::uint64_t sealed_size = 0;  ///< leaves before this one
    crypto::Digest map_root;        ///< 32 zero bytes: the empty map
    /// The map covers the log from this entry on; kNoEntry: it covers nothing. A map that was
    /// begun later cannot look like one over everything.
    std::uint64_t map_from = kNoEntry;
    crypto::Digest state_digest;
    std::uint32_t rules_version = kRulesVersion;
    std::uint64_t configuration_index = 0;  ///< block of the voters in force; 0: genesis
    std::uint64_t block_index = 0;
    crypto::Digest block_hash;
    Millis time{0};
};
/// Stands for a submission that should never have been in a block.
struct InvalidEntry {
    std::uint64_t block_index = 0;
    std::uint32_t position = 0;
    crypto::Digest submission;  ///< domain_hash("submission", bytes)
};
using Entry = std::variant<HeaderEntry, TransactionEntry, SealEntry, InvalidEntry>;

Bytes encode_entry(const Entry& entry);
Result<Entry> decode_entry(ByteView bytes);

}  // namespace tally::ledger
