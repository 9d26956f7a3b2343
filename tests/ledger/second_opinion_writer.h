#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/ledger/second_opinion_trial.h"

namespace tally::testing::opinion {

/// A random life of a line: rulesets, products, and events of all types, of which most are valid.
class Writer {
public:
    explicit Writer(std::uint64_t seed) : random_(seed), pools_(seed % 3 == 0) {}

    ledger::RulesetRegister ruleset();
    ledger::ProductRegister product();
    ledger::Amount limit();
    void run(Trial& trial, std::size_t events);

private:
    std::uint64_t below(std::uint64_t end) { return random_() % end; }
    bool chance(std::uint64_t percent) { return below(100) < percent; }
    template <typename Value>
    Value one_of(const std::vector<Value>& values) {
        return values[below(values.size())];
    }
    ledger::Day days(std::uint64_t end) { return static_cast<ledger::Day>(below(end)); }
    ledger::Amount near(Wide amount);
    ledger::Amount amount_for(const Picture& picture);
    ledger::Day bound_of(const Contract& contract, const Picture& picture);
    void pass_time(Trial& trial);
    ledger::Day value_date(const Trial& trial, const Contract& contract);
    std::string reference(const Trial& trial);
    /// As a bank might write it on another day, or as nobody must.
    std::string disguised(std::string reference);
    ledger::Transaction purchase(Trial& trial);
    ledger::TransactionBody usual(Trial& trial, ledger::ContractId id, const Picture& picture);
    ledger::TransactionBody rare(Trial& trial, ledger::ContractId id, const Picture& picture);
    ledger::TransactionBody grace(ledger::ContractId id, const Picture& picture);
    ledger::TransactionBody waiver(ledger::ContractId id, const Picture& picture);
    ledger::TransactionBody reversal(Trial& trial, ledger::ContractId id);
    ledger::TransactionBody replan(ledger::ContractId id, const Picture& picture);
    ledger::TransactionBody chargeback(Trial& trial, ledger::ContractId id);
    ledger::TransactionBody debit(Trial& trial, ledger::ContractId id, const Picture& picture);
    ledger::TransactionBody result(Trial& trial, ledger::DebitId debit);
    ledger::TransactionBody servicing(Trial& trial, ledger::ContractId id);
    ledger::TransactionBody title(Trial& trial, ledger::ContractId id, const Picture& picture);
    ledger::TransactionBody settlement(Trial& trial, ledger::ContractId id, const Picture& picture);
    ledger::TransactionBody loss(Trial& trial, ledger::ContractId id, const Picture& picture);
    // second_opinion_writer_pools.cpp
    ledger::Transaction pooled(Trial& trial);
    std::optional<ledger::TransactionBody> seldom_seen(Trial& trial);
    ledger::TransactionBody pool_step(Trial& trial);
    ledger::TransactionBody pool_terms(const Trial& trial);
    ledger::TransactionBody notes(const Trial& trial, const ledger::PoolId& id);
    ledger::TransactionBody filled(Trial& trial, const ledger::PoolId& id);
    ledger::TransactionBody sold(Trial& trial, ledger::ContractId id);
    ledger::TransactionBody across(Trial& trial, const ledger::PoolId& id);
    ledger::TransactionBody issued(Trial& trial, const ledger::PoolId& id);
    void claim_of_pool(const Trial& trial, ledger::TransactionBody& body);
    /// Takes something of a closed day back and posts it anew, in one submission.
    void correct(Trial& trial, ledger::ContractId id);
    /// Mostly who has to sign.
    Trial::Signers signers(const Trial& trial, const ledger::TransactionBody& body);
    ledger::Transaction next(Trial& trial, ledger::ContractId id);
    void on_an_older_day(const Trial& trial, ledger::Transaction& transaction);
    void claim(ledger::Transaction& transaction, const Contract& contract);
    void spoil(ledger::TransactionBody& body);
    std::optional<ledger::HardshipId> request(const Picture& picture);

    std::mt19937_64 random_;
    bool pools_;  ///< a third of the lives have them
    std::vector<ledger::AuthorisationId> voided_;
    std::uint64_t last_id_ = 0;
};

}  // namespace tally::testing::opinion
