#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/ledger/second_opinion.h"
#include "tests/ledger/second_opinion_invariants.h"
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

    /// Names of parties (Cast), a key each; the first submits.
    using Signers = std::vector<std::string>;
    /// Who has to sign, and more: all that a reversal may need.
    Signers usual_signers(const ledger::TransactionBody& body) const;
    /// Sends a transaction and compares; claims as they are. True if it was accepted.
    bool send(const ledger::Transaction& transaction, const Signers& signers);
    bool send(const ledger::Transaction& transaction) {
        return send(transaction, usual_signers(transaction.body));
    }
    /// A reversal and its repost in one atomic submission. True if both were accepted.
    bool correct(const ledger::Transaction& reversal, const ledger::Transaction& repost,
                 const Signers& signers);
    ledger::Transaction draft(ledger::TransactionBody body, ledger::Day value_date);
    /// Has the rules fill in what it claims, as far as they can.
    ledger::Transaction proposed(ledger::Transaction transaction) const;
    void advance(ledger::Day day);
    /// Closes the oldest open days but today.
    void close_days(std::size_t count);
    bool is_closed(ledger::Day day) const;
    /// Compares a contract and the use of the line at a point in time.
    void compare(ledger::ContractId id, const ledger::PointInTime& point);

    ledger::Day today() const { return today_; }
    std::uint64_t last_entry() const { return book_.entries().size() - 1; }
    const std::map<ledger::ContractId, Contract>& contracts() const { return contracts_; }
    const std::map<ledger::AuthorisationId, Wide>& reserved() const { return reserved_; }
    struct Mandate {
        ledger::MandateRegister said;
        ledger::MemberId provider;
        ledger::Day since = 0;
        std::optional<ledger::Day> ended;
    };
    struct Debit {
        ledger::DebitInstruct said;
        std::optional<ledger::DebitOutcome> result;
        bool forgotten = false;  ///< its mandate had another instruction when it was long ago
    };
    /// Whose a contract is, and what it is bound to.
    struct Title {
        std::vector<std::pair<ledger::MemberId, ledger::Day>> owners;  ///< each from a day on
        std::optional<ledger::MemberId> pledgee;
        std::optional<ledger::TransferInit> offer;
        bool buyback = false;                ///< the offer is one
        std::optional<ledger::PoolId> pool;  ///< that it was added to, unless it was bought back

        ledger::MemberId owner() const { return owners.back().first; }
        bool for_sale(ledger::Day day) const { return offer && offer->valid_until >= day; }
    };
    struct Pool {
        ledger::PoolCreate said;
        ledger::MemberId originator;
        ledger::PoolStatus status = ledger::PoolStatus::draft;
        ledger::Day last = 0;                   ///< that anything happened to it
        std::vector<ledger::ContractId> added;  ///< in this order
        std::set<ledger::ContractId> inside;
        std::optional<ledger::PoolSeal> sealed;
        std::optional<ledger::Day> triggered_on;
        std::map<ledger::Day, bool> ends;  ///< whether days ended below the least, once issued
        std::set<ledger::Day> warned_below;
        std::map<ledger::Day, Wide> rolled;
        std::set<ledger::Day> warned_rolled;

        bool revolves(ledger::Day day) const;
        std::optional<ledger::Day> below_since() const;
    };
    struct PoolSums {
        Wide balance = 0;
        Wide live = 0;   ///< contracts that are active
        Wide owned = 0;  ///< of them, by the pool's buyer
    };
    const std::map<ledger::PoolId, Pool>& pools() const { return pools_; }
    PoolSums sums_of(const Pool& pool) const;
    /// Requires a contract.
    static crypto::Digest root_of(const Pool& pool);
    /// That a contract is in, and that is not closed; null if there is none.
    const Pool* pool_with(ledger::ContractId id) const;
    const std::map<ledger::ContractId, Title>& titles() const { return titles_; }
    const std::map<ledger::MandateId, Mandate>& mandates() const { return mandates_; }
    const std::map<ledger::DebitId, Debit>& debits() const { return debits_; }
    /// The contract that a body is about, named or not.
    std::optional<ledger::ContractId> concerned(const ledger::TransactionBody& body) const;
    /// In canonical form: posted in some book and not reversed.
    std::vector<std::string> references() const;
    bool frozen() const { return frozen_; }
    const Cast& cast() const { return book_.cast(); }
    const Book& book() const { return book_; }
    Wide available() const;
    ledger::MemberId funder() const { return book_.cast().funder().id; }
    /// Empty while both agree.
    const std::string& difference() const { return difference_; }
    /// What was sent, a line each.
    const std::string& log() const { return log_; }
    std::map<std::string, std::pair<int, int>> counts;  ///< by type: accepted, refused

