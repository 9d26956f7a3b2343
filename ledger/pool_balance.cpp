#include "ledger/pool_balance.h"

#include <algorithm>
#include <limits>

#include "base/checked.h"
#include "ledger/alerts.h"
#include "ledger/ownership.h"

// The sums of pools. Nothing here refuses but an overflow, and that before anything changes.

namespace tally::ledger {
namespace {

/// What one contract is of its pool's sums.
struct Part {
    Amount principal = 0;
    std::uint64_t live = 0;
    std::uint64_t owned = 0;
};

Part part_of(const ContractBody& contract, const Position& position, const MemberId& buyer) {
    Part part;
    part.principal = position.outstanding[place_of(Component::principal)];
    if (position.status != ContractStatus::active) return part;
    part.live = 1;
    part.owned = owner_of(contract) == buyer ? 1 : 0;
    return part;
}

/// Outstanding principal, if the event that was added last marks the contract into a worse bucket
/// than the mark before it.
Amount rolled_by(const Run& run, const Run::Change& change) {
    const std::vector<ContractEvent>& events = change.body.events;
    const ContractEvent& last = events.back();
    if (last.kind != EventKind::mark || last.entry != run.entry) return 0;
    const auto before =
        std::find_if(events.rbegin() + 1, events.rend(),
                     [](const ContractEvent& event) { return event.kind == EventKind::mark; });
    const std::uint32_t bucket = before == events.rend() ? 0 : before->bucket;
    return last.bucket > bucket ? change.after.outstanding[place_of(Component::principal)] : 0;
}

/// What was marked worse today, of the balance.
void watch_rolling(Run& run, const PoolId& id, Amount rolled) {
    PoolRecord& pool = run.workspace.pools().edit(id);
    const Day newest = run.newest_day();
    if (pool.rolled.on != newest) pool.rolled = {newest, 0, false};
    constexpr Wide kMost = std::numeric_limits<Amount>::max();
    pool.rolled.amount = static_cast<Amount>(std::min(kMost, Wide{pool.rolled.amount} + rolled));
    const Wide whole = Wide{pool.rolled.amount} * kWholePpm;
    const Ppm threshold = pool.terms.roll_ppm;
    const bool reached = threshold > 0 && whole >= Wide{threshold} * pool.balance;
    if (!reached || pool.rolled.warned) return;
    pool.rolled.warned = true;
    // What was marked earlier today may be paid by now: at most so many.
    const Wide measured = std::min(kMost, whole / std::max<Amount>(1, pool.balance));
    warn_of_pool(run, id, AlertRule::roll_rate, static_cast<Amount>(measured), threshold);
}

}  // namespace

Outcome plan_pool_move(Run& run, const Run::Change& change, std::optional<PoolMove>& move) {
    const std::optional<ContractBody>& now = run.workspace.contracts().view(change.id).body;
    const std::optional<PoolId> from = now ? pool_with(run.workspace, *now) : std::nullopt;
    const std::optional<PoolId> to = pool_with(run.workspace, change.body);
    if (!from && !to) return Outcome::accepted;
    const PoolId& id = to ? *to : *from;
    const PoolRecord& pool = run.workspace.pools().view(id);
    const Part before = from ? part_of(*now, change.before, pool.terms.buyer) : Part{};
    const Part after = to ? part_of(change.body, change.after, pool.terms.buyer) : Part{};
    // In one pool, a change of its sums; into or out of it, the whole of the contract.
    const auto balance = checked_add(pool.balance, after.principal - before.principal);
    if (!balance) return Outcome::overflow;
    move = {id, *balance, pool.live + after.live - before.live,
            pool.owned + after.owned - before.owned, to ? rolled_by(run, change) : 0};
    return Outcome::accepted;
}

void set_pool(Run& run, const PoolMove& move) {
    PoolRecord& pool = run.workspace.pools().edit(move.pool);
    pool.balance = move.balance;
    pool.live = move.live;
    pool.owned = move.owned;
    if (pool.status != PoolStatus::issued) return;
    watch_balance(run, move.pool);
    if (move.rolled > 0) watch_rolling(run, move.pool, move.rolled);
}

void watch_balance(Run& run, const PoolId& id) {
    PoolRecord& pool = run.workspace.pools().edit(id);
    const bool is_below = pool.balance < pool.terms.balance_min;  // never below 0, which is none
    BelowSince& below = pool.below;
    if (is_below == below.since.has_value()) return;
    const Day newest = run.newest_day();
    if (!is_below) {
        below = {std::nullopt, below.since, newest};
        return;
    }
    const bool restored = below.before && below.risen_on == newest;
    below = {restored ? *below.before : newest, std::nullopt, 0};
    // Over the day, it never rose.
    if (restored) return;
    warn_of_pool(run, id, AlertRule::pool_balance, pool.balance, pool.terms.balance_min);
}

}  // namespace tally::ledger
