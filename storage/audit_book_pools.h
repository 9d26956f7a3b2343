#pragma once

// Internal.
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"
#include "ledger/ledger.h"
#include "ledger/pool.h"
#include "ledger/record_reader.h"
#include "ledger/transaction.h"
#include "ledger/wide.h"
#include "storage/audit_book_alerts.h"

namespace tally::storage {

/// What an audit keeps of pools, from entries alone: a contract in one pool at a time, and bound to
/// it; what was sealed is what was added; notes against contracts that the buyer owns, and within
/// their balance; an early end not before its time; and each pool's record the sum of its
/// contracts. Of contracts it is the ledger's own replay that says what was outstanding at an
/// entry. Who signed is asked elsewhere (audit_book_take_pools.cpp).
class AuditPools {
public:
    /// What is wrong, in words; nothing: it was taken down.
    using Wrong = std::optional<std::string>;
    using At = AuditAlerts::At;

    /// A contract as an entry leaves it.
    struct ContractNow {
        bool active = false;
        ledger::Wide principal = 0;  ///< outstanding
        ledger::MemberId owner;

        bool operator==(const ContractNow&) const = default;
    };
    /// What nodes have to warn of.
    struct Warning {
        ledger::PoolId pool;
        ledger::AlertRule rule = ledger::AlertRule::pool_balance;
        ledger::Day as_of = 0;
        std::int64_t measured = 0;
        std::int64_t threshold = 0;
    };
    struct Pool {
        ledger::PoolCreate said;
        ledger::MemberId originator;
        std::uint64_t entry = 0;
        ledger::PoolStatus status = ledger::PoolStatus::draft;
        ledger::Day last = 0;                   ///< of any step
        std::vector<ledger::ContractId> added;  ///< in this order, also those that left it
        std::vector<std::uint64_t> added_by;    ///< the entries that added them
        std::size_t compared = 0;               ///< of them, with their places on record
        crypto::Digest root;                    ///< over those
        std::map<ledger::ContractId, ContractNow> inside;
        ledger::Wide balance = 0;
        ledger::Wide live = 0;   ///< active ones
        ledger::Wide owned = 0;  ///< of them, by the buyer
        /// How days ended that saw the balance move while it was issued: below its least or not.
        std::vector<std::pair<ledger::Day, bool>> ends;
        std::optional<ledger::Day> warned_since;  ///< of being below since then
        ledger::Day rolled_on = 0;
        ledger::Wide rolled = 0;
        bool rolled_warned = false;  ///< of what rolled on that day
        std::optional<ledger::PoolStep<ledger::PoolSeal>> sealed;
        std::optional<ledger::PoolStep<ledger::PoolIssue>> issued;
        std::optional<ledger::PoolStep<ledger::PoolTrigger>> triggered;
        std::optional<ledger::PoolStep<ledger::PoolClose>> closed;

        /// The first of the days that ended below without one between that did not.
        std::optional<ledger::Day> below_since() const;
        bool revolves(ledger::Day day) const;
    };

    void open_day(ledger::Day day) { days_.insert(day); }
    void cancel_day(ledger::Day day) { days_.erase(day); }

    Wrong take(const ledger::PoolCreate& creation, const ledger::MemberId& originator,
               const At& at);
    /// `currency`: the contract's.
    Wrong take(const ledger::PoolAdd& addition, const std::string& currency, const At& at);
    Wrong take(const ledger::PoolRemove& removal, const At& at);
    Wrong take(const ledger::PoolSeal& seal, const At& at);
    Wrong take(const ledger::PoolIssue& issue, const At& at);
    Wrong take(const ledger::PoolTrigger& trigger, const At& at);
    Wrong take(const ledger::PoolClose& close, const At& at);
    /// Who it is offered to is the only one that it may be sold to.
    Wrong may_pledge(const ledger::ContractId& id) const;
    Wrong may_offer(const ledger::TransferInit& offer) const;
    /// The contract's pool is issued, and the buyer owns the contract.
    Wrong may_buy_back(const ledger::ContractId& id, const ledger::MemberId& owner,
                       const At& at) const;
    /// It was bought back, or taken out.
    void leave(const ledger::ContractId& id);
    /// What happens to a contract's pool by way of the contract: a buyback.
    Wrong buy_back(const ledger::ContractId& id, const At& at);
    /// Before what it leads to is followed.
    void mark(const ledger::OverdueMark& mark) { marked_ = mark; }

    /// The book's, at an entry.
    ledger::Day newest(const At& at) const;
    /// Null if it was never created.
    const Pool* pool(const ledger::PoolId& id) const;
    /// That a contract is in, and that is not closed; null if there is none.
    const Pool* pool_of(const ledger::ContractId& id) const;

    /// After an entry, with each contract that it touched and that is in a pool.
    void look(const ledger::ContractId& id, const ContractNow& now);
    /// After all of them: what the nodes have to warn of.
    std::vector<Warning> follow(const At& at);

    void begin_block() { touched_.clear(); }
    /// The first record of what the block touched that no transaction leads to.
    Result<Wrong> compare(const ledger::BlockResult& block, const ledger::RecordReader& after);
    /// What a contract's events say of pools that is not so.
    Wrong compare(const ledger::ContractId& id, const ledger::ContractBody& contract) const;

private:
    /// The pool of a step, which comes on the day of the one before or later.
    Wrong step(const ledger::PoolId& id, const At& at);
    void watch(Pool& pool, const At& at, std::vector<Warning>& warnings) const;
    void roll(const At& at, std::vector<Warning>& warnings);
    static Wrong compare_terms(const Pool& pool, const ledger::PoolRecord& stored);
    static Wrong compare_sums(const Pool& pool, const ledger::PoolRecord& stored);
    static Wrong compare_steps(const Pool& pool, const ledger::PoolRecord& stored);
    static Result<Wrong> compare_places(Pool& pool, const ledger::RecordReader& after);
    Wrong unwarranted(const ledger::RecordChange& change) const;

    std::map<ledger::PoolId, Pool> pools_;
    /// That it was added to last, unless it was bought back or taken out.
    std::map<ledger::ContractId, ledger::PoolId> last_;
    std::map<ledger::ContractId, std::uint32_t> buckets_;  ///< of the last mark
    std::set<ledger::Day> days_;                           ///< that were opened, and not cancelled
    // Of the entry in hand.
    std::set<ledger::PoolId> moved_;
    std::optional<ledger::OverdueMark> marked_;
    // Of the block in hand.
    std::set<ledger::PoolId> touched_;
};

}  // namespace tally::storage
