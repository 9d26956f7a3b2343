#include <algorithm>

#include "book/made_up/story.h"
#include "book/made_up/world_members.h"
#include "ledger/dates.h"

// How the lender gets money for many deals at once: it puts them into a pool, sells them to the
// vehicle one by one, and notes are issued against them. What falls due is bought anew for a while;
// what goes bad, the lender buys back now and then.

namespace tally::book::made_up {
namespace {

using ledger::Day;

constexpr Day kOfferDays = 10;
constexpr std::size_t kLeastDeals = 8;
constexpr Day kBadDays = 20;  ///< late for so long, a deal may be bought back
constexpr ledger::Ppm kSeniorPpm = 32'000;
constexpr ledger::Ppm kJuniorPpm = 75'000;
constexpr ledger::Ppm kRollPpm = 40'000;

World::Draft note_of(std::string_view name, ledger::Amount amount, ledger::Ppm rate_ppm) {
    return {{"name", name}, {"amount", amount}, {"rate_ppm", rate_ppm}};
}

}  // namespace

/// Deals that nothing is wrong with and that are bound to nobody, at most so many.
std::vector<std::size_t> Story::poolable(Day day, std::size_t most) {
    std::vector<std::size_t> found;
    const std::size_t count = memory_.deals.size();
    const std::size_t first = count == 0 ? 0 : random_.below(count);
    for (std::size_t step = 0; step < count && found.size() < most; ++step) {
        const std::size_t place = (first + step) % count;
        const Deal& one = deal(place);
        const bool bound = one.pledged || one.offered || one.sold || one.pool || one.bought_back;
        if (!one.active() || bound || one.due.front().day < day) continue;
        found.push_back(place);
    }
    return found;
}

void Story::add_to_pool(std::size_t pool_place, std::size_t deal_place, Day day) {
    Pool& pool = memory_.pools.at(pool_place);
    world_.accept(day, draft_of("POOL_ADD", {{"pool", api::id_text(pool.id)},
                                             {"contract", api::id_text(deal(deal_place).id)}}));
    deal(deal_place).pool = pool_place;
    pool.deals.push_back(deal_place);
}

void Story::remove_from_pool(std::size_t pool_place, std::size_t deal_place, Day day) {
    Pool& pool = memory_.pools.at(pool_place);
    world_.accept(day, draft_of("POOL_REMOVE", {{"pool", api::id_text(pool.id)},
                                                {"contract", api::id_text(deal(deal_place).id)}}));
    deal(deal_place).pool.reset();
    std::erase(pool.deals, deal_place);
}

void Story::open_pool(Day day) {
    const bool busy = std::ranges::any_of(memory_.pools, [](const Pool& one) {
        return one.stage != Pool::Stage::issued && one.stage != Pool::Stage::closed;
    });
    if (busy || !chance(35)) return;
    const auto chosen = poolable(day, kLeastDeals + random_.below(12));
    if (chosen.size() < kLeastDeals) return;
    ledger::Amount sum = 0;
    for (const std::size_t place : chosen) sum += deal(place).principal_left;
    Pool pool;
    pool.id = world_.fresh<ledger::PoolId>();
    const bool watched = chance(80);
    World::Draft draft = draft_of("POOL_CREATE", {{"pool", api::id_text(pool.id)},
                                                  {"currency", world_.options().currency},
                                                  {"trustee", kTrustee},
                                                  {"buyer", world_.first_funder()}});
    if (chance(80)) draft["revolving_until"] = ledger::day_text(day + days(120, 400));
    draft["balance_min"] = watched ? percents(sum, 55, 80) : 0;
    draft["below_days"] = watched ? 5 + random_.below(15) : 0;
    draft["roll_ppm"] = chance(80) ? kRollPpm : 0;
    world_.accept(day, std::move(draft));
    memory_.pools.push_back(std::move(pool));
    const std::size_t at = memory_.pools.size() - 1;
    for (const std::size_t place : chosen) add_to_pool(at, place, day);
    put(day + days(1, 4), Kind::pool, at);
}

void Story::move_pool(std::size_t place, Day day) {
    switch (memory_.pools.at(place).stage) {
        case Pool::Stage::draft:
            return seal_pool(place, day);
        case Pool::Stage::sealed:
            for (const std::size_t one : memory_.pools.at(place).deals) offer_pooled(one, day);
            memory_.pools.at(place).stage = Pool::Stage::offered;
            return put(day + days(1, 6), Kind::pool, place);
        case Pool::Stage::offered:
            return issue_notes(place, day);
        case Pool::Stage::issued:
            return tend_pool(place, day);
        case Pool::Stage::closed:
            return;
    }
}

/// Some are given up before anything comes of them.
void Story::seal_pool(std::size_t place, Day day) {
    Pool& pool = memory_.pools.at(place);
    if (chance(15) || world_.pool(pool.id).live < 2) return close_pool(place, day);
    world_.accept(day, draft_of("POOL_SEAL", {{"pool", api::id_text(pool.id)}}));
    pool.stage = Pool::Stage::sealed;
    put(day + days(1, 4), Kind::pool, place);
}

void Story::close_pool(std::size_t place, Day day) {
    Pool& pool = memory_.pools.at(place);
    world_.accept(day, draft_of("POOL_CLOSE", {{"pool", api::id_text(pool.id)}}));
    for (const std::size_t one : pool.deals) deal(one).pool.reset();
    pool.stage = Pool::Stage::closed;
}

void Story::offer_pooled(std::size_t place, Day day) {
    Deal& offered = deal(place);
    if (!offered.active() || offered.sold || offered.offered) return;
    world_.accept(day,
                  draft_of("TRANSFER_INIT", {{"contract", api::id_text(offered.id)},
                                             {"buyer", world_.first_funder()},
                                             {"price", percents(offered.outstanding, 95, 101)},
                                             {"valid_until", ledger::day_text(day + kOfferDays)}}));
    offered.offered = true;
}

/// The vehicle takes what was offered to it, but for what is paid by now.
void Story::settle_pooled(std::size_t place, Day day) {
    Deal& offered = deal(place);
    if (!offered.offered || offered.sold) return;
    const std::string contract = api::id_text(offered.id);
    offered.offered = false;
    if (!offered.active()) {
        world_.accept(day, draft_of("TRANSFER_CANCEL", {{"contract", contract}}));
        return;
    }
    const std::string source_ref = world_.fresh_reference("sale");
    world_.accept(
        day, draft_of("TRANSFER_SETTLE", {{"contract", contract}, {"source_ref", source_ref}}));
    offered.sold = true;
}

void Story::issue_notes(std::size_t place, Day day) {
    Pool& pool = memory_.pools.at(place);
    for (const std::size_t one : pool.deals) settle_pooled(one, day);
    const ledger::PoolRecord record = world_.pool(pool.id);
    if (record.balance < 2) return close_pool(place, day);
    if (record.owned < record.live) {
        // A chargeback opened one again.
        pool.stage = Pool::Stage::sealed;
        return put(day + 1, Kind::pool, place);
    }
    const ledger::Amount senior = percents(record.balance, 70, 86);
    const ledger::Amount junior = percents(record.balance, 5, 13);
    boost::json::array notes{note_of("senior", senior, kSeniorPpm)};
    if (senior + junior <= record.balance) notes.push_back(note_of("junior", junior, kJuniorPpm));
    world_.accept(day, draft_of("POOL_ISSUE",
                                {{"pool", api::id_text(pool.id)}, {"notes", std::move(notes)}}));
    pool.stage = Pool::Stage::issued;
    put(day + days(15, 40), Kind::pool, place);
}

/// As long as it revolves, the trustee looks at the balance, and the lender adds what it can.
void Story::revolve(std::size_t place, Day day, const ledger::PoolRecord& record) {
    const auto& since = record.below.since;
    const bool below = since && day - *since + 1 >= static_cast<Day>(record.terms.below_days);
    if (below || chance(3)) {
        const std::string_view other = chance(50) ? "servicer_event" : "default_event";
        world_.accept(day,
                      draft_of("POOL_TRIGGER", {{"pool", api::id_text(memory_.pools.at(place).id)},
                                                {"reason", below ? "balance_below" : other}}));
        return;
    }
    for (const std::size_t one : poolable(day, random_.below(4))) {
        add_to_pool(place, one, day);
    }
}

void Story::tend_pool(std::size_t place, Day day) {
    const ledger::PoolRecord record = world_.pool(memory_.pools.at(place).id);
    if (record.balance == 0 && record.live == 0) return close_pool(place, day);
    if (record.revolving_on(day)) revolve(place, day, record);
    std::vector<std::size_t> unwanted;
    for (const std::size_t one : memory_.pools.at(place).deals) {
        Deal& bad = deal(one);
        if (!bad.active() || bad.offered) continue;
        if (!bad.sold) {
            // The vehicle does not want every one.
            if (chance(12)) {
                unwanted.push_back(one);
                continue;
            }
            // New in it, or opened again by a chargeback before it was sold.
            offer_pooled(one, day);
            put(day + days(1, 6), Kind::take_pooled, one);
            continue;
        }
        if (day - bad.due.front().day <= kBadDays || !chance(30)) continue;
        world_.accept(
            day, draft_of("BUYBACK_INIT", {{"contract", api::id_text(bad.id)},
                                           {"price", percents(bad.outstanding, 60, 101)},
                                           {"valid_until", ledger::day_text(day + kOfferDays)}}));
        bad.offered = true;
        put(day + days(0, kOfferDays), Kind::buy_back, one);
    }
    for (const std::size_t one : unwanted) remove_from_pool(place, one, day);
    put(day + days(15, 30), Kind::pool, place);
}

void Story::buy_back(std::size_t place, Day day) {
    Deal& bad = deal(place);
    const std::string contract = api::id_text(bad.id);
    bad.offered = false;
    if (!bad.active() || !bad.pool || chance(15)) {
        world_.accept(day, draft_of("TRANSFER_CANCEL", {{"contract", contract}}));
        return;
    }
    const std::string source_ref = world_.fresh_reference("sale");
    world_.accept(day,
                  draft_of("BUYBACK_SETTLE", {{"contract", contract}, {"source_ref", source_ref}}));
    std::erase(memory_.pools.at(*bad.pool).deals, place);
    bad.pool.reset();
    bad.sold = false;
    bad.bought_back = true;
}

}  // namespace tally::book::made_up
