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
#include "ledger/transaction.h"
#include "ledger/types.h"

namespace tally::ledger {

// What was registered and never changes, and what is looked up beside accounts.

using CurrencyCode = std::array<char, 3>;

/// A ruleset as registered, and when.
struct RulesetRecord {
    RulesetRegister terms;
    std::uint64_t entry = 0;
};
/// A product as registered, by whom and when.
struct ProductRecord {
    ProductRegister terms;
    MemberId owner;
    std::uint64_t entry = 0;
    std::uint32_t cost_tables = 0;          ///< registered for it
    std::optional<CostTableId> last_table;  ///< of them, the last
};
/// A cost table as registered. Those of a product hang on a chain, newest first; their value dates
/// never go back.
struct CostTableRecord {
    CostTable terms;
    std::uint64_t entry = 0;
    Day value_date = 0;  ///< from which on it is the product's
    std::optional<CostTableId> previous;
};
/// Of a product, so that finding the one of a date is bounded.
inline constexpr std::uint32_t kCostTablesMax = 100;
/// That a borrower was shown a cost table.
struct DisclosureRecord {
    DisclosureAck terms;
    MemberId owner;  ///< that said so
    std::uint64_t entry = 0;
    Day value_date = 0;  ///< from which on it may be cited
};
struct ModelRecord {
    ModelRegister terms;
    MemberId owner;
    std::uint64_t entry = 0;
};
/// An assessment and how much of its limit lines have taken.
struct AssessmentRecord {
    Assessment terms;
    MemberId owner;
    Amount granted = 0;  ///< sum of the limits of lines that cite it
    std::uint64_t entry = 0;
    Day value_date = 0;  ///< from which on it may be cited
};

enum class AuthorisationStatus : std::uint8_t {
    reserved = 1,
    captured = 2,
    voided = 3,
    expired = 4,
};
/// A reservation on a line. Authorisations hang on a chain, newest first, on their line.
struct AuthorisationRecord {
    AuthorisationStatus status = AuthorisationStatus::reserved;
    LineId line;
    Amount amount = 0;
    Day expires = 0;
    Day opened = 0;                                  ///< value date
    std::uint64_t entry = 0;                         ///< that opened it
    Day closed = 0;                                  ///< value date of its end; 0 while reserved
    std::uint64_t closed_entry = ~std::uint64_t{0};  ///< that ended it
    std::optional<AuthorisationId> previous;

    bool operator==(const AuthorisationRecord&) const = default;
};

/// A debit that was instructed, has no result yet and is waited for.
struct OpenDebit {
    Day due = 0;
    Amount amount = 0;
    DebitId debit;

    bool operator==(const OpenDebit&) const = default;
};
/// Of a mandate; who waits for more results than this asks the provider.
inline constexpr std::size_t kOpenDebitsMax = 36;
/// Of a contract, without the reserve (ledger/room.h).
inline constexpr std::size_t kMandatesMax = 64;
/// A debit without a result is on its way until the book's newest day is so many days after its
/// own: a bank says within days that it could not draw.
inline constexpr Day kDebitWaitDays = 14;
/// A borrower's permission to draw what is due on a contract. Mandates hang on a chain, newest
/// first, on their contract, and debits on their mandate.
struct MandateRecord {
    MandateRegister terms;
    std::uint64_t entry = 0;
    MemberId provider;                             ///< that signed it, and alone states results
    Day value_date = 0;                            ///< of its registration
    Day revoked_on = 0;                            ///< value date of its end
    std::uint64_t revoked_by = ~std::uint64_t{0};  ///< entry of its revocation
    /// Ascending by draw date, one for each. Those that are not waited for any more leave it with
    /// the next instruction.
    std::vector<OpenDebit> open;
    std::optional<DebitId> last_debit;
    std::optional<MandateId> previous;

    bool revoked() const { return revoked_by != ~std::uint64_t{0}; }
    /// A debit may be drawn on the day.
    bool live_on(Day day) const {
        return day >= terms.valid_from && day >= value_date && day <= terms.valid_to &&
               (!revoked() || day < revoked_on);
    }
};

enum class DebitStatus : std::uint8_t { open = 1, succeeded = 2, failed = 3 };
struct DebitRecord {
    DebitInstruct terms;
    std::uint64_t entry = 0;
    DebitStatus status = DebitStatus::open;
    Day result_date = 0;                             ///< value date of its result
    std::uint64_t result_entry = ~std::uint64_t{0};  ///< that stated it
    std::string reason;                              ///< of a failure
    std::string source_ref;                          ///< of a success, as posted
    std::optional<DebitId> previous;
};

/// How often a borrower was contacted on a day, on all contracts together.
struct ContactDay {
    Day day = 0;
    std::uint32_t count = 0;  ///< 1..255

