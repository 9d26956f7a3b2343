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
#include "ledger/contract.h"
#include "ledger/entry.h"
#include "ledger/outcome.h"
#include "ledger/pool.h"
#include "ledger/registry.h"
#include "ledger/types.h"
#include "ledger/wide.h"

namespace tally::ledger {

// Records of the state: key -> value, both byte for byte in docs/FORMAT.md. The first byte of a key
// is the account class for accounts, else one of these.
inline constexpr std::uint8_t kGenesisRecord = 0x00;
inline constexpr std::uint8_t kIdRecord = 0x10;
inline constexpr std::uint8_t kSourceRecord = 0x11;
inline constexpr std::uint8_t kDaysRecord = 0x12;
inline constexpr std::uint8_t kTotalsRecord = 0x13;
inline constexpr std::uint8_t kRulesetRecord = 0x14;
inline constexpr std::uint8_t kProductRecord = 0x15;
inline constexpr std::uint8_t kModelRecord = 0x16;
inline constexpr std::uint8_t kAssessmentRecord = 0x17;
inline constexpr std::uint8_t kAuthorisationRecord = 0x18;
inline constexpr std::uint8_t kCalendarRecord = 0x19;
inline constexpr std::uint8_t kMandateRecord = 0x1a;
inline constexpr std::uint8_t kDebitRecord = 0x1b;
inline constexpr std::uint8_t kGovernanceRecord = 0x1c;
inline constexpr std::uint8_t kKeyRecord = 0x1d;
inline constexpr std::uint8_t kContactsRecord = 0x1e;
inline constexpr std::uint8_t kComplaintRecord = 0x1f;
inline constexpr std::uint8_t kReconRecord = 0x20;
inline constexpr std::uint8_t kOpinionRecord = 0x21;
inline constexpr std::uint8_t kHedgeRecord = 0x22;
inline constexpr std::uint8_t kCustomerRecord = 0x23;
inline constexpr std::uint8_t kErasureRecord = 0x24;
inline constexpr std::uint8_t kCostTableRecord = 0x25;
inline constexpr std::uint8_t kDisclosureRecord = 0x26;
inline constexpr std::uint8_t kAlertRecord = 0x27;
inline constexpr std::uint8_t kAlertListRecord = 0x28;
inline constexpr std::uint8_t kAwaitedRecord = 0x29;
inline constexpr std::uint8_t kAwaitedDayRecord = 0x2a;
inline constexpr std::uint8_t kAwaitedContractRecord = 0x2b;
inline constexpr std::uint8_t kPoolRecord = 0x2c;
inline constexpr std::uint8_t kPoolContractRecord = 0x2d;
inline constexpr std::uint8_t kServicersRecord = 0x2f;

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
enum class LineChange : std::uint8_t { grant = 1, limit = 2, freeze = 3, unfreeze = 4, close = 5 };
inline constexpr std::size_t kLineChanges = 5;

/// A change of a line's limit or status; value dates never go back.
struct LineEvent {
    LineChange change = LineChange::grant;
    std::uint64_t entry = 0;
    Day value_date = 0;
    Amount limit = 0;  ///< after it

    bool operator==(const LineEvent&) const = default;
};
inline constexpr std::size_t kLineEventsMax = 1000;

/// A revolving credit line. `used` is the principal outstanding of its contracts, `reserved` the
/// sum of its open authorisations; what is available is max(0, limit - used - reserved). Contracts
/// and authorisations hang on chains, newest first, as lines do on their borrower.
struct LineBody {
    LineStatus status = LineStatus::active;
    MemberId owner;
    BorrowerId borrower;
    CurrencyCode currency{};
    Amount limit = 0;
    Amount used = 0;
    Amount reserved = 0;
    Day valid_from = 0;
    Day valid_to = 0;
    AssessmentId assessment;  ///< that covers its limit
    std::uint32_t band = 0;   ///< of that assessment
    std::uint32_t contracts = 0;
    std::optional<ContractId> last_contract;
    std::optional<AuthorisationId> last_authorisation;
    std::optional<LineId> previous;  ///< the borrower's line opened before this one
    std::vector<LineEvent> events;   ///< the first is the grant

