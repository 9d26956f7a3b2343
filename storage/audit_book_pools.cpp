// Independent on purpose: when a pool takes a contract, what its root is, since when it is below
// its least balance and what is warned of, is written down here once more and never taken from the
// rules.
#include "storage/audit_book_pools.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "crypto/merkle.h"
#include "ledger/ownership.h"
#include "ledger/queries.h"
#include "storage/audit_book_records.h"

namespace tally::storage {
namespace {

using ledger::AlertRule;
using ledger::ContractId;
using ledger::Day;
using ledger::MemberId;
using ledger::PoolId;
using ledger::PoolRecord;
using ledger::PoolStatus;
using ledger::Wide;

constexpr Wide kWhole = 1'000'000;

std::int64_t shown(Wide amount) {
    return static_cast<std::int64_t>(
        std::min<Wide>(amount, std::numeric_limits<std::int64_t>::max()));
}

/// Over all leaves at once; nodes keep the right edge of the tree alone.
crypto::Digest root_of(const std::vector<ContractId>& contracts) {
    std::vector<crypto::Digest> leaves;
    leaves.reserve(contracts.size());
    for (const ContractId& id : contracts) leaves.push_back(crypto::leaf_hash(id.bytes));
    return crypto::merkle_root(leaves);
}

bool in_form(const ledger::PoolCreate& said) {
    const bool currency =
        said.currency.size() == 3 && std::ranges::all_of(said.currency, [](char letter) {
            return letter >= 'A' && letter <= 'Z';
        });
    const bool least = said.balance_min == 0
                           ? said.below_days == 0
                           : said.balance_min > 0 && said.below_days >= 1 && said.below_days <= 366;
    return currency && least && said.revolving_until >= 0 && said.roll_ppm >= 0 &&
           said.roll_ppm <= kWhole;
}

bool in_form(const std::vector<ledger::PoolNote>& notes) {
    std::set<std::string> names;
    for (const ledger::PoolNote& note : notes) {
        const bool fits =
            !note.name.empty() && note.name.size() <= 32 && note.amount > 0 && note.rate_ppm >= 0;
        if (!fits || !names.insert(note.name).second) return false;
    }
    return !notes.empty() && notes.size() <= 8;
}

template <typename Body, typename Same>
bool same_step(const std::optional<ledger::PoolStep<Body>>& ours,
               const std::optional<ledger::PoolStep<Body>>& theirs, Same same) {
    if (!ours || !theirs) return ours.has_value() == theirs.has_value();
    return ours->entry == theirs->entry && ours->on == theirs->on && same(ours->said, theirs->said);
}

}  // namespace

std::optional<Day> AuditPools::Pool::below_since() const {
    std::optional<Day> since;
    for (const auto& [day, below_at_end] : ends) {
        if (!below_at_end) {
            since.reset();
        } else if (!since) {
            since = day;
        }
    }
    return since;
}

bool AuditPools::Pool::revolves(Day day) const {
    return status == PoolStatus::issued && !triggered && said.revolving_until > 0 &&
           day <= said.revolving_until;
}

const AuditPools::Pool* AuditPools::pool(const PoolId& id) const {
    const auto found = pools_.find(id);
    return found == pools_.end() ? nullptr : &found->second;
}

const AuditPools::Pool* AuditPools::pool_of(const ContractId& id) const {
    const auto last = last_.find(id);
    if (last == last_.end()) return nullptr;
    const Pool& pool = pools_.at(last->second);
    return pool.status == PoolStatus::closed ? nullptr : &pool;
}

Day AuditPools::newest(const At& at) const {
    return days_.empty() ? at.business_date : std::max(at.business_date, *days_.rbegin());
}

AuditPools::Wrong AuditPools::step(const PoolId& id, const At& at) {
    const auto found = pools_.find(id);
    if (found == pools_.end()) return "names a pool that was never created";
    if (at.value_date != at.business_date) return "a pool's step as of an earlier day";
    if (at.value_date < found->second.last) return "on a day before the pool's last step";
    found->second.last = at.value_date;
    moved_.insert(id);
    return std::nullopt;
}

AuditPools::Wrong AuditPools::take(const ledger::PoolCreate& creation, const MemberId& originator,
                                   const At& at) {
    if (pools_.contains(creation.pool)) return "creates a pool that is there";
    if (!in_form(creation)) return "a pool's terms are not of their form";
    if (creation.buyer == originator) return "a pool that its own originator buys";
    Pool& pool = pools_[creation.pool];
    pool.said = creation;
    pool.originator = originator;
    pool.entry = at.entry;
    return step(creation.pool, at);
}

AuditPools::Wrong AuditPools::take(const ledger::PoolAdd& addition, const std::string& currency,
                                   const At& at) {
    if (Wrong wrong = step(addition.pool, at)) return wrong;
    Pool& pool = pools_.at(addition.pool);
    if (pool.status != PoolStatus::draft && !pool.revolves(at.value_date)) {
        return "adds to a pool that takes no contracts";
    }
    if (pool.said.currency != currency) return "adds a contract in another currency";
    if (pool_of(addition.contract) != nullptr) return "adds a contract that is in a pool";
    pool.added.push_back(addition.contract);
    pool.added_by.push_back(at.entry);
    pool.inside[addition.contract] = {};
    last_[addition.contract] = addition.pool;
    return std::nullopt;
}

AuditPools::Wrong AuditPools::take(const ledger::PoolRemove& removal, const At& at) {
    if (Wrong wrong = step(removal.pool, at)) return wrong;
    const Pool* pool = &pools_.at(removal.pool);
    if (pool->status == PoolStatus::sealed) return "takes out of a pool what was sealed";
    if (pool_of(removal.contract) != pool)
        return "takes a contract out of a pool that it is not in";
    leave(removal.contract);
    return std::nullopt;
}

AuditPools::Wrong AuditPools::take(const ledger::PoolSeal& seal, const At& at) {
    if (Wrong wrong = step(seal.pool, at)) return wrong;
    Pool& pool = pools_.at(seal.pool);
    if (pool.status != PoolStatus::draft) return "seals a pool that is no draft";
    if (pool.balance == 0) return "seals a pool that nothing is owed in";
    if (seal.contracts != pool.added.size() || seal.principal != pool.balance ||
        seal.root != root_of(pool.added)) {
        return "count, principal or root are not those of the contracts that were added";
    }
    pool.status = PoolStatus::sealed;
    pool.sealed = {seal, at.entry, at.value_date};
    return std::nullopt;
}

AuditPools::Wrong AuditPools::take(const ledger::PoolIssue& issue, const At& at) {
    if (Wrong wrong = step(issue.pool, at)) return wrong;
    Pool& pool = pools_.at(issue.pool);
    if (pool.status != PoolStatus::sealed) return "notes against a pool that is not sealed";
    if (!in_form(issue.notes)) return "a pool's notes are not of their form";
    const bool owned = std::ranges::all_of(pool.inside, [&pool](const auto& contract) {
        return !contract.second.active || contract.second.owner == pool.said.buyer;
    });
    if (!owned) return "notes against a contract that the pool's buyer does not own";
    Wide sum = 0;
    for (const ledger::PoolNote& note : issue.notes) sum += note.amount;
    if (sum > pool.balance) return "notes above the pool's balance";
    pool.status = PoolStatus::issued;
    pool.issued = {issue, at.entry, at.value_date};
    return std::nullopt;
}

AuditPools::Wrong AuditPools::take(const ledger::PoolTrigger& trigger, const At& at) {
    if (Wrong wrong = step(trigger.pool, at)) return wrong;
    Pool& pool = pools_.at(trigger.pool);
    if (pool.status != PoolStatus::issued) return "triggers a pool that is not issued";
    if (!pool.revolves(at.value_date)) return "triggers a pool that amortises";
    if (trigger.reason == ledger::TriggerReason::balance_below) {
        const std::optional<Day> since = pool.below_since();
        if (!since || *since != trigger.below_since) {
            return "triggers a pool that is not below since that day";
        }
        const Wide days = Wide{at.business_date} - *since + 1;
        if (days < pool.said.below_days) return "triggers a pool too early";
    } else if (trigger.below_since != 0) {
        return "a declared trigger with a day";
    }
    pool.triggered = {trigger, at.entry, at.value_date};
    return std::nullopt;
}

AuditPools::Wrong AuditPools::take(const ledger::PoolClose& close, const At& at) {
    if (Wrong wrong = step(close.pool, at)) return wrong;
    Pool& pool = pools_.at(close.pool);
    if (pool.status == PoolStatus::closed) return "closes a pool twice";
    if (pool.status == PoolStatus::issued && (pool.balance != 0 || pool.live != 0)) {
        return "closes a pool that is not paid down";
    }
    pool.status = PoolStatus::closed;
    pool.closed = {close, at.entry, at.value_date};
    pool.inside.clear();
    pool.balance = 0;
    pool.live = pool.owned = 0;
    return std::nullopt;
}

AuditPools::Wrong AuditPools::may_pledge(const ContractId& id) const {
    return pool_of(id) == nullptr ? Wrong{} : "pledges what is in a pool";
}

AuditPools::Wrong AuditPools::may_offer(const ledger::TransferInit& offer) const {
    const Pool* pool = pool_of(offer.contract);
    if (pool == nullptr) return std::nullopt;
    if (pool->said.buyer != offer.buyer) return "sells what is in a pool to another buyer";
    if (pool->status == PoolStatus::draft) return "sells what is in a pool before it is sealed";
    return std::nullopt;
}

AuditPools::Wrong AuditPools::may_buy_back(const ContractId& id, const MemberId& owner,
                                           const At& at) const {
    const Pool* pool = pool_of(id);
    if (pool == nullptr || pool->status != PoolStatus::issued) {
        return "buys back what is in no issued pool";
    }
    if (owner != pool->said.buyer) return "buys back what the pool's buyer does not own";
    return at.business_date == at.value_date ? Wrong{} : "bought back as of an earlier day";
}

AuditPools::Wrong AuditPools::buy_back(const ContractId& id, const At& at) {
    const auto last = last_.find(id);
    return last == last_.end() ? Wrong("buys back out of no pool") : step(last->second, at);
}

void AuditPools::leave(const ContractId& id) {
    const auto last = last_.find(id);
    if (last == last_.end()) return;
    look(id, {});
    pools_.at(last->second).inside.erase(id);
    moved_.insert(last->second);
    last_.erase(last);
}

void AuditPools::look(const ContractId& id, const ContractNow& now) {
    const auto last = last_.find(id);
    if (last == last_.end()) return;
    Pool& pool = pools_.at(last->second);
    const auto place = pool.inside.find(id);
    if (place == pool.inside.end()) return;
    const auto count = [&pool](const ContractNow& contract, bool in) {
        const bool owned = contract.active && contract.owner == pool.said.buyer;
        pool.balance += in ? contract.principal : -contract.principal;
        pool.live += contract.active ? (in ? 1 : -1) : 0;
        pool.owned += owned ? (in ? 1 : -1) : 0;
    };
    count(std::exchange(place->second, now), false);
    count(now, true);
    moved_.insert(last->second);
}

void AuditPools::watch(Pool& pool, const At& at, std::vector<Warning>& warnings) const {
    if (pool.status != PoolStatus::issued || pool.said.balance_min == 0) return;
    const bool below = pool.balance < pool.said.balance_min;
    const Day day = newest(at);
    if (!pool.ends.empty() && pool.ends.back().first == day) {
        pool.ends.back().second = below;
    } else {
        // A day ended on which it was not below: what was warned of is over.
        if (!pool.ends.empty() && !pool.ends.back().second) pool.warned_since.reset();
        pool.ends.emplace_back(day, below);
    }
    const std::optional<Day> since = pool.below_since();
    if (!since || pool.warned_since == since) return;
    pool.warned_since = since;
    warnings.push_back(
        {pool.said.pool, AlertRule::pool_balance, day, shown(pool.balance), pool.said.balance_min});
}

void AuditPools::roll(const At& at, std::vector<Warning>& warnings) {
    const ledger::OverdueMark mark = *std::exchange(marked_, std::nullopt);
    const std::uint32_t before = std::exchange(buckets_[mark.contract], mark.bucket);
    const auto last = last_.find(mark.contract);
    if (last == last_.end() || mark.bucket <= before) return;
    Pool& pool = pools_.at(last->second);
    if (pool.status != PoolStatus::issued) return;
    const Wide principal = pool.inside.at(mark.contract).principal;
    if (principal == 0) return;
    const Day day = newest(at);
    if (pool.rolled_on != day) {
        pool.rolled_on = day;
        pool.rolled = 0;
        pool.rolled_warned = false;
    }
    pool.rolled += principal;
    const bool reached =
        pool.said.roll_ppm > 0 && pool.rolled * kWhole >= pool.balance * pool.said.roll_ppm;
    if (!reached || std::exchange(pool.rolled_warned, true)) return;
    warnings.push_back({pool.said.pool, AlertRule::roll_rate, day,
                        shown(pool.rolled * kWhole / pool.balance), pool.said.roll_ppm});
}

std::vector<AuditPools::Warning> AuditPools::follow(const At& at) {
    std::vector<Warning> warnings;
    for (const PoolId& id : moved_) watch(pools_.at(id), at, warnings);
    if (marked_) roll(at, warnings);
    touched_.merge(std::exchange(moved_, {}));
    return warnings;
}

AuditPools::Wrong AuditPools::compare_terms(const Pool& pool, const PoolRecord& stored) {
    const ledger::PoolCreate& ours = pool.said;
    const ledger::PoolCreate& theirs = stored.terms;
    const bool same = ours.pool == theirs.pool && ours.currency == theirs.currency &&
                      ours.trustee == theirs.trustee && ours.buyer == theirs.buyer &&
                      ours.revolving_until == theirs.revolving_until &&
                      ours.balance_min == theirs.balance_min &&
                      ours.below_days == theirs.below_days && ours.roll_ppm == theirs.roll_ppm &&
                      stored.owner == pool.originator && stored.entry == pool.entry;
    return same ? Wrong{} : "its terms are not those that it was created with";
}

AuditPools::Wrong AuditPools::compare_sums(const Pool& pool, const PoolRecord& stored) {
    if (stored.status != pool.status) return "its status is not what its history leads to";
    if (stored.contracts.size() != pool.added.size() || stored.contracts.root() != pool.root) {
        return "its root is not that of the contracts that were added";
    }
    if (stored.balance != pool.balance) {
        return "its balance is not the principal outstanding of its contracts";
    }
    if (stored.live != pool.live || stored.owned != pool.owned) {
        return "contracts that are active, or that its buyer owns, are miscounted";
    }
    if (pool.status != PoolStatus::issued) return std::nullopt;
    if (stored.below.since != pool.below_since()) return "it is below its least since another day";
    const bool rolled = pool.rolled_on == 0 || (stored.rolled.on == pool.rolled_on &&
                                                stored.rolled.amount == shown(pool.rolled) &&
                                                stored.rolled.warned == pool.rolled_warned);
    return rolled ? Wrong{} : "what rolled in a day is not what marks lead to";
}

AuditPools::Wrong AuditPools::compare_steps(const Pool& pool, const PoolRecord& stored) {
    const auto seal = [](const ledger::PoolSeal& ours, const ledger::PoolSeal& theirs) {
        return ours.contracts == theirs.contracts && ours.principal == theirs.principal &&
               ours.root == theirs.root;
    };
    const auto issue = [](const ledger::PoolIssue& ours, const ledger::PoolIssue& theirs) {
        return ours.notes == theirs.notes;
    };
    const auto trigger = [](const ledger::PoolTrigger& ours, const ledger::PoolTrigger& theirs) {
        return ours.reason == theirs.reason && ours.below_since == theirs.below_since;
    };
    const auto close = [](const ledger::PoolClose& ours, const ledger::PoolClose& theirs) {
        return ours.pool == theirs.pool;
    };
    const bool same = same_step(pool.sealed, stored.sealed, seal) &&
                      same_step(pool.issued, stored.issued, issue) &&
                      same_step(pool.triggered, stored.triggered, trigger) &&
                      same_step(pool.closed, stored.closed, close);
    return same ? Wrong{} : "it was not sealed, issued, triggered or closed as its entries say";
}

/// Those that were added since the last time.
Result<AuditPools::Wrong> AuditPools::compare_places(Pool& pool,
                                                     const ledger::RecordReader& after) {
    const auto stored = ledger::read_pool_contracts(after, pool.said.pool, pool.compared,
                                                    pool.added.size() - pool.compared);
    if (!stored) return stored.error();
    bool same = stored->size() == pool.added.size() - pool.compared;
    for (std::size_t index = 0; same && index < stored->size(); ++index) {
        const std::size_t place = pool.compared + index;
        same =
            (*stored)[index] == ledger::PoolContractRecord{pool.added[place], pool.added_by[place]};
    }
    if (!same) return Wrong("its contracts are not those that were added");
    if (pool.compared < pool.added.size() || pool.added.empty()) pool.root = root_of(pool.added);
    pool.compared = pool.added.size();
    return Wrong{};
}

AuditPools::Wrong AuditPools::unwarranted(const ledger::RecordChange& change) const {
    const bool of_place = change.key.front() == ledger::kPoolContractRecord;
    if (!of_place && change.key.front() != ledger::kPoolRecord) return std::nullopt;
    PoolId id;
    if (change.key.size() < 1 + id.bytes.size()) return "a pool's key is none";
    std::copy_n(change.key.begin() + 1, id.bytes.size(), id.bytes.begin());
    if (!touched_.contains(id)) return name_of("pool", id) + ": nothing in the block changes it";
    if (!of_place) return std::nullopt;
    const Pool& pool = pools_.at(id);
    for (std::size_t place = pool.compared; place < pool.added.size(); ++place) {
        if (change.key == ledger::pool_contract_key(id, place)) return std::nullopt;
    }
    return name_of("pool", id) + ": a contract at a place that nothing in the block fills";
}

Result<AuditPools::Wrong> AuditPools::compare(const ledger::BlockResult& block,
                                              const ledger::RecordReader& after) {
    for (const ledger::RecordChange& change : block.changes) {
        if (Wrong wrong = unwarranted(change)) return wrong;
    }
    for (const PoolId& id : touched_) {
        const auto stored = ledger::read_pool(after, id);
        if (!stored) return stored.error();
        if (!*stored) return Wrong(name_of("pool", id) + ": it is not on record");
        Pool& pool = pools_.at(id);
        Wrong wrong = compare_terms(pool, **stored);
        if (!wrong) wrong = compare_steps(pool, **stored);
        if (!wrong) {
            auto places = compare_places(pool, after);
            if (!places) return places.error();
            wrong = *std::move(places);
        }
        if (!wrong) wrong = compare_sums(pool, **stored);
        if (wrong) return Wrong(name_of("pool", id) + ": " + *wrong);
    }
    return Wrong{};
}

AuditPools::Wrong AuditPools::compare(const ContractId& id,
                                      const ledger::ContractBody& contract) const {
    const auto last = last_.find(id);
    const std::optional<PoolId> ours =
        last == last_.end() ? std::nullopt : std::optional(last->second);
    return ledger::pool_of(contract) == ours ? Wrong{}
                                             : "it is not in the pool that it was added to";
}

}  // namespace tally::storage
