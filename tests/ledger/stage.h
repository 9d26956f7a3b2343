#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "ledger/position.h"
#include "ledger/transaction.h"
#include "tests/support/book.h"

namespace tally::testing {

/// 2024-02-29, which must be a day.
ledger::Day day_of(std::string_view text);

/// How a Stage begins.
struct StageOptions {
    /// Changes the ruleset and the product before they are registered.
    std::function<void(ledger::RulesetRegister&, ledger::ProductRegister&)> rules = nullptr;
    ledger::Amount limit = 150'000;
    bool captured = true;  ///< false: there is the line alone
};

/// A book with a line of 150000 and, captured on 2024-01-31, a contract of 100000 at 5000 over
/// three periods, under a ruleset and a product of its own: the usual ones unless changed. Days are
/// opened as they are used, so that tests go forward in time.
class Stage {
public:
    static constexpr ledger::LineId kLine{{0x5A, 1}};
    static constexpr ledger::ContractId kContract{{0x5A, 2}};
    static constexpr ledger::BorrowerId kBorrower{{0x5A, 3}};
    static constexpr ledger::RulesetId kRuleset{{0x5A, 4}};
    static constexpr ledger::ProductId kProduct{{0x5A, 5}};

    explicit Stage(const StageOptions& options = {});

    Book book;
    const Party* lender = &book.cast().originator();
    const Party* lender_2 = &book.cast().originator_second_key();
    const Party* funder = &book.cast().funder();
    const Party* servicer = &book.cast().servicer();
    const Party* servicer_2 = &book.cast().servicer_second_key();
    const Party* collector = &book.cast().collector();
    const Party* regulator = &book.cast().regulator();
    const Party* bank = &book.cast().bank();
    const Party* auditor = &book.cast().auditor();
    const Party* trustee = &book.cast().trustee();
    /// The vehicle that pools are sold to.
    const Party* vehicle = &book.cast().other_funder();

    /// Dated on its business date, which is opened; claims filled in.
    ledger::Transaction draft(ledger::TransactionBody body, ledger::Day day = Drafts::kToday);
    /// The same, effective on an earlier day.
    ledger::Transaction backdated(ledger::TransactionBody body, ledger::Day business_date,
                                  ledger::Day value_date);
    /// By the usual signers of its type.
    ledger::Outcome send(const ledger::Transaction& transaction);
    ledger::Outcome send(ledger::TransactionBody body, ledger::Day day = Drafts::kToday) {
        return send(draft(std::move(body), day));
    }
    /// By the usual signers; requires this refusal and no effect.
    void refuse(const ledger::Transaction& transaction, ledger::Outcome expected);
    void refuse(ledger::TransactionBody body, ledger::Outcome expected,
                ledger::Day day = Drafts::kToday) {
        refuse(draft(std::move(body), day), expected);
    }
    void accept(const ledger::Transaction& transaction);
    void accept(ledger::TransactionBody body, ledger::Day day = Drafts::kToday) {
        accept(draft(std::move(body), day));
    }
    /// Closes all open days up to this one.
    void close_days(ledger::Day last);