    Amount available() const {
        const Wide left = static_cast<Wide>(limit) - used - reserved;
        return left > 0 && status != LineStatus::closed ? static_cast<Amount>(left) : 0;
    }
    bool operator==(const LineBody&) const = default;
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

    bool valid(std::uint64_t block_index) const;
    bool operator==(const MemberKey&) const = default;
};
/// Of a member, those that are not valid any more included.
inline constexpr std::size_t kMemberKeysMax = 255;
/// Given to a member at once.
inline constexpr std::size_t kNewKeysMax = 16;
struct MemberBody {
    std::string name;
    std::uint16_t roles = 0;
    std::vector<MemberKey> keys;

    bool has(Role role) const { return (roles & static_cast<std::uint16_t>(role)) != 0; }
    bool key_valid(const crypto::PublicKey& key, std::uint64_t block_index) const;
    /// Any of its keys.
    bool can_sign(std::uint64_t block_index) const;
    bool operator==(const MemberBody&) const = default;
};

using LineRecord = Account<LineBody>;
using ContractRecord = Account<ContractBody>;
using BorrowerRecord = Account<BorrowerBody>;
using MemberRecord = Account<MemberBody>;
/// The log of a pool, also of one that refused transactions alone named: an account without a body,
/// for the pool is beside it (PoolRecord).
struct PoolLogRecord {
    AccountHead head;

    bool operator==(const PoolLogRecord&) const = default;
};

/// What became of a transaction id of one submitter, for ever.
struct IdRecord {
    crypto::Digest leaf_hash;  ///< RFC 6962 leaf hash of the transaction's bytes
    std::uint64_t entry = 0;
    Outcome outcome = Outcome::accepted;
    std::uint64_t block_index = 0;

    bool operator==(const IdRecord&) const = default;
};

/// What was booked in a lender's book, in a currency, on an open day or on all closed ones
/// together: balances of the money accounts, debits positive. Kept so that a trial balance costs
/// nothing to check; apart by lender, so that nobody's sums stand in another's way.
struct TotalsRecord {
    std::array<Amount, 24> balances{};  ///< by BookAccount

    bool operator==(const TotalsRecord&) const = default;
};
/// In place of a day: all closed days.
inline constexpr Day kClosedDays = -1;

/// How the network's calendar stands to block time: one record, from genesis.
struct CalendarRecord {
    std::int32_t utc_offset_minutes = 0;

