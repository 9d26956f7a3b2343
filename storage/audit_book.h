#pragma once

// Internal.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ledger/double_entry.h"
#include "ledger/ledger.h"
#include "ledger/position.h"
#include "ledger/record_reader.h"
#include "ledger/records.h"
#include "storage/audit_book_alerts.h"
#include "storage/audit_book_conduct.h"
#include "storage/audit_book_debits.h"
#include "storage/audit_book_pools.h"
#include "storage/audit_book_sales.h"
#include "storage/audit_book_servicers.h"
#include "storage/audit_costs.h"
#include "storage/audit_keys.h"

namespace tally::storage {

/// A second set of books, kept from the entries and postings alone and compared with the records
/// after every block (the invariants of docs/CREDIT.md).
class AuditBook {
public:
    /// Books a block, then checks what it touched. The finding's text, or nothing. An error: an
    /// entry or record that does not decode.
    Result<std::optional<std::string>> check(const ledger::BlockResult& block,
                                             const ledger::RecordReader& after);

private:
    using Finding = std::optional<std::string>;
    using IdKey = std::pair<ledger::MemberId, ledger::TransactionId>;
    /// A lender and a reference of a payment to it, in canonical form.
    using SourceKey = std::pair<ledger::MemberId, std::string>;
    struct Line {
        ledger::MemberId owner;
        ledger::BorrowerId borrower;
        ledger::LineStatus status = ledger::LineStatus::active;
        ledger::Balances balances;
        ledger::Amount limit = 0;      ///< last set by an accepted transaction
        ledger::Wide reserved = 0;     ///< of its open authorisations
        ledger::Wide outstanding = 0;  ///< principal of all its contracts, by their records
    };
    struct Contract {
        std::optional<ledger::LineId> line;
        ledger::MemberId originator;
        ledger::MemberId servicer;  ///< of the time
        std::vector<ledger::MemberId> funders;
        std::optional<ledger::MemberId> collector;  ///< of the time
        ledger::Ppm commission_ppm = 0;             ///< that it may keep
        ledger::Balances balances;                  ///< in all books
        ledger::Wide outstanding = 0;               ///< principal, by its record
        std::size_t reliefs = 0;                    ///< asked for or given, and not taken back
        ledger::Wide captured = 0;
        ledger::Wide refunded = 0;
        ledger::Wide merchant_paid = 0;
        bool merchant = false;  ///< it names one
    };
    /// Who answers for an event, and so may take it back.
    enum class Answers : std::uint8_t { owner, servicer, funders, provider };
    /// An accepted transaction on a contract that a reversal may take back.
    struct Event {
        ledger::ContractId contract;
        Answers answers = Answers::owner;
        ledger::Wide amount = 0;
        /// What of the contract it adds to, if any: what a merchant was paid, or gave back.
        ledger::Wide Contract::*adds_to = nullptr;
        std::optional<SourceKey> source;
        std::optional<IdKey> takes_back;       ///< chargeback: the payment
        std::optional<ledger::DebitId> debit;  ///< that brought it
        ledger::Wide taken_back = 0;           ///< payment: by chargebacks
        bool reversed = false;
        bool relieves = false;  ///< a grace or a re-plan
        bool captures = false;
        /// Who brought it beside the servicer; one of them takes it back.
        std::set<ledger::MemberId> brought_by;
    };
    struct Authorisation {
        ledger::LineId line;
        ledger::Amount amount = 0;
    };

    /// An accepted transaction, with its entry and the header of its submission.
    struct Accepted {
        std::uint64_t entry = 0;
        const ledger::SubmissionHeader& header;
        const ledger::Transaction& transaction;
    };
    class Taker;

    void post(const ledger::BlockResult& block);
    Result<Finding> take_entries(const ledger::BlockResult& block,
                                 const ledger::RecordReader& after);
    /// Takes down what an accepted transaction says and recomputes what it claims of a contract.
    Result<Finding> take(const Accepted& accepted, const ledger::RecordReader& after);
    Result<Finding> recompute(const Accepted& accepted, const ledger::OverdueMark& mark,
                              const ledger::RecordReader& after);
    Result<Finding> recompute(const Accepted& accepted, const ledger::Repayment& repayment,
                              const ledger::RecordReader& after);
    /// Of the lender's contracts with a borrower that it erases: one that is not over.
    Result<Finding> find_open(const Accepted& accepted, const ledger::MemberId& lender,
                              const ledger::BorrowerId& borrower,
                              const ledger::RecordReader& after);
    /// What was paid and let go is what was owed, and nothing is any more.
    Result<Finding> recompute(const Accepted& accepted, const ledger::DebtSettle& settlement,
                              const ledger::RecordReader& after);
    Finding take_source(const SourceKey& source, std::uint64_t index);
    void release(const ledger::AuthorisationId& id);

    /// What early warnings an accepted transaction leads to; `lines` and `contracts`: that it
    /// touched.
    Status follow_alerts(const Accepted& accepted, std::set<ledger::LineId> lines,
                         const std::set<ledger::ContractId>& contracts,
                         const ledger::RecordReader& after);

    /// The same of pools with contracts that it touched.
    Status follow_pools(const Accepted& accepted, const std::set<ledger::ContractId>& contracts,
                        const ledger::RecordReader& after);

    Result<Finding> compare_contracts(const ledger::RecordReader& after);
    Result<Finding> compare_lines(const ledger::RecordReader& after);
    Result<Finding> compare_totals(const ledger::RecordReader& after);

    std::map<ledger::LineId, Line> lines_;
    std::map<ledger::ContractId, Contract> contracts_;
    std::map<ledger::AuthorisationId, Authorisation> open_authorisations_;
    std::map<IdKey, Event> events_;
    AuditDebits debits_;
    AuditConduct conduct_;
    AuditSales sales_;
    AuditPools pools_;
    AuditServicers servicers_;
    AuditCosts costs_;
    AuditAlerts alerts_;
    std::set<SourceKey> sources_;  ///< live ones
    std::map<ledger::BookId, ledger::Balances> totals_;
    AuditKeys keys_;
    // Of the block in hand.
    ledger::TrialBalance trial_;
    std::set<ledger::LineId> touched_lines_;
    std::set<ledger::ContractId> touched_contracts_;
    std::set<ledger::BookId> touched_books_;
};

}  // namespace tally::storage
