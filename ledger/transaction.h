#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/suite.h"
#include "ledger/schedule.h"
#include "ledger/transaction_conduct.h"
#include "ledger/transaction_pools.h"
#include "ledger/types.h"

namespace tally::ledger {

// Field numbers and meaning: proto/tallystick.proto. Rules and signers: docs/CREDIT.md.

/// In the default order in which a payment meets them.
enum class Component : std::uint8_t { penalty = 1, fee = 2, interest = 3, principal = 4 };
inline constexpr std::size_t kComponents = 4;

/// What the ruleset says of a payment above what is payable.
enum class Overpayment : std::uint8_t {
    refuse = 1,
    credit = 2,  ///< the rest is owed to the borrower
};
/// The most that purchases may cost a year, from a day on.
struct DatedCap {
    Day valid_from = 0;
    Ppm apr_ppm = 0;
};
struct RulesetRegister {           ///< field 20; an originator and a regulator sign
    RulesetId ruleset;             ///< new; what it says never changes
    std::vector<Day> bucket_days;  ///< 1..12 upper bounds, ascending: M1 up to the first, and so on
    std::vector<Day> class_days;   ///< 4 first days, ascending: special mention up to loss
    std::array<Component, kComponents> order{Component::penalty, Component::fee,
                                             Component::interest,
                                             Component::principal};  ///< of a payment in a row
    Day principal_first_after = 0;  ///< delinquent days beyond which principal goes first; 0: never
    Ppm penalty_ppm_day = 0;        ///< of the overdue amount, a day
    Ppm penalty_cap_ppm = 0;        ///< of the principal captured; no more penalty than this
    Day grace_days = 0;             ///< past due but not yet delinquent
    std::uint32_t grace_grants_max = 0;
    Day grace_grant_days_max = 0;  ///< all grants of a contract together
    std::uint32_t reschedules_max = 0;
    Day backdating_days_max = 0;  ///< value date before business date
    Overpayment overpayment = Overpayment::refuse;
    Day lag_days_max = 0;                ///< business date before the block's date; 0: no bound
    Day charge_off_days_min = 0;         ///< least days past due of a charge-off
    std::uint32_t observation_rows = 0;  ///< paid in a row before a re-plan's class is let go
    /// Minutes of the day, in the network's calendar, from the first on and before the second, in
    /// which a borrower may be contacted, and how often a day; all 0: not at all.
    std::uint32_t contact_from = 0;
    std::uint32_t contact_to = 0;
    std::uint32_t contacts_per_day = 0;
    /// Nothing goes to a collector before a request for relief, a grace or a re-plan.
    bool forbearance_first = false;
    std::vector<DatedCap> apr_caps;  ///< 0..16, ascending; the last one that has begun counts
    // Early warnings that the nodes give by themselves; 0: none.
    Ppm alert_limit_use_ppm = 0;            ///< use and reservations, of a line's limit
    Day alert_first_payment_days = 0;       ///< after the first row's due date
    std::uint32_t alert_missed_debits = 0;  ///< failed ones of a contract in a row
};

enum class Prepayment : std::uint8_t {
    running_period = 1,  ///< charges of the rows due and of the running period; later ones lapse
    all_charges = 2,
};
/// What a refund of a part of the purchase takes off the rows.
enum class RefundPolicy : std::uint8_t {
    spread = 1,           ///< every open row shrinks in proportion
    last_rows_first = 2,  ///< what is due next stays due as it was agreed
};
struct ProductTerm {
    std::uint32_t band = 0;     ///< 1..255, of the assessment
    std::uint32_t periods = 0;  ///< 1..36
    Ppm rate_ppm = 0;           ///< per period for equal principal, per year for annuity
};
struct ProductRegister {  ///< field 21; an originator and a regulator sign
    ProductId product;    ///< new; what it says never changes
    RulesetId ruleset;
    std::string currency;  ///< an active code of ISO 4217
    ScheduleMethod method = ScheduleMethod::equal_principal;
    DayCount day_count = DayCount::thirty_360;
    MonthEnd month_end = MonthEnd::clamp;
    Remainder remainder = Remainder::last;
    Prepayment prepayment = Prepayment::running_period;
    Amount minimum = 0;  ///< least principal of a purchase
    Ppm apr_cap_ppm = 0;
    std::vector<ProductTerm> terms;  ///< 1..128, one for each band and number of periods
    MemberId servicer = {};          ///< of contracts that name no other
    RefundPolicy refund = RefundPolicy::spread;
};
struct ModelRegister {  ///< field 22; an originator signs
    ModelId model;      ///< new
    std::string name;   ///< 1..64 bytes
    crypto::Digest commitment;
};

enum class Decision : std::uint8_t { approved = 1, declined = 2 };
struct Assessment {  ///< field 23; an originator signs
    AssessmentId assessment;
    BorrowerId borrower;
    ModelId model;
    crypto::Digest inputs;   ///< commitment of what the model was given
    std::uint32_t band = 0;  ///< 1..255; 0 only if declined
    Decision decision = Decision::approved;
    std::string reasons;   ///< up to 256 bytes, codes of the lender's own
    std::string currency;  ///< approved only
    Amount limit = 0;      ///< approved only: the most that lines citing it may sum to
    Day valid_to = 0;      ///< last day on which a line may cite it
};
struct LimitGrant {  ///< field 16; an originator signs and owns the line
    LineId line;
    BorrowerId borrower;
    std::string currency;
    Amount limit = 0;
    Day valid_from = 0;
    Day valid_to = 0;  ///< last day, inclusive
    AssessmentId assessment;
};
struct LimitChange {  ///< field 17; originator of the line signs
    LineId line;
    Amount limit = 0;
    std::optional<AssessmentId> assessment;  ///< raises: a new one, else the line's own must do
};
struct LimitFreeze {  ///< field 24; originator of the line signs
    LineId line;
    std::string reason;  ///< 1..64 bytes
};
struct LimitUnfreeze {  ///< field 25; originator of the line signs
    LineId line;
    std::string reason;
};
struct LimitClose {  ///< field 26; originator of the line signs
    LineId line;
};

struct PurchaseAuth {  ///< field 27; originator of the line signs
    AuthorisationId authorisation;
    LineId line;
    Amount amount = 0;
    Day expires = 0;  ///< last day on which it may be captured
};
struct PurchaseVoid {  ///< field 28; originator of the line signs
    AuthorisationId authorisation;
};
struct PurchaseExpire {  ///< field 29; originator of the line signs
    AuthorisationId authorisation;
};
struct FundingShare {
    MemberId funder;
    Ppm share = 0;