private:
    using Outcomes = std::vector<ledger::Outcome>;
    /// `repost`: what follows in the same atomic submission; or whether this is one.
    Outcomes judge(const ledger::Transaction& transaction, const Signers& signers,
                   const ledger::Transaction* repost = nullptr, bool is_repost = false) const;
    Outcomes judge_line(const ledger::Transaction& transaction) const;
    Outcomes judge_capture(const ledger::Transaction& transaction) const;
    Outcomes judge_reversal(const ledger::Transaction& transaction, const Signers& signers,
                            const ledger::Transaction* repost) const;
    Outcomes judge_contact(const ledger::Transaction& transaction, const Signers& signers) const;
    // second_opinion_debits.cpp
    Outcomes judge_debit(const ledger::Transaction& transaction, const Signers& signers) const;
    Outcomes judge_own(const ledger::MandateRegister& registration,
                       const ledger::Transaction& transaction, const Contract& contract) const;
    Outcomes judge_own(const ledger::MandateRevoke& revocation,
                       const ledger::Transaction& transaction, const Contract& contract) const;
    Outcomes judge_own(const ledger::DebitInstruct& debit, const ledger::Transaction& transaction,
                       const Contract& contract) const;
    Outcomes judge_own(const ledger::DebitResult& result, const ledger::Transaction& transaction,
                       const Contract& contract) const;
    ledger::MemberId provider_of(ledger::DebitId debit) const;
    bool may_draw(const Mandate& mandate, ledger::Day day) const;
    /// False if the transaction is about no debit.
    bool book_debit(const ledger::Transaction& transaction, const Signers& signers,
                    std::uint64_t entry);
    void compare_debits(ledger::ContractId id);

    // second_opinion_titles.cpp
    Outcomes judge_title(const ledger::Transaction& transaction, const Signers& signers) const;
    Outcomes judge_way(const ledger::TransactionBody& body, const Title& title, ledger::Day day,
                       const Signers& signers) const;
    /// Whether a reference was posted, as far as it matters for the contract.
    bool posted(ledger::ContractId id, const std::string& reference) const;
    void book_title(const ledger::Transaction& transaction, ledger::ContractId id);
    void compare_title(ledger::ContractId id);
    std::string name_of(ledger::MemberId member) const;

    Outcomes judge_order(const Title& title, const Contract& contract, ledger::Day day) const;
    Outcomes judge_reference(ledger::ContractId id, const std::string& source_ref) const;

    // second_opinion_pools.cpp
    Outcomes judge_pool(const ledger::Transaction& transaction, const Signers& signers) const;
    Outcomes judge_own(const ledger::PoolCreate& creation, const ledger::Transaction& transaction,
                       const Signers& signers) const;
    Outcomes judge_own(const ledger::PoolAdd& addition, const ledger::Transaction& transaction,
                       const Pool& pool) const;
    Outcomes judge_own(const ledger::PoolRemove& removal, const ledger::Transaction& transaction,
                       const Pool& pool) const;
    Outcomes judge_own(const ledger::PoolSeal& seal, const ledger::Transaction& transaction,
                       const Pool& pool) const;
    Outcomes judge_own(const ledger::PoolIssue& issue, const ledger::Transaction& transaction,
                       const Pool& pool) const;
    Outcomes judge_own(const ledger::PoolTrigger& trigger, const ledger::Transaction& transaction,
                       const Pool& pool) const;
    Outcomes judge_own(const ledger::PoolClose& close, const ledger::Transaction& transaction,
                       const Pool& pool) const;
    Outcomes judge_buyback(const ledger::Transaction& transaction, const Signers& signers) const;
    /// True if nothing but a pool changes by it.
    bool book_pool(const ledger::Transaction& transaction, const Signers& signers);
    void follow_pools(const ledger::Transaction& transaction);
    void compare_pools();
    void compare_alerts(ledger::PoolId id, const Pool& ours);

    Outcomes judge_servicing(const ledger::TransactionBody& body, const Signers& signers) const;
    Outcomes judge_signers(const ledger::TransactionBody& body, const Signers& signers) const;
    std::size_t keys_of(ledger::MemberId member, const Signers& signers) const;
    bool has(ledger::Role role, const Signers& signers) const;
    void book(const ledger::Transaction& transaction, const Signers& signers, std::uint64_t entry);
    void book_reversal(const ledger::Reversal& reversal, std::uint64_t entry);
    std::vector<ledger::Outcome> submit(const std::vector<ledger::Transaction>& transactions,
                                        const Signers& signers, bool atomic);
    std::vector<ledger::MemberId> members(const Signers& signers) const;
    void log(const ledger::Transaction& transaction, ledger::Outcome outcome);
    bool agree(const ledger::Transaction& transaction, ledger::Outcome outcome,
               const Outcomes& broken);
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
    std::map<ledger::MandateId, Mandate> mandates_;
    std::map<ledger::DebitId, Debit> debits_;
    std::map<ledger::Day, std::uint32_t> contacts_;  ///< of the only borrower
    /// Posted in whose book, in canonical form, and not reversed; on which contract.
    std::map<std::pair<ledger::MemberId, std::string>, ledger::ContractId> references_;
    std::map<ledger::ContractId, Title> titles_;
    std::map<ledger::PoolId, Pool> pools_;
    bool frozen_ = false;
    std::optional<Invariants> invariants_;
    std::string difference_;
    std::string log_;
};

/// Whether the lender or the servicer answers for a type.
ledger::Role answers(const ledger::TransactionBody& body);
/// The contract that a body names, if it names one.
std::optional<ledger::ContractId> contract_of(const ledger::TransactionBody& body);
/// The payment reference of a body, or nothing.
std::string reference_of(const ledger::TransactionBody& body);
/// One line for people.
std::string describe(const ledger::Transaction& transaction);
std::string describe(const ledger::RulesetRegister& ruleset);
std::string describe(const ledger::ProductRegister& product);

}  // namespace tally::testing::opinion