    bool operator==(const ContactDay&) const = default;
};
/// Of a borrower: the newest days on which it was contacted. Once there are as many as it keeps, a
/// day before them is counted no more, and so takes no contact.
struct ContactsRecord {
    std::vector<ContactDay> days;  ///< ascending

    std::uint32_t on(Day day) const;
    bool counts(Day day) const;
    /// Requires that the day counts. The oldest day leaves where there is no room.
    void add(Day day);
};
inline constexpr std::size_t kContactDaysMax = 64;
/// The most that a ruleset may allow on a day.
inline constexpr std::uint32_t kContactsMax = 36;
inline constexpr std::uint32_t kMinutesOfDay = 24 * 60;

/// Complaints hang on a chain, newest first, on their contract.
struct ComplaintRecord {
    struct Answer {
        ComplaintClose said;
        MemberId owner;  ///< who recorded it
        Day value_date = 0;
        std::uint64_t entry = 0;
    };
    ComplaintOpen terms;
    std::uint64_t entry = 0;
    MemberId owner;  ///< who recorded it
    Day value_date = 0;
    std::optional<Answer> answer;
    std::optional<ComplaintId> previous;
};

/// What was found when a lender's book was compared with a file, and by whom.
struct ReconRecord {
    ReconResult terms;
    MemberId owner;
    std::uint64_t entry = 0;
};
struct OpinionRecord {
    AuditOpinion terms;
    MemberId owner;
    std::uint64_t entry = 0;
};
struct HedgeRecord {
    HedgeRegister terms;
    MemberId owner;
    std::uint64_t entry = 0;
};

/// A borrower as one lender has it: what of it is not over. There is one once the lender has
/// assessed it.
struct CustomerRecord {
    std::uint64_t open_lines = 0;      ///< not closed
    std::uint64_t live_contracts = 0;  ///< see is_live (ledger/position.h)

    bool operator==(const CustomerRecord&) const = default;
};
/// That a lender erased a borrower: nothing new begins with it.
struct ErasureRecord {
    ErasureCert terms;
    MemberId owner;
    std::uint64_t entry = 0;
    Day value_date = 0;
};
/// The first half of domain_hash("customer", lender, borrower).
CustomerId customer_id_of(const MemberId& lender, const BorrowerId& borrower);

/// What was decided on an alert.
struct AlertAnswer {
    Disposition disposition = Disposition::dismissed;
    std::uint64_t entry = 0;
    Day value_date = 0;
    std::string reason;

    bool operator==(const AlertAnswer&) const = default;
};
/// Escalated, and then confirmed or dismissed.
inline constexpr std::size_t kAlertAnswersMax = 2;
/// A warning: raised by the nodes as a transaction crossed a threshold, or by a servicer by hand.
/// Alerts hang on a chain, newest first, on the contract, line or pool that they are on.
struct AlertRecord {
    AlertRule rule = AlertRule::other;
    bool by_hand = false;
    LineId line;  ///< of the contract, or the one that it is on; all zeros if it is on a pool
    std::optional<ContractId> contract;  ///< nothing: it is on the line, or on a pool
    std::optional<PoolId> pool;          ///< that it is on
    MemberId owner;                      ///< of the contract or line, at the time; of the pool
    std::uint64_t entry = 0;             ///< that raised it
    Day business_date = 0;               ///< of that entry
    Day as_of = 0;                       ///< the day for which it holds
    /// By nodes, in the threshold's unit: ppm of the limit, days after the due date, debits; of a
    /// pool its balance, or ppm of that.
    std::int64_t measured = 0;
    std::int64_t threshold = 0;  ///< the ruleset's, or the pool's
    std::string reason;          ///< by hand
    std::optional<crypto::Digest> evidence;
    std::vector<AlertAnswer> answers;  ///< none: open
    std::optional<AlertId> previous;