    bool operator==(const FundingShare&) const = default;
};
struct Capture {  ///< field 18; originator of the line and every funder sign
    ContractId contract;
    LineId line;
    Amount principal = 0;
    ProductId product;
    Ppm rate_ppm = 0;  ///< the product's for the line's band and so many periods
    Ppm apr_ppm = 0;   ///< as disclosed
    crypto::Digest terms_hash;
    std::optional<AuthorisationId> authorisation;
    std::vector<Instalment> schedule;            ///< 1..36 rows
    std::vector<FundingShare> shares;            ///< 1..16
    MemberId servicer = {};                      ///< who posts and marks; the product's, or another
    std::optional<MerchantId> merchant = {};     ///< a pseudonym; who is to be paid
    std::optional<crypto::Digest> order = {};    ///< salted commitment of what was bought
    std::optional<CostTableId> cost_table = {};  ///< the product's; with `disclosure`
    std::optional<DisclosureId> disclosure = {};  ///< that the borrower has seen it
};
struct MerchantRefund {  ///< field 30; originator of the contract signs
    ContractId contract;
    Amount amount = 0;
    std::string source_ref;
};

struct Allocation {
    std::uint32_t instalment = 0;  ///< 0-based row of the plan in force
    Component component = Component::principal;
    Amount amount = 0;

