#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "ledger/allocation.h"
#include "ledger/entry.h"
#include "ledger/outcome.h"
#include "ledger/schedule.h"
#include "ledger/types.h"

namespace tally::ledger {

// Records of the state: key -> value, both byte for byte in docs/FORMAT.md. The first byte of a key
// is the account class for accounts, else one of these.
inline constexpr std::uint8_t kGenesisRecord = 0x00;
inline constexpr std::uint8_t kIdRecord = 0x10;
inline constexpr std::uint8_t kSourceRecord = 0x11;

using CurrencyCode = std::array<char, 3>;

/// Length and end of an account log.
struct AccountHead {
    std::uint64_t count = 0;
    std::uint64_t last = kNoEntry;

    bool operator==(const AccountHead&) const = default;
};

/// One account's only record. There is a head without a body for what refused transactions named
/// and nobody ever opened.
template <typename Body>
struct Account {
    AccountHead head;
    std::optional<Body> body;

    bool operator==(const Account&) const = default;
};

enum class LineStatus : std::uint8_t { active = 1, frozen = 2, closed = 3 };
enum class ContractStatus : std::uint8_t { active = 1, closed_paid = 2 };

/// A revolving credit line. `used` is the principal outstanding of its contracts; what is available
/// is max(0, limit - used). Contracts hang on a chain, newest first, as lines do on their borrower.
struct LineBody {
    LineStatus status = LineStatus::active;
    MemberId owner;
    BorrowerId borrower;
    CurrencyCode currency{};
    Amount limit = 0;
    Amount used = 0;
    Day valid_from = 0;
    Day valid_to = 0;
    std::uint32_t contracts = 0;
    std::optional<ContractId> last_contract;
    std::optional<LineId> previous;  ///< the borrower's line opened before this one

    Amount available() const { return limit > used ? limit - used : 0; }
    bool operator==(const LineBody&) const = default;
};

/// What was paid on one row of a schedule.
struct RowPaid {
    Amount fee = 0;
    Amount principal = 0;

    bool operator==(const RowPaid&) const = default;
};

/// An instalment contract. The schedule is not stored: it follows from the terms.
struct ContractBody {
    ContractStatus status = ContractStatus::active;
    LineId line;
    BorrowerId borrower;
    MemberId owner;
    CurrencyCode currency{};
    ScheduleTerms terms;
    std::vector<FundingShare> shares;
    std::vector<RowPaid> paid;  ///< one a row
    std::uint32_t payments = 0;
    std::optional<ContractId> previous;  ///< the line's contract captured before this one

    /// What each row still owes. Requires terms that compute_schedule accepts, as decoding ensures.
    std::vector<RowOutstanding> outstanding() const;
    bool operator==(const ContractBody& other) const;
};

struct BorrowerBody {
    std::uint32_t lines = 0;
    std::optional<LineId> last_line;

    bool operator==(const BorrowerBody&) const = default;
};

/// A key and the blocks in which it is valid: first <= index < end.
struct MemberKey {
    crypto::PublicKey key;
    std::uint64_t first_block = 0;
    std::uint64_t end_block = ~std::uint64_t{0};

    bool operator==(const MemberKey&) const = default;
};
struct MemberBody {
    std::string name;
    std::uint16_t roles = 0;
    std::vector<MemberKey> keys;

    bool has(Role role) const { return (roles & static_cast<std::uint16_t>(role)) != 0; }
    bool key_valid(const crypto::PublicKey& key, std::uint64_t block_index) const;
    bool operator==(const MemberBody&) const = default;
};

using LineRecord = Account<LineBody>;
using ContractRecord = Account<ContractBody>;
using BorrowerRecord = Account<BorrowerBody>;
using MemberRecord = Account<MemberBody>;

/// What became of a transaction id of one submitter, for ever.
struct IdRecord {
    crypto::Digest leaf_hash;  ///< RFC 6962 leaf hash of the transaction's bytes
    std::uint64_t entry = 0;
    Outcome outcome = Outcome::accepted;
    std::uint64_t block_index = 0;

    bool operator==(const IdRecord&) const = default;
};

/// A payment reference that a servicer has posted.
struct SourceRecord {
    std::uint64_t entry = 0;
    ContractId contract;

    bool operator==(const SourceRecord&) const = default;
};

Bytes genesis_key();
Bytes account_key(AccountClass account_class, const std::array<std::uint8_t, 16>& id);
Bytes id_key(const MemberId& submitter, const TransactionId& id);
Bytes source_key(const MemberId& servicer, std::string_view source_ref);

Bytes encode_record(const LineRecord& record);
Bytes encode_record(const ContractRecord& record);
Bytes encode_record(const BorrowerRecord& record);
Bytes encode_record(const MemberRecord& record);
Bytes encode_record(const IdRecord& record);
Bytes encode_record(const SourceRecord& record);

/// Total; fail with corrupt_record.
Result<LineRecord> decode_line(ByteView value);
Result<ContractRecord> decode_contract(ByteView value);
Result<BorrowerRecord> decode_borrower(ByteView value);
Result<MemberRecord> decode_member(ByteView value);
Result<IdRecord> decode_id(ByteView value);
Result<SourceRecord> decode_source(ByteView value);
/// The head alone of any account's record.
Result<AccountHead> decode_head(ByteView value);

}  // namespace tally::ledger
