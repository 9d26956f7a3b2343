#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/double_entry.h"
#include "tests/support/book.h"

namespace tally::testing {

/// An auditor who trusts nothing of the ledger's own arithmetic: it keeps books of its own from
/// what was signed and accepted, and holds the state against them. A failure fails the test.
class HistoryAuditor {
public:
    /// The first signer submitted it.
    void note(const ledger::Transaction& transaction, const std::vector<const Party*>& signers);
    void note(const std::vector<ledger::Posting>& postings);
    void check(const Book& book) const;
    std::size_t contracts() const { return contracts_.size(); }
    /// By place in TransactionBody.
    const std::map<std::size_t, std::size_t>& accepted() const { return accepted_; }

private:
    using Key = std::pair<ledger::MemberId, ledger::TransactionId>;
    /// What one transaction did to a contract, for as long as nobody reverses it.
    struct Effect {
        ledger::ContractId contract;
        std::pair<ledger::MemberId, std::string> source;
        std::optional<ledger::DebitId> debit;  ///< that succeeded
        std::size_t order = 0;                 ///< among all of them
        ledger::Amount captured = 0;
        ledger::Amount paid = 0;
        ledger::Amount refunded = 0;
        ledger::Amount penalty = 0;          ///< assessed
        ledger::Amount settled_penalty = 0;  ///< at most, by a settlement
        ledger::Amount waived = 0;
        ledger::Amount lost = 0;
        ledger::Amount recovered = 0;
        ledger::Amount commission = 0;
        ledger::Amount forgone = 0;
        /// DEBT_SETTLE: what came, and what was let go.
        ledger::Amount settled = 0;
        ledger::Amount let_go = 0;
        ledger::Amount merchant_paid = 0;
        ledger::Amount paid_out = 0;
        ledger::Amount charged_back = 0;
    };
    struct Line {
        ledger::Amount limit = 0;
        std::map<ledger::AuthorisationId, ledger::Amount> reserved;
        std::vector<ledger::ContractId> contracts;
    };

    void on(const ledger::Transaction& transaction, const Key& key, const ledger::Capture& capture);
    void on_reversal(const ledger::Reversal& reversal);
    void on_line(const ledger::TransactionBody& body);
    Effect effect_of(const ledger::TransactionBody& body) const;
    /// Nobody has taken back a charge-off of its contract that came before.
    bool follows_loss(const Effect& effect) const;
    void on_servicing(const ledger::TransactionBody& body,
                      const std::vector<const Party*>& signers);
    void on_mandate(const ledger::Transaction& transaction,
                    const std::vector<const Party*>& signers);
    /// Contacts within hours and number, a complaint answered once, nothing new for who was erased.
    void on_conduct(const ledger::Transaction& transaction);
    void on_debit(const ledger::Transaction& transaction, const ledger::DebitInstruct& instruction);
    Effect on_result(const ledger::DebitResult& result, const std::vector<const Party*>& signers);
    void check_debits(const Book& book, const ledger::ContractId& id,
                      const ledger::ContractBody& body) const;
    void on_pool(const ledger::Transaction& transaction, const std::vector<const Party*>& signers);
    void on_pool_terms(const ledger::TransactionBody& body);
    void check_pools(const Book& book) const;
    void on_title(const ledger::Transaction& transaction, const std::vector<const Party*>& signers);
    const ledger::MemberId& owner(const ledger::ContractId& id) const {
        return titles_.at(id).owners.back().first;
    }
    void check_title(const ledger::ContractId& id, const ledger::ContractView& view) const;
    void check_books(const Book& book) const;
    void release(const ledger::AuthorisationId& id);
    Effect sum_of(const ledger::ContractId& contract) const;
    void check_contract(const ledger::ContractId& id, const ledger::ContractView& view) const;
    void check_balances(const Book& book, const ledger::ContractId& id,
                        const ledger::ContractBody& body) const;

    struct Mandate {
        ledger::MandateRegister said;
        ledger::Day since = 0;
        std::optional<ledger::Day> ended;
        ledger::MemberId provider;
    };
    struct Debit {
        ledger::DebitInstruct said;
        std::optional<ledger::DebitOutcome> result;
        bool let_go = false;  ///< nobody waited for it any more
    };

    std::map<ledger::MandateId, Mandate> mandates_;
    std::map<ledger::DebitId, Debit> debits_;
    std::set<ledger::Day> days_;  ///< that were opened, and not taken back
    std::map<ledger::LineId, Line> lines_;
    std::set<ledger::ContractId> contracts_;
    std::size_t effects_seen_ = 0;
    std::map<Key, Effect> effects_;
    /// Of a lender, letters alike.
    std::set<std::pair<ledger::MemberId, std::string>> sources_;
    struct Title {
        std::vector<std::pair<ledger::MemberId, ledger::Day>> owners;  ///< from a day on
        std::optional<ledger::MemberId> pledgee;
        std::optional<ledger::TransferInit> offer;
        bool buyback = false;              ///< what the offer is
        std::optional<ledger::PoolId> in;  ///< a pool that is not closed
    };
    struct Pool {
        ledger::PoolCreate said;
        ledger::MemberId originator;
        std::vector<ledger::ContractId> added;
        ledger::PoolStatus status = ledger::PoolStatus::draft;
        bool triggered = false;
    };
    std::map<ledger::PoolId, Pool> pools_;
    std::map<ledger::ContractId, Title> titles_;
    std::map<std::pair<ledger::BookId, ledger::ContractId>, ledger::Balances> books_;
    std::map<ledger::ContractId, ledger::MemberId> servicers_;
    /// By kind, a line or not, and id.
    std::map<std::pair<bool, std::array<std::uint8_t, 16>>, ledger::Balances> balances_;
    std::map<std::size_t, std::size_t> accepted_;
    std::map<ledger::LineId, ledger::BorrowerId> borrowers_;
    std::map<std::pair<ledger::BorrowerId, ledger::Day>, std::size_t> contacts_;
    std::map<ledger::ComplaintId, ledger::Day> open_complaints_;
    std::set<ledger::ComplaintId> closed_complaints_;
    std::set<ledger::BorrowerId> erased_;
};

}  // namespace tally::testing
