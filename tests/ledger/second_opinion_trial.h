#pragma once

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/ledger/second_opinion.h"
#include "tests/support/book.h"

namespace tally::testing::opinion {

/// A book and the second opinion on one line of it, side by side: every transaction goes to both,
/// and what they make of it is compared. The first difference ends the trial.
class Trial {
public:
    static constexpr ledger::RulesetId kRuleset{{0x50, 1}};
    static constexpr ledger::ProductId kProduct{{0x50, 2}};
    static constexpr ledger::LineId kLine{{0x50, 3}};
    static constexpr ledger::BorrowerId kBorrower{{0x50, 4}};

    /// Ids are set here; the rest is the caller's.
    Trial(ledger::RulesetRegister ruleset, ledger::ProductRegister product, ledger::Amount limit);

    /// Sends a transaction of today and compares; claims as they are. True if it was accepted.
    bool send(const ledger::Transaction& transaction);
    ledger::Transaction draft(ledger::TransactionBody body, ledger::Day value_date);
    /// Has the rules fill in what it claims, as far as they can.
    ledger::Transaction proposed(ledger::Transaction transaction) const;
    void advance(ledger::Day day);
    /// Compares a contract and the use of the line at a point in time.
    void compare(ledger::ContractId id, const ledger::PointInTime& point);

    ledger::Day today() const { return today_; }
    std::uint64_t last_entry() const { return book_.entries().size() - 1; }
    const std::map<ledger::ContractId, Contract>& contracts() const { return contracts_; }
    const std::map<ledger::AuthorisationId, Wide>& reserved() const { return reserved_; }
    const std::set<std::pair<ledger::MemberId, std::string>>& references() const {
        return references_;
    }
    Wide available() const;
    ledger::MemberId funder() const { return book_.cast().funder().id; }
    /// Who submits a body of this type.
    ledger::MemberId poster(const ledger::TransactionBody& body) const;
    /// Empty while both agree.
    const std::string& difference() const { return difference_; }
    /// What was sent, a line each.
    const std::string& log() const { return log_; }
    std::map<std::string, std::pair<int, int>> counts;  ///< by type: accepted, refused

private:
    std::vector<ledger::Outcome> judge(const ledger::Transaction& transaction) const;
    std::vector<ledger::Outcome> judge_capture(const ledger::Transaction& transaction) const;
    std::vector<ledger::Outcome> judge_reversal(const ledger::Reversal& reversal) const;
    /// A payment reference, and whose it is.
    std::pair<ledger::MemberId, std::string> posting(const ledger::TransactionBody& body) const;
    void book(const ledger::Transaction& transaction);
    ledger::Outcome submit(const ledger::Transaction& transaction);
    void differ(const std::string& what);
    void expect(const std::string& what, Wide theirs, Wide ours);
    void expect(const std::string& what, const ledger::ByComponent& theirs, const Sums& ours);
    void compare_rows(const ledger::Position& position, const Picture& picture);
    void compare_effects(const ledger::ContractView& view, const Picture& picture);

    Book book_;
    ledger::RulesetRegister ruleset_;
    ledger::ProductRegister product_;
    Wide limit_ = 0;
    ledger::Day today_ = Drafts::kToday;
    std::map<ledger::ContractId, Contract> contracts_;
    std::map<ledger::AuthorisationId, Wide> reserved_;
    std::set<std::pair<ledger::MemberId, std::string>> references_;  ///< posted, not reversed
    std::string difference_;
    std::string log_;
};

/// The contract that a body names, if it names one.
std::optional<ledger::ContractId> contract_of(const ledger::TransactionBody& body);
/// The payment reference of a body, or nothing.
std::string reference_of(const ledger::TransactionBody& body);
/// One line for people.
std::string describe(const ledger::Transaction& transaction);
std::string describe(const ledger::RulesetRegister& ruleset);
std::string describe(const ledger::ProductRegister& product);

/// A random life of a line: rulesets, products, and events of all types, of which most are valid.
class Writer {
public:
    explicit Writer(std::uint64_t seed) : random_(seed) {}

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
    ledger::Transaction purchase(Trial& trial);
    ledger::TransactionBody usual(Trial& trial, ledger::ContractId id, const Picture& picture);
    ledger::TransactionBody rare(Trial& trial, ledger::ContractId id, const Picture& picture);
    ledger::TransactionBody grace(ledger::ContractId id, const Picture& picture);
    ledger::TransactionBody waiver(ledger::ContractId id, const Picture& picture);
    ledger::TransactionBody reversal(Trial& trial, ledger::ContractId id);
    ledger::Transaction next(Trial& trial, ledger::ContractId id);
    void claim(ledger::Transaction& transaction, const Contract& contract);
    void spoil(ledger::TransactionBody& body);
    std::optional<ledger::HardshipId> request(const Picture& picture);

    std::mt19937_64 random_;
    std::vector<ledger::AuthorisationId> voided_;
    std::uint64_t last_id_ = 0;
};

}  // namespace tally::testing::opinion