    ledger::Capture capture(ledger::Amount principal, std::uint32_t periods = 3,
                            ledger::ContractId contract = kContract) const;
    ledger::Repayment payment(ledger::Amount amount);
    ledger::Repayment payment(ledger::Amount amount, std::string source_ref) const;
    ledger::Reversal reversal(const ledger::Transaction& target,
                              const Party* submitter = nullptr) const;
    ledger::HardshipRequest request(
        ledger::HardshipId id,
        ledger::HardshipStage stage = ledger::HardshipStage::requested) const;
    ledger::GraceGrant grace(ledger::Day from, ledger::Day to,
                             std::optional<ledger::HardshipId> request = {}) const;
    ledger::Reschedule replan(ledger::Ppm rate_ppm, std::uint32_t periods,
                              std::optional<ledger::HardshipId> request = {}) const;
    static constexpr ledger::MerchantId kMerchant{{0x5A, 8}};
    static constexpr ledger::CostTableId kTable{{0x5A, 9}};
    static constexpr ledger::DisclosureId kDisclosure{{0x5A, 10}};
    /// The stage's fee and penalty, and a guarantee fee of 2.4 % a year.
    ledger::CostTable cost_table(ledger::CostTableId id = kTable,
                                 ledger::ProductId product = kProduct) const;
    /// Of the stage's borrower, on the first day.
    ledger::DisclosureAck disclosure(ledger::DisclosureId id = kDisclosure,
                                     ledger::CostTableId table = kTable) const;
    static constexpr ledger::MandateId kMandate{{0x5A, 6}};
    static constexpr ledger::DebitId kDebit{{0x5A, 7}};
    /// On the stage's contract, from its first day on.
    ledger::MandateRegister mandate(ledger::MandateId id = kMandate,
                                    ledger::Amount most = 50'000) const;
    ledger::DebitInstruct debit(ledger::DebitId id, ledger::Amount amount, ledger::Day due,
                                ledger::MandateId mandate = kMandate) const;
    /// It succeeded, under a new reference unless one is given; or failed.
    ledger::DebitResult drawn(ledger::DebitId id, std::string source_ref = "");
    ledger::DebitResult bounced(ledger::DebitId id, std::string reason = "no money") const;
    /// On the stage's contract unless another is given, within the usual hours.
    ledger::ContactLog contact(std::uint32_t minute = 600,
                               ledger::ContractId contract = kContract) const;
    static constexpr ledger::ComplaintId kComplaint{{0x5A, 8}};
    ledger::ComplaintOpen complaint(ledger::ComplaintId id = kComplaint) const;
    ledger::ComplaintClose answer(ledger::ComplaintId id = kComplaint) const;
    static constexpr ledger::ReconId kRecon{{0x5A, 9}};
    ledger::ReconResult recon(ledger::ReconId id = kRecon) const;
    static constexpr ledger::OpinionId kOpinion{{0x5A, 10}};
    ledger::AuditOpinion opinion(ledger::OpinionId id = kOpinion) const;
    static constexpr ledger::HedgeId kHedge{{0x5A, 11}};
    ledger::HedgeRegister hedge(ledger::HedgeId id = kHedge) const;
    static constexpr ledger::PoolId kPool{{0x5A, 12}};
    /// Of the stage's lender and trustee, for its vehicle: revolves for a year, and is to hold
    /// 60000; one that is marked worse by a tenth of it in a day is warned of.
    ledger::PoolCreate pool(ledger::PoolId id = kPool) const;
    static ledger::PoolIssue notes(ledger::Amount amount, ledger::PoolId pool = kPool);
    /// By the usual signers, to the vehicle: offered and settled on the day.
    void sell(ledger::Day day = Drafts::kToday, ledger::ContractId contract = kContract);
    /// A pool of one contract, sealed, sold to the vehicle and with notes of 50000.
    void issue_pool(const ledger::PoolCreate& terms, ledger::Day day = Drafts::kToday,
                    ledger::ContractId contract = kContract);
    ledger::PoolRecord pool_record(ledger::PoolId id = kPool) const;
    /// A reference that no other call gives.
    std::string next_ref() { return "ref-" + std::to_string(++last_ref_); }

    ledger::Position position(const ledger::PointInTime& point = {}) const;
    ledger::Position position_on(ledger::Day day) const { return position({day}); }
    ledger::LineView line() const { return book.line(kLine).value(); }
    /// Entries so far less one: what a reader knows now.
    std::uint64_t known() const { return book.entries().size() - 1; }

private:
    /// Calls `then` with the usual signers of a type.
    template <typename Then>
    auto with_signers(const ledger::TransactionBody& body, Then then) const;

    std::uint64_t last_ref_ = 0;
};

}  // namespace tally::testing