    bool operator==(const Allocation&) const = default;
};
struct Repayment {  ///< field 19; the contract's servicer signs
    ContractId contract;
    Amount amount = 0;
    std::string source_ref;  ///< the payment's own reference (ledger/reference.h): posts once
    std::vector<Allocation> allocation;  ///< what the servicer claims; must equal the node's own
};
struct PrepaySettle {  ///< field 31; the contract's servicer signs
    ContractId contract;
    Amount amount = 0;  ///< exactly what settles the contract on the value date
    std::string source_ref;
};
struct PenaltyAssess {  ///< field 32; the contract's servicer signs
    ContractId contract;
    Amount amount = 0;  ///< accrued through the value date and not yet assessed
};
struct OverdueMark {  ///< field 33; the contract's servicer signs
    ContractId contract;
    Day days_past_due = 0;
    std::uint32_t bucket = 0;       ///< 0 for M0
    std::uint32_t asset_class = 0;  ///< 0 normal .. 4 loss
};
struct Waive {  ///< field 34; originator of the contract signs with two keys
    ContractId contract;
    std::vector<Allocation> parts;  ///< 1..144
};

enum class HardshipStage : std::uint8_t { requested = 1, refused = 2 };
struct HardshipRequest {  ///< field 35; the contract's servicer signs
    HardshipId request;
    ContractId contract;
    HardshipStage stage = HardshipStage::requested;
    std::string reason;                      ///< 1..64 bytes
    std::optional<crypto::Digest> evidence;  ///< commitment; requests only
};
struct GraceGrant {  ///< field 36; originator of the contract signs
    ContractId contract;
    Day from = 0;
    Day to = 0;  ///< inclusive
    std::optional<HardshipId> request;
};
struct Reschedule {  ///< field 37; originator of the contract signs
    ContractId contract;
    Ppm rate_ppm = 0;             ///< at most that of the plan in force
    Amount carried_penalty = 0;   ///< what was billed and what accrued since
    Amount carried_fee = 0;       ///< arrears, due with the first new row
    Amount carried_interest = 0;  ///< likewise
    std::vector<Instalment> schedule;
    std::optional<HardshipId> request;
    Amount waived_penalty = 0;  ///< of that penalty, in place of carrying it
};
struct ChargeOff {  ///< field 38; originator of the contract signs
    ContractId contract;
    Amount penalty = 0;
    Amount fee = 0;       ///< that fell due; what never did lapses
    Amount interest = 0;  ///< likewise
    Amount principal = 0;
    std::string reason = {};  ///< 1..64 bytes
};
struct Recovery {  ///< field 39; the assigned collector and the contract's servicer sign
    ContractId contract;
    Amount amount = 0;
    Amount commission = 0;  ///< of the amount, kept by the collector, within its agreement
    std::string source_ref;
};

struct Reversal {  ///< field 40; the roles of its target sign
    MemberId submitter;
    TransactionId target;  ///< its id, which is unique for its submitter alone
    ContractId contract;   ///< that it touched
    std::string reason;    ///< 1..64 bytes
    /// On a closed day: the contract that the payment belonged to, if it was posted to the wrong
    /// one. Its servicer signs too.
    std::optional<ContractId> reposted_on = {};
};
struct DayOpen {};  ///< field 41; a servicer signs; the business date is the day
struct BookBalance {
    MemberId lender;  ///< whose book
    std::string currency;
    std::uint32_t account = 0;  ///< number of a BookAccount
    Amount balance = 0;         ///< debit positive, not zero

