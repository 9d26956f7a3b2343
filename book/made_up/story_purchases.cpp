#include <algorithm>

#include "book/made_up/story.h"
#include "ledger/dates.h"

// Purchases, with and without an authorisation before them, and what merchants take back.

namespace tally::book::made_up {
namespace {

using ledger::Amount;
using ledger::Day;

constexpr Amount kPurchaseMin = 10'000;
constexpr Day kHoldDays = 7;

/// Twice as much is bought in June and November as in other months.
bool is_season(Day day) { return month_of(day) == 6 || month_of(day) == 11; }

/// A price as shops make them: 1,299.00, 458.90.
Amount price_near(Amount amount, std::uint64_t ending) {
    constexpr std::array<Amount, 4> kEndings{0, 0, 90, 99};
    const Amount whole = amount - amount % 100;
    return std::max(kPurchaseMin, whole - 100 + kEndings.at(ending % kEndings.size()));
}

}  // namespace

void Story::purchase(std::size_t place, Day day) {
    const Line& line = memory_.lines.at(place);
    const bool over = line.status == ledger::LineStatus::closed || day > line.valid_to ||
                      memory_.borrowers.at(line.borrower).stopped;
    if (over) return;
    put(day + days(20, 120), Kind::purchase, place);
    // The first one is what the credit was asked for. Later ones come at the pace of the season,
    // and out of it every other one is left out.
    const bool first = day < line.valid_from + 15;
    if (!first && !is_season(day) && chance(50)) return;
    if (!line.active() || line.available() < kPurchaseMin) return;
    const Amount wanted = price_near(percents(line.limit, 2, 26), random_.below(4));
    const Amount amount = std::min(line.available(), wanted);
    if (chance(40)) return authorise(place, day, amount);
    capture(place, day, amount, nullptr);
}

void Story::authorise(std::size_t place, Day day, Amount amount) {
    Line& line = memory_.lines.at(place);
    const Hold hold{world_.fresh<ledger::AuthorisationId>(), place, amount, day + kHoldDays};
    world_.accept(day, draft_of("PURCHASE_AUTH", {{"authorisation", api::id_text(hold.id)},
                                                  {"line", api::id_text(line.id)},
                                                  {"amount", amount},
                                                  {"expires", ledger::day_text(hold.expires)}}));
    line.reserved += amount;
    memory_.holds.push_back(hold);
    const std::size_t at = memory_.holds.size() - 1;
    const std::uint64_t fate = random_.below(100);
    if (fate < 70) return put(day + days(0, 6), Kind::end_hold, at, whole);
    if (fate < 82) return put(day + days(0, 6), Kind::end_hold, at, part);
    if (fate < 92) return put(day + days(0, 6), Kind::end_hold, at, given_up);
    put(hold.expires + days(1, 5), Kind::end_hold, at, forgotten);
}

void Story::end_hold(std::size_t place, Day day, Detail how) {
    Hold& hold = memory_.holds.at(place);
    Line& line = memory_.lines.at(hold.line);
    // A card that was stopped meanwhile, or has run out, buys nothing any more.
    const bool stopped = !line.active() || day > line.valid_to;
    if (stopped && how != forgotten) how = given_up;
    if (how == whole || how == part) {
        const Amount amount = how == whole ? hold.amount : percents(hold.amount, 40, 100);
        capture(hold.line, day, std::max<Amount>(amount, 100), &hold);
    } else {
        world_.accept(day, draft_of(how == given_up ? "PURCHASE_VOID" : "PURCHASE_EXPIRE",
                                    {{"authorisation", api::id_text(hold.id)}}));
    }
    hold.open = false;
    line.reserved -= hold.amount;
}

void Story::capture(std::size_t place, Day day, Amount amount, const Hold* hold) {
    const Line& line = memory_.lines.at(place);
    const auto& seen = memory_.borrowers.at(line.borrower).disclosure;
    const std::uint64_t length = random_.below(100);
    Deal deal;
    deal.id = world_.fresh<ledger::ContractId>();
    deal.line = place;
    deal.principal = amount;
    deal.captured = day;
    World::Draft draft = draft_of("CAPTURE", {{"contract", api::id_text(deal.id)},
                                              {"line", api::id_text(line.id)},
                                              {"principal", amount},
                                              {"product", api::id_text(memory_.product)},
                                              {"periods", length < 50   ? 3
                                                          : length < 80 ? 6
                                                                        : 12},
                                              {"terms_hash", world_.fresh_digest()},
                                              {"shares", world_.shares()},
                                              {"merchant", shop()},
                                              {"order", world_.fresh_digest()},
                                              {"cost_table", api::id_text(memory_.cost_table)},
                                              {"disclosure", api::id_text(*seen)}});
    if (hold != nullptr) draft["authorisation"] = api::id_text(hold->id);
    world_.accept(day, std::move(draft));
    memory_.deals.push_back(std::move(deal));
    const std::size_t at = memory_.deals.size() - 1;
    world_.look(at, day);
    if (chance(55)) give_mandate(at, day);
    if (chance(92)) put(day + days(1, 9), Kind::pay_shop, at);
    // Most goods come back soon, some after they were paid for.
    if (chance(6)) put(day + (chance(80) ? days(3, 26) : days(100, 400)), Kind::refund, at);
    plan_funding(at, day);
    plan_next(at, day);
}

void Story::refund(std::size_t place, Day day) {
    Deal& refunded = deal(place);
    const Amount left = refunded.principal - refunded.refunded;
    const Amount amount = chance(40) ? left : percents(left, 10, 70);
    world_.accept(day,
                  draft_of("MERCHANT_REFUND", {{"contract", api::id_text(refunded.id)},
                                               {"amount", amount},
                                               {"source_ref", world_.fresh_reference("shop")}}));
    const Amount credit = world_.look(place, day).totals.credit;
    if (credit == 0 || chance(10)) return;
    world_.accept(day,
                  draft_of("OVERPAY_REFUND", {{"contract", api::id_text(deal(place).id)},
                                              {"amount", credit},
                                              {"source_ref", world_.fresh_reference("payout")}}));
    world_.look(place, day);
}

}  // namespace tally::book::made_up