    /// Nothing can be decided on it any more.
    bool disposed() const {
        return !answers.empty() && answers.back().disposition != Disposition::escalated;
    }
    bool operator==(const AlertRecord&) const = default;
};
/// The alerts on a contract, a line or a pool.
struct AlertListRecord {
    std::uint64_t count = 0;
    std::optional<AlertId> last;

    bool operator==(const AlertListRecord&) const = default;
};

/// How many contracts wait for the day on which their first row must have been met, and a day
/// before which none does: one record. Days without contracts have no record.
struct AwaitedRecord {
    std::uint64_t count = 0;
    Day first = 0;

    bool operator==(const AwaitedRecord&) const = default;
};
/// Contracts that wait for a day, in the order of their captures.
struct AwaitedDayRecord {
    ContractId first;
    ContractId last;

    bool operator==(const AwaitedDayRecord&) const = default;
};
/// A contract that waits.
struct AwaitedContractRecord {
    std::optional<ContractId> next;  ///< for the same day, captured after it

    bool operator==(const AwaitedContractRecord&) const = default;
};
/// So many contracts are judged by one DAY_CLOSE, with so many events in sum (the last one may go
/// beyond), and so many days looked at; what is left waits for the next one.
inline constexpr std::size_t kJudgedContractsMax = 4096;
inline constexpr std::size_t kJudgedEventsMax = 20'000;
inline constexpr std::size_t kJudgedDaysMax = 4096;

/// A payment reference that was posted to a lender's account. Free again once that event is
/// reversed.
struct SourceRecord {
    std::uint64_t entry = 0;
    ContractId contract;

    bool operator==(const SourceRecord&) const = default;
};

/// Whose a key is or was, for ever: it never becomes another's, nor valid again.
struct KeyRecord {
    std::optional<MemberId> member;           ///< nothing: a node's
    std::uint64_t entry = ~std::uint64_t{0};  ///< that brought it; all ones: genesis

    bool operator==(const KeyRecord&) const = default;
};

/// Who governs, and which rules come next: one record.
struct GovernanceRecord {
    struct Next {
        std::uint32_t version = 0;
        std::uint64_t height = 0;  ///< the first block under it
        std::uint64_t entry = 0;   ///< that decided it

        bool operator==(const Next&) const = default;
    };
    std::vector<MemberId> members;  ///< with the role, ascending
    std::optional<Next> next;

    /// How many of them make a quorum: more than half.
    std::size_t quorum() const { return members.size() / 2 + 1; }
    bool operator==(const GovernanceRecord&) const = default;
};
inline constexpr std::size_t kGoverningMembersMax = 64;

/// A lender's book in one currency.
struct BookId {
    MemberId lender;
    CurrencyCode currency{};

    auto operator<=>(const BookId&) const = default;
};

/// The book's days: one record.
struct DaysRecord {
    std::optional<Day> last_closed;
    std::vector<Day> open;      ///< ascending, after last_closed
    std::vector<BookId> books;  ///< in which anything was booked, ascending
    std::vector<Day> used;      ///< of `open`, those that something is dated on, ascending

    /// The newest day on which anything can have been booked.
    std::optional<Day> newest() const;
    bool is_open(Day day) const;
    bool is_closed(Day day) const { return last_closed && day <= *last_closed; }
    bool is_used(Day day) const;
    bool operator==(const DaysRecord&) const = default;
};

/// By how many products, and by how many contracts that are live (is_live in ledger/position.h).
struct NamedServicer {
    MemberId servicer;
    std::uint64_t products = 0;
    std::uint64_t contracts = 0;

    bool operator==(const NamedServicer&) const = default;
};

/// Who services anything of the book, and so opens and closes its days: one record.
struct ServicersRecord {
    std::vector<NamedServicer> named;  ///< ascending by id, by at least one each

    /// To count in; left with nothing, `drop_unnamed` takes it away.
    NamedServicer& of(const MemberId& servicer);
    void drop_unnamed();
    bool operator==(const ServicersRecord&) const = default;
};

inline constexpr std::size_t kOpenDaysMax = 31;
/// Trial balances of them all fit into one DAY_CLOSE.
inline constexpr std::size_t kBooksMax = 100;
/// Of one lender, so that others find room.
inline constexpr std::size_t kCurrenciesMax = 8;
/// How far ahead of block time a day may be opened.
inline constexpr Day kLeadDaysMax = 1;

}  // namespace tally::ledger
