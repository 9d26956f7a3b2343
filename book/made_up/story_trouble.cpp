#include <algorithm>

#include "book/made_up/story.h"
#include "book/made_up/world_members.h"
#include "ledger/dates.h"

// Arrears: marks, requests for relief and their answers, charge-offs and recoveries.

namespace tally::book::made_up {
namespace {

using ledger::Amount;
using ledger::Day;

constexpr std::array<std::string_view, 4> kHardships{"income lost", "illness", "short-time work",
                                                     "separation"};
constexpr std::array<std::string_view, 2> kRefusals{"no evidence", "not a hardship"};
constexpr Day kFreezeAfter = 30;
constexpr Amount kReplanMin = 1'000;
constexpr ledger::Ppm kCommissionPpm = 200'000;

}  // namespace

void Story::ask_relief(std::size_t place, Day day) {
    Deal& asking = deal(place);
    if (borrower_of(asking).stopped) return plan_next(place, day);
    asking.request = world_.fresh<ledger::HardshipId>();
    World::Draft draft = draft_of("HARDSHIP_REQUEST", {{"request", api::id_text(*asking.request)},
                                                       {"contract", api::id_text(asking.id)},
                                                       {"stage", "requested"},
                                                       {"reason", one_of(kHardships)}});
    if (chance(70)) draft["evidence"] = world_.fresh_digest();
    world_.accept(day, std::move(draft));
    world_.look(place, day);
    put(day + days(2, 10), Kind::answer_relief, place);
}

void Story::answer_relief(std::size_t place, Day day) {
    deal(place).relieved = true;
    const std::uint64_t answer = random_.below(100);
    if (answer < 40) return grant_grace(place, day);
    if (answer < 80 && deal(place).principal_left >= kReplanMin) return replan(place, day);
    refuse_relief(place, day);
}

void Story::grant_grace(std::size_t place, Day day) {
    const Day to = day + days(10, 31);
    world_.accept(day, draft_of("GRACE_GRANT", {{"contract", api::id_text(deal(place).id)},
                                                {"from", ledger::day_text(day + 1)},
                                                {"to", ledger::day_text(to)},
                                                {"request", api::id_text(*deal(place).request)}}));
    world_.look(place, day);
    put(to + days(1, 4), Kind::pay, place);
}

void Story::replan(std::size_t place, Day day) {
    const Deal& planned = deal(place);
    world_.accept(day, draft_of("RESCHEDULE", {{"contract", api::id_text(planned.id)},
                                               {"periods", chance(60) ? 6 : 12},
                                               {"rate_ppm", planned.rate_ppm / 2},
                                               {"request", api::id_text(*planned.request)}}));
    world_.look(place, day);
    const Line& line = memory_.lines.at(planned.line);
    if (line.in_arrears) set_frozen(planned.line, day, false, "re-planned");
    plan_next(place, day);
}

void Story::refuse_relief(std::size_t place, Day day) {
    world_.accept(day,
                  draft_of("HARDSHIP_REQUEST", {{"request", api::id_text(*deal(place).request)},
                                                {"contract", api::id_text(deal(place).id)},
                                                {"stage", "refused"},
                                                {"reason", one_of(kRefusals)}}));
    world_.look(place, day);
    // The hard cases go to the servicer's own work-out unit: here a member of its own in name only.
    if (chance(50)) {
        world_.accept(day, draft_of("SERVICER_CHANGE", {{"contract", api::id_text(deal(place).id)},
                                                        {"servicer", kServicer}}));
    }
    if (chance(50)) {
        borrower_of(deal(place)).stopped = true;
        return plan_next(place, day);
    }
    put(day + days(3, 20), Kind::pay, place);
}

void Story::charge_off(std::size_t place, Day day) {
    assess_penalty(place, day);
    if (!deal(place).active()) return;
    if (chance(15) && settle_debt(place, day)) return;
    world_.accept(day, draft_of("CHARGE_OFF", {{"contract", api::id_text(deal(place).id)}}));
    world_.look(place, day);
    // The rules froze it with the loss.
    Line& line = memory_.lines.at(deal(place).line);
    line.status = line.active() ? ledger::LineStatus::frozen : line.status;
    world_.accept(day, draft_of("COLLECTION_ASSIGN", {{"contract", api::id_text(deal(place).id)},
                                                      {"collector", "collector"},
                                                      {"commission_ppm", kCommissionPpm}}));
    contact(place, day);
    if (chance(55)) return put(day + days(20, 150), Kind::recover, place);
    if (chance(30)) return;
    world_.accept(day, draft_of("COLLECTION_RECALL", {{"contract", api::id_text(deal(place).id)}}));
}

void Story::recover(std::size_t place, Day day) {
    const Deal& lost = deal(place);
    if (lost.lost == 0) return;
    if (chance(15) && settle_debt(place, day)) return;
    const Amount amount = chance(10) ? lost.lost : percents(lost.lost, 5, 60);
    world_.accept(day, draft_of("RECOVERY", {{"contract", api::id_text(lost.id)},
                                             {"amount", amount},
                                             {"commission", amount / 5},
                                             {"source_ref", world_.fresh_reference("collector")}}));
    world_.look(place, day);
    if (chance(40)) put(day + days(20, 90), Kind::recover, place);
}

/// Every contract that is behind is marked, and who is far behind buys nothing more.
void Story::month_end(Day day) {
    put(month_end_of(day + 1), Kind::month_end, 0);
    if (world_.today() == day && chance(15)) world_.open_too_early(day);
    for (std::size_t place = 0; place < memory_.deals.size() && !world_.full(); ++place) {
        const Deal& behind = deal(place);
        if (!behind.active() || behind.due.front().day >= day) continue;
        world_.accept(day, draft_of("OVERDUE_MARK", {{"contract", api::id_text(behind.id)}}));
        if (chance(60)) contact(place, day);
        if (chance(6)) warn(place, day);
        Line& line = memory_.lines.at(behind.line);
        if (day - behind.due.front().day <= kFreezeAfter || !line.active()) continue;
        set_frozen(behind.line, day, true, "30 days past due");
        line.in_arrears = true;
    }
    if (world_.today() == day) look_over(day);
    open_pool(day);
    decide_alerts(day);
}

}  // namespace tally::book::made_up