    /// The day in the calendar at a block's time; clamped to the days that a book can hold.
    Day day_at(Millis time) const;
    bool operator==(const CalendarRecord&) const = default;
};

Bytes genesis_key();
Bytes account_key(AccountClass account_class, const std::array<std::uint8_t, 16>& id);
Bytes id_key(const MemberId& submitter, const TransactionId& id);
/// `reference` in its canonical form (ledger/reference.h).
Bytes source_key(const MemberId& lender, std::string_view reference);
Bytes days_key();
Bytes servicers_key();
Bytes calendar_key();
Bytes governance_key();
/// Of a member's or node's public key.
Bytes key_key(const crypto::PublicKey& key);
Bytes totals_key(const BookId& book, Day day);
/// Of a contract, a line or a pool.
Bytes alert_list_key(AccountClass account_class, const std::array<std::uint8_t, 16>& id);
/// Of an alert that nodes raise: the same on each, and none that anybody may give by hand. `place`:
/// how many alerts there were on the contract, line or pool before it.
AlertId alert_id_of(AccountClass on, const std::array<std::uint8_t, 16>& subject, AlertRule rule,
                    std::uint64_t place);
bool is_node_alert(const AlertId& id);
Bytes awaited_key();
Bytes awaited_day_key(Day day);
/// Of a contract at a place of a pool, in the order of places.
Bytes pool_contract_key(const PoolId& pool, std::uint64_t place);
/// Of the records that are found by an id of 16 bytes.
Bytes registry_key(std::uint8_t kind, const std::array<std::uint8_t, 16>& id);

Bytes encode_record(const LineRecord& record);
Bytes encode_record(const ContractRecord& record);
Bytes encode_record(const BorrowerRecord& record);
Bytes encode_record(const MemberRecord& record);
Bytes encode_record(const IdRecord& record);
Bytes encode_record(const SourceRecord& record);
Bytes encode_record(const DaysRecord& record);
Bytes encode_record(const ServicersRecord& record);
Bytes encode_record(const TotalsRecord& record);
Bytes encode_record(const CalendarRecord& record);
Bytes encode_record(const GovernanceRecord& record);
Bytes encode_record(const KeyRecord& record);
Bytes encode_record(const RulesetRecord& record);
Bytes encode_record(const ProductRecord& record);
Bytes encode_record(const ModelRecord& record);
Bytes encode_record(const AssessmentRecord& record);
Bytes encode_record(const AuthorisationRecord& record);
Bytes encode_record(const MandateRecord& record);
Bytes encode_record(const DebitRecord& record);
Bytes encode_record(const ContactsRecord& record);
Bytes encode_record(const ComplaintRecord& record);
Bytes encode_record(const ReconRecord& record);
Bytes encode_record(const OpinionRecord& record);
Bytes encode_record(const HedgeRecord& record);
Bytes encode_record(const CustomerRecord& record);
Bytes encode_record(const ErasureRecord& record);
Bytes encode_record(const CostTableRecord& record);
Bytes encode_record(const DisclosureRecord& record);
Bytes encode_record(const AlertRecord& record);
Bytes encode_record(const AlertListRecord& record);
Bytes encode_record(const AwaitedRecord& record);
Bytes encode_record(const AwaitedDayRecord& record);
Bytes encode_record(const AwaitedContractRecord& record);
Bytes encode_record(const PoolLogRecord& record);
Bytes encode_record(const PoolRecord& record);
Bytes encode_record(const PoolContractRecord& record);

/// Total; fail with corrupt_record.
Result<LineRecord> decode_line(ByteView value);
Result<ContractRecord> decode_contract(ByteView value);
Result<BorrowerRecord> decode_borrower(ByteView value);
Result<MemberRecord> decode_member(ByteView value);
Result<IdRecord> decode_id(ByteView value);
Result<SourceRecord> decode_source(ByteView value);
Result<DaysRecord> decode_days(ByteView value);
Result<ServicersRecord> decode_servicers(ByteView value);
Result<TotalsRecord> decode_totals(ByteView value);
Result<CalendarRecord> decode_calendar(ByteView value);
Result<GovernanceRecord> decode_governance(ByteView value);
Result<KeyRecord> decode_key(ByteView value);
Result<RulesetRecord> decode_ruleset(ByteView value);
Result<ProductRecord> decode_product(ByteView value);
Result<ModelRecord> decode_model(ByteView value);
Result<AssessmentRecord> decode_assessment(ByteView value);
Result<AuthorisationRecord> decode_authorisation(ByteView value);
Result<MandateRecord> decode_mandate(ByteView value);
Result<DebitRecord> decode_debit(ByteView value);
Result<ContactsRecord> decode_contacts(ByteView value);
Result<ComplaintRecord> decode_complaint(ByteView value);
Result<ReconRecord> decode_recon(ByteView value);
Result<OpinionRecord> decode_opinion(ByteView value);
Result<HedgeRecord> decode_hedge(ByteView value);
Result<CustomerRecord> decode_customer(ByteView value);
Result<ErasureRecord> decode_erasure(ByteView value);
Result<CostTableRecord> decode_cost_table(ByteView value);
Result<DisclosureRecord> decode_disclosure(ByteView value);
Result<AlertRecord> decode_alert(ByteView value);
Result<AlertListRecord> decode_alert_list(ByteView value);
Result<AwaitedRecord> decode_awaited(ByteView value);
Result<AwaitedDayRecord> decode_awaited_day(ByteView value);
Result<AwaitedContractRecord> decode_awaited_contract(ByteView value);
Result<PoolLogRecord> decode_pool_log(ByteView value);
Result<PoolRecord> decode_pool(ByteView value);
Result<PoolContractRecord> decode_pool_contract(ByteView value);
/// The head alone of any account's record.
Result<AccountHead> decode_head(ByteView value);

}  // namespace tally::ledger
