#pragma once

#include <map>
#include <optional>
#include <random>
#include <vector>

#include "ledger/transaction.h"
#include "tests/support/book.h"

namespace tally::testing {

/// Writes transactions of all types, of which most make sense and some do not.
class HistoryWriter {
public:
    HistoryWriter(Book& book, std::uint64_t seed);

    ledger::Transaction next();
    /// Tells it what was accepted, so that it can be reversed.
    void accepted(const ledger::Transaction& transaction);
    std::uint64_t number() { return random_(); }
    std::uint64_t below(std::uint64_t end) { return random_() % end; }

private:
    template <typename Value>
    const Value& any_of(const std::vector<Value>& values) {
        return values[below(values.size())];
    }
    ledger::LineId line() { return id_of<ledger::LineId>(below(12)); }
    ledger::ContractId new_contract() { return id_of<ledger::ContractId>(1'000 + below(60)); }
    /// Mostly one that was captured.
    ledger::ContractId contract();
    ledger::AuthorisationId authorisation() { return id_of<ledger::AuthorisationId>(below(30)); }
    ledger::Amount amount() { return static_cast<ledger::Amount>(below(200'000)) - 500; }
    std::string source();

    ledger::TransactionBody any_body();
    ledger::TransactionBody line_body();
    ledger::TransactionBody purchase_body();
    ledger::TransactionBody payment_body();
    ledger::TransactionBody hardship_body();
    ledger::TransactionBody loss_body();
    ledger::TransactionBody servicing_body();
    ledger::TransactionBody debit_body();
    ledger::TransactionBody result_body();
    ledger::TransactionBody receivables_body();
    ledger::TransactionBody reversal_body();
    ledger::TransactionBody governance_body();
    ledger::TransactionBody conduct_body();
    ledger::TransactionBody oversight_body();
    ledger::TransactionBody costs_body();
    /// What a purchase cites of its product's costs; seldom of another borrower.
    void cite(ledger::Capture& capture);
    ledger::TransactionBody alert_body();
    /// Mostly one that may come into a pool.
    ledger::ContractId free_contract();
    /// Mostly what comes next for one of two pools, so that some come to their end.
    ledger::TransactionBody pool_body();
    ledger::TransactionBody issued_body(ledger::PoolId id, const ledger::PoolRecord& pool);
    /// One that was added to the pool.
    ledger::ContractId drafted(ledger::PoolId id, const ledger::PoolRecord& pool);
    /// Sells what is in the pool, then issues notes.
    ledger::TransactionBody sealed_body(ledger::PoolId id, const ledger::PoolRecord& pool);
    ledger::Transaction day();

    Book& book_;
    std::mt19937_64 random_;
    std::vector<ledger::Transaction> sent_;
    std::vector<ledger::Transaction> accepted_;
    std::vector<ledger::ContractId> captured_;
    std::vector<ledger::ContractId> charged_off_;
    std::vector<ledger::Transaction> payments_;
    std::vector<ledger::MandateRegister> mandates_;
    std::map<ledger::DebitId, ledger::DebitInstruct> debits_;
    std::vector<ledger::DebitId> open_debits_;
    std::vector<ledger::ContractId> pledged_;                       ///< at some time
    std::vector<ledger::ContractId> offered_;                       ///< likewise
    std::map<ledger::TransactionId, ledger::ContractId> drawn_on_;  ///< by the result
    std::vector<ledger::CostTableId> tables_;
    std::vector<ledger::DisclosureAck> disclosures_;
    std::vector<ledger::NamedKey> brought_;  ///< to the collector, and not ended
    std::uint64_t pools_begun_ = 0;          ///< and left
    std::vector<ledger::AlertId> warned_;    ///< on which something may be decided
    std::optional<ledger::Day> opened_by_mistake_;
    ledger::Day today_ = Drafts::kToday;
};

}  // namespace tally::testing
