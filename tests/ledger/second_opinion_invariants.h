#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/support/book.h"

namespace tally::testing::opinion {

/// What must hold of a contract after every event, stated from outside: of what readers are shown,
/// at every date, with no rule and no second opinion in it.
class Invariants {
public:
    Invariants(const Book& book, ledger::RulesetRegister ruleset, ledger::ProductRegister product)
        : book_(book), ruleset_(std::move(ruleset)), product_(std::move(product)) {}

    /// Looks at the contract as it stands before a transaction.
    void before(const ledger::Transaction& transaction, ledger::Day today);
    /// After it was accepted: what does not hold, a line each. `signers`: who signed.
    /// `about`: the contract, which not every transaction names.
    std::string after(const ledger::Transaction& transaction, ledger::Day today,
                      const std::vector<ledger::MemberId>& signers,
                      std::optional<ledger::ContractId> about);

private:
    struct Look {
        ledger::Ageing ageing;
        ledger::Amount accrued = 0;
        bool active = false;

        bool operator==(const Look&) const = default;
    };
    using Looks = std::map<ledger::Day, Look>;

    /// The most days past due that one of these events met when it was booked.
    ledger::Day most_late(ledger::ContractId id) const;
    ledger::Day late_in_truth(const ledger::ContractBody& body,
                              const ledger::ContractEvent& booked) const;
    static Look look_of(const ledger::Position& position);
    /// At a date, as the replay of a contract says.
    Look look_at(const ledger::ContractBody& body, ledger::Day day) const;
    /// From its beginning to some time after today, at about a hundred dates at most.
    Looks look(ledger::ContractId id, ledger::Day today) const;
    void expect(bool holds, const std::string& what);
    void whole(const ledger::ContractView& view);
    void taken_back(const ledger::Reversal& reversal, ledger::Day today);
    void burdens_nobody(const ledger::ContractEvent& gone, const Looks& now, ledger::Day today);
    void as_if_never(const ledger::ContractBody& body, const ledger::ContractEvent& gone,
                     const Looks& now);
    void as_known_before(ledger::ContractId id, const ledger::ContractBody& body,
                         const ledger::ContractEvent& gone, const Looks& now);
    void loses_nothing(const ledger::ContractBody& body, const ledger::ContractBody& never,
                       const ledger::ContractEvent& gone, const Looks& now);
    void charged_back(const ledger::Chargeback& chargeback, ledger::Day today);
    void refunded(const ledger::Transaction& transaction);
    void moved_by(const ledger::Transaction& transaction,
                  const std::vector<ledger::MemberId>& signers);
    // second_opinion_invariants_pools.cpp
    void pooled(const ledger::Transaction& transaction, ledger::Day today,
                const std::vector<ledger::MemberId>& signers,
                std::optional<ledger::ContractId> about);
    void move_pool(const ledger::TransactionBody& body,
                   const std::vector<ledger::MemberId>& signers);
    void bound(ledger::ContractId id, ledger::Day today);
    void sums_up(ledger::PoolId id);
    void drawn(const ledger::TransactionBody& body, const ledger::ContractView& view);

    const Book& book_;
    const ledger::RulesetRegister ruleset_;
    const ledger::ProductRegister product_;
    std::map<ledger::ContractId, ledger::MemberId> servicers_;  ///< as transactions named them
    std::map<ledger::MandateId, ledger::Amount> most_;          ///< of one debit
    std::map<ledger::DebitId, ledger::Amount> instructed_;
    std::set<ledger::DebitId> with_result_;
    std::map<ledger::PoolId, ledger::PoolCreate> pools_;
    std::map<ledger::ContractId, ledger::PoolId> in_pool_;
    Looks before_;
    ledger::Day most_late_ = 0;  ///< by what relieved: days past due when it was booked
    std::string broken_;
};

}  // namespace tally::testing::opinion