    bool operator==(const BookBalance&) const = default;
};
struct DayClose {  ///< field 42; a servicer signs; the business date is the day
    /// Trial balances of all lenders, ascending by lender, currency and account.
    std::vector<BookBalance> balances;
};
struct DayCancel {};  ///< field 43; a servicer and an originator sign; the day is the business date

struct ServicerChange {  ///< field 44; originator of the contract, old and new servicer sign
    ContractId contract;
    MemberId servicer;  ///< the new one
};
struct OverpayRefund {  ///< field 45; the contract's servicer signs
    ContractId contract;
    Amount amount = 0;  ///< of what is owed to the borrower
    std::string source_ref;
};
struct CollectionAssign {  ///< field 46; originator of the contract and the collector sign
    ContractId contract;
    MemberId collector;
    Ppm commission_ppm = 0;  ///< the most that the collector keeps of what it recovers
};
struct CollectionRecall {  ///< field 47; originator of the contract and the collector sign
    ContractId contract;
};
struct Chargeback {  ///< field 48; a payment provider and the contract's servicer sign
    ContractId contract;
    MemberId submitter;    ///< of the payment that the bank took back
    TransactionId target;  ///< its id
    Amount amount = 0;     ///< at most what the payment brought
    std::string source_ref;
};

struct MandateRegister {  ///< field 49; a payment provider and the contract's servicer sign
    MandateId mandate;    ///< new
    ContractId contract;
    Amount amount_max = 0;  ///< of one debit
    Day valid_from = 0;
    Day valid_to = 0;           ///< last day on which a debit may be drawn
    crypto::Digest commitment;  ///< of the document that the borrower signed
};
struct MandateRevoke {  ///< field 50; the contract's servicer signs
    MandateId mandate;
};
struct DebitInstruct {  ///< field 51; the contract's servicer signs
    DebitId debit;      ///< new
    MandateId mandate;
    Amount amount = 0;
    Day due = 0;  ///< on which it is to be drawn
};
enum class DebitOutcome : std::uint8_t { succeeded = 1, failed = 2 };
struct DebitResult {  ///< field 52; the payment provider of the mandate signs
    DebitId debit;
    DebitOutcome result = DebitOutcome::succeeded;
    std::string reason;      ///< of a failure: 1..64 bytes
    std::string source_ref;  ///< of a success: the payment's own reference, posts once
};
/// A role as a word; its bit in a member's roles is 1 << (number - 1), as in Role.
enum class RoleName : std::uint8_t {
    originator = 1,
    funder = 2,
    servicer = 3,
    collector = 4,
    payment_provider = 5,
    trustee = 6,
    auditor = 7,
    regulator = 8,
    governance = 9,
};
struct GivenRole {
    RoleName role = RoleName::originator;
};
/// A key that is new to the network, with the proof that who names it has it: a signature by it
/// over possession_bytes (ledger/governance.h).
struct NewKey {
    crypto::Suite suite = crypto::Suite::ed25519;
    crypto::PublicKey key;
    crypto::Signature possession;
};
struct NamedKey {
    crypto::Suite suite = crypto::Suite::ed25519;
    crypto::PublicKey key;
};
struct MemberAdd {                 ///< field 53; a quorum of the governing members signs
    std::string name;              ///< 1..64 of [a-z0-9-], new; its id is member_id_of(name)
    std::vector<GivenRole> roles;  ///< 1..9, each once, ascending
    std::vector<NewKey> keys;      ///< 1..16
};
struct KeyRotate {  ///< field 54; a quorum signs, and the member while it has a valid key
    MemberId member;
    std::vector<NewKey> keys;       ///< 1..16; valid from the next block on
    std::vector<NamedKey> retired;  ///< 0..16 of the member's; not valid from the next block on
};
struct KeyRevoke {  ///< field 55; the member itself or a quorum signs
    MemberId member;
    std::vector<NamedKey> keys;  ///< 1..16 of the member's; not valid from the next block on
    std::string reason;          ///< 1..64 bytes
};
struct RulesActivate {          ///< field 56; a quorum of the governing members signs
    std::uint32_t version = 0;  ///< the next one; or the active one: nothing follows after all
    std::uint32_t height = 0;   ///< first block under it; 0 with the active one
};

struct Pledge {  ///< field 57; originator of the contract and the funder sign
    ContractId contract;
    MemberId funder;  ///< to whom
};
struct Release {  ///< field 58; originator of the contract and its pledgee sign
    ContractId contract;
};
struct TransferInit {  ///< field 59; owner of the contract signs
    ContractId contract;
    MemberId buyer;
    Amount price = 0;     ///< in the contract's currency
    Day valid_until = 0;  ///< last day on which it may be settled
};
struct TransferSettle {  ///< field 60; owner of the contract and the buyer sign
    ContractId contract;
    std::string source_ref;  ///< the price's own reference, in the seller's book
};
struct TransferCancel {  ///< field 61; owner of the contract signs
    ContractId contract;
};
struct TransferDecline {  ///< field 62; the buyer signs
    ContractId contract;
};

struct MerchantSettle {  ///< field 57; originator of the contract signs
    ContractId contract;
    Amount amount = 0;       ///< of what is owed to the merchant for this purchase
    std::string source_ref;  ///< of the payment to the merchant: posts once
};
struct DebtSettle {  ///< field 58; originator of the contract signs with two keys
    ContractId contract;
    Amount amount = 0;  ///< paid, for all of it
    std::string source_ref;
    Amount penalty = 0;    ///< let go
    Amount fee = 0;        ///< that fell due, let go; what never did is cancelled
    Amount interest = 0;   ///< likewise
    Amount principal = 0;  ///< let go
};

/// Who gets what a row of a cost table says.
enum class CostCollector : std::uint8_t {
    originator = 1,
    servicer = 2,
    funder = 3,
    guarantor = 4,
    third_party = 5,
};
/// What a row's rate is of, and how often (docs/CREDIT.md, COST_TABLE).
enum class CostBasis : std::uint8_t {
    principal = 1,  ///< a year, of the principal captured
    balance = 2,    ///< a year, of the principal outstanding; of a penalty, of what is overdue
    per_row = 3,    ///< of the total of each row
    once = 4,       ///< of the principal, when it is captured
};
enum class CostWhen : std::uint8_t {
    normal = 1,
    in_default = 2,  ///< only what is overdue bears it
};
struct CostRow {
    std::string item;  ///< 1..64 bytes; `fee`, `interest`, `penalty`: what the book itself charges
    CostCollector collector = CostCollector::originator;
    std::optional<MemberId> member = {};  ///< if the collector is a member, who
    CostBasis basis = CostBasis::principal;
    Ppm rate_ppm = 0;  ///< 0..10,000,000, by the basis
    CostWhen when = CostWhen::normal;
};
struct CostTable {      ///< field 59; an originator and a regulator sign
    CostTableId table;  ///< new; what it says never changes
    ProductId product;
    std::vector<CostRow> rows;  ///< 1..32, each item once
};
struct DisclosureAck {        ///< field 60; an originator signs
    DisclosureId disclosure;  ///< new
    BorrowerId borrower;
    CostTableId table;
    Day shown_on = 0;                ///< not after the value date, nor after the block's day
    std::uint32_t seconds_read = 0;  ///< above 0
    crypto::Digest commitment;       ///< of what was shown
};

/// What an alert warns of. All but `other` can be raised by the nodes themselves.
enum class AlertRule : std::uint8_t {
    limit_use = 1,
    first_payment_default = 2,
    missed_debits = 3,
    roll_rate = 4,
    other = 5,
    pool_balance = 6,
};
struct Alert {      ///< field 74; the contract's servicer signs
    AlertId alert;  ///< new, and none of the nodes' own
    ContractId contract;
    AlertRule rule = AlertRule::other;
    std::string reason;                      ///< 1..64 bytes
    std::optional<crypto::Digest> evidence;  ///< commitment
};
enum class Disposition : std::uint8_t {
    confirmed = 1,
    dismissed = 2,
    escalated = 3,  ///< one of the others may follow
};
struct AlertDisposition {  ///< field 75; who owns the contract or line, or has the pool, signs
    AlertId alert;         ///< of either kind
    Disposition disposition = Disposition::dismissed;
    std::string reason;  ///< 1..64 bytes
};

/// Each has its row in ledger/type_table.h.
using TransactionBody = std::variant<
    LimitGrant, LimitChange, Capture, Repayment, RulesetRegister, ProductRegister, ModelRegister,
    Assessment, LimitFreeze, LimitUnfreeze, LimitClose, PurchaseAuth, PurchaseVoid, PurchaseExpire,
    MerchantRefund, PrepaySettle, PenaltyAssess, OverdueMark, Waive, HardshipRequest, GraceGrant,
    Reschedule, ChargeOff, Recovery, Reversal, DayOpen, DayClose, DayCancel, ServicerChange,
    OverpayRefund, CollectionAssign, CollectionRecall, Chargeback, MandateRegister, MandateRevoke,
    DebitInstruct, DebitResult, MemberAdd, KeyRotate, KeyRevoke, RulesActivate, ContactLog,
    ComplaintOpen, ComplaintClose, ReconResult, AuditOpinion, HedgeRegister, ErasureCert, Pledge,
    Release, TransferInit, TransferSettle, TransferCancel, TransferDecline, MerchantSettle,
    DebtSettle, CostTable, DisclosureAck, Alert, AlertDisposition, PoolCreate, PoolAdd, PoolSeal,
    PoolIssue, PoolTrigger, PoolClose, BuybackInit, BuybackSettle, PoolRemove>;

/// Field number of the body in Transaction is this + place in the variant.
inline constexpr std::uint32_t kFirstBodyField = 16;

/// One event of the credit book.
struct Transaction {
    TransactionId id;
    Day business_date = 0;
    Day value_date = 0;
    TransactionBody body;
};

/// Canonical bytes: ascending fields, minimal varints, defaults left out.
Bytes encode_transaction(const Transaction& transaction);
/// Our own walk over the wire format under a rules version. Accepts canonical bytes only, so that
/// encode(decode(x)) == x. Fails with malformed and the field's name.
Result<Transaction> decode_transaction(ByteView bytes, std::uint32_t rules_version);
/// The version that decodes what is under this one.
constexpr std::uint32_t grammar_of(std::uint32_t rules_version) {
    return rules_version > kRulesVersion ? kRulesVersion : rules_version;
}
/// The id alone, for bytes whose body may be refused: present if the bytes begin with a
/// well-formed id field.
std::optional<TransactionId> transaction_id_of(ByteView bytes);
/// `LIMIT_GRANT` and so on.
std::string_view type_name(const TransactionBody& body);

}  // namespace tally::ledger
