#include <algorithm>
#include <array>

#include "book/made_up/attempts.h"
#include "book/made_up/world_members.h"
#include "ledger/dates.h"

// Attempts on pools, and on what is in them.

namespace tally::book::made_up {
namespace {

using Stage = Pool::Stage;

World::Draft of_pool(std::string_view type, const ledger::PoolId& pool) {
    return draft_of(type, {{"pool", api::id_text(pool)}});
}

World::Draft addition_of(const ledger::PoolId& pool, const Deal& deal) {
    return draft_of("POOL_ADD",
                    {{"pool", api::id_text(pool)}, {"contract", api::id_text(deal.id)}});
}

}  // namespace

std::span<const Attempts::Maker> Attempts::on_pools() const {
    static constexpr std::array<Maker, 12> kMakers{
        &Attempts::pool_again,      &Attempts::pool_of_no_trustee, &Attempts::pool_without_days,
        &Attempts::pool_unknown,    &Attempts::pooled_pledged,     &Attempts::pooled_twice,
        &Attempts::added_when_shut, &Attempts::sealed_wrong,       &Attempts::issued_too_early,
        &Attempts::triggered_early, &Attempts::closed_too_early,   &Attempts::bought_back_unpooled};
    return kMakers;
}

World::Draft Attempts::creation(const ledger::PoolId& pool) {
    return draft_of("POOL_CREATE", {{"pool", api::id_text(pool)},
                                    {"currency", world_.options().currency},
                                    {"trustee", kTrustee},
                                    {"buyer", world_.first_funder()},
                                    {"balance_min", 0},
                                    {"below_days", 0},
                                    {"roll_ppm", 0}});
}

const Pool* Attempts::pool_in(std::initializer_list<Stage> stages) {
    return any_of(memory().pools, [stages](const Pool& one) {
        return std::ranges::find(stages, one.stage) != stages.end();
    });
}

const Deal* Attempts::pooled_deal() {
    return any_of(memory().deals, [](const Deal& one) { return one.active() && one.pool; });
}

std::optional<Try> Attempts::pool_again() {
    const Pool* pool = any_of(memory().pools, [](const Pool&) { return true; });
    if (pool == nullptr) return std::nullopt;
    return Try{creation(pool->id)};
}

std::optional<Try> Attempts::pool_of_no_trustee() {
    World::Draft draft = creation(world_.fresh<ledger::PoolId>());
    draft["trustee"] = "auditor";
    return Try{std::move(draft)};
}

std::optional<Try> Attempts::pool_without_days() {
    World::Draft draft = creation(world_.fresh<ledger::PoolId>());
    draft["balance_min"] = some(100'000);
    return Try{std::move(draft)};
}

std::optional<Try> Attempts::pool_unknown() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    return Try{addition_of(world_.fresh<ledger::PoolId>(), *deal)};
}

std::optional<Try> Attempts::pooled_pledged() {
    const Deal* deal = pooled_deal();
    if (deal == nullptr || deal->sold || deal->offered) return std::nullopt;
    return Try{draft_of("PLEDGE",
                        {{"contract", api::id_text(deal->id)}, {"funder", world_.first_funder()}})};
}

std::optional<Try> Attempts::pooled_twice() {
    const Deal* deal = pooled_deal();
    const Pool* pool = pool_in({Stage::draft, Stage::issued});
    if (deal == nullptr || pool == nullptr) return std::nullopt;
    return Try{addition_of(pool->id, *deal)};
}

std::optional<Try> Attempts::added_when_shut() {
    const Deal* deal = active_deal();
    const Pool* pool = pool_in({Stage::sealed, Stage::offered, Stage::closed});
    if (deal == nullptr || pool == nullptr) return std::nullopt;
    return Try{addition_of(pool->id, *deal)};
}

std::optional<Try> Attempts::sealed_wrong() {
    const Pool* pool = pool_in({Stage::draft});
    if (pool == nullptr) return std::nullopt;
    World::Draft draft = of_pool("POOL_SEAL", pool->id);
    draft["contracts"] = pool->deals.size() + 1;
    return Try{std::move(draft)};
}

/// Before it is sealed, before all is the buyer's, or a second time.
std::optional<Try> Attempts::issued_too_early() {
    const Pool* pool = pool_in({Stage::draft, Stage::sealed, Stage::offered, Stage::issued});
    if (pool == nullptr) return std::nullopt;
    const ledger::PoolRecord record = world_.pool(pool->id);
    World::Draft draft = of_pool("POOL_ISSUE", pool->id);
    // More than there is, where all is the buyer's by now.
    draft["notes"] = boost::json::array{
        World::Draft{{"name", "senior"}, {"amount", record.balance + 1}, {"rate_ppm", 30'000}}};
    return Try{std::move(draft)};
}

/// A day is below its least number of days, whichever that is.
std::optional<Try> Attempts::triggered_early() {
    const Pool* pool = any_of(memory().pools, [](const Pool&) { return true; });
    if (pool == nullptr) return std::nullopt;
    World::Draft draft = of_pool("POOL_TRIGGER", pool->id);
    draft["reason"] = "balance_below";
    draft["below_since"] = ledger::day_text(today());
    return Try{std::move(draft)};
}

std::optional<Try> Attempts::closed_too_early() {
    const Pool* pool = pool_in({Stage::issued, Stage::closed});
    if (pool == nullptr) return std::nullopt;
    const ledger::PoolRecord record = world_.pool(pool->id);
    const bool paid_down = record.balance == 0 && record.live == 0;
    if (pool->stage == Stage::issued && paid_down) return std::nullopt;
    return Try{of_pool("POOL_CLOSE", pool->id)};
}

std::optional<Try> Attempts::bought_back_unpooled() {
    const Deal* deal = any_of(memory().deals, [](const Deal& one) { return !one.pool; });
    if (deal == nullptr) return std::nullopt;
    return Try{draft_of("BUYBACK_INIT", {{"contract", api::id_text(deal->id)},
                                         {"price", some(1'000)},
                                         {"valid_until", ledger::day_text(today() + 5)}})};
}

}  // namespace tally::book::made_up
