#include <array>

#include "book/made_up/story.h"

// Early warnings: the ruleset has the nodes give some, a servicer gives others by hand, and the
// lender looks at them once a month.

namespace tally::book::made_up {
namespace {

using ledger::AccountClass;
using ledger::Day;

constexpr std::array<std::string_view, 4> kWarnings{
    "letters come back", "employer in trouble", "two lenders more", "asks for the balance daily"};
constexpr std::array<std::string_view, 3> kDecisions{"looked at the file", "called the borrower",
                                                     "seen by the committee"};

}  // namespace

/// The servicer has heard something.
void Story::warn(std::size_t place, Day day) {
    const auto id = world_.fresh<ledger::AlertId>();
    World::Draft draft = draft_of("ALERT", {{"alert", api::id_text(id)},
                                            {"contract", api::id_text(deal(place).id)},
                                            {"rule", chance(70) ? "other" : "roll_rate"},
                                            {"reason", one_of(kWarnings)}});
    if (chance(30)) draft["evidence"] = world_.fresh_digest();
    world_.accept(day, std::move(draft));
    memory_.warned.emplace_back(id, deal(place).id);
}

void Story::decide_alerts(Day day) {
    for (std::size_t place = 0; place < memory_.lines.size() && !world_.full(); ++place) {
        decide_alerts(AccountClass::line, memory_.lines[place].id.bytes, day);
    }
    for (std::size_t place = 0; place < memory_.pools.size() && !world_.full(); ++place) {
        decide_alerts(AccountClass::pool, memory_.pools[place].id.bytes, day);
    }
    for (std::size_t place = 0; place < memory_.deals.size() && !world_.full(); ++place) {
        // Who bought it decides on its own.
        if (memory_.deals[place].sold) continue;
        decide_alerts(AccountClass::contract, memory_.deals[place].id.bytes, day);
    }
}

void Story::decide_alerts(AccountClass on, const std::array<std::uint8_t, 16>& id, Day day) {
    for (const auto& [alert, record] : world_.alerts_on(on, id)) {
        // What was raised today or later is looked at next time, as is what nobody came to.
        if (record.disposed() || record.business_date >= day || chance(15)) continue;
        const bool escalates = record.answers.empty() && chance(15);
        const std::string_view word = escalates    ? "escalated"
                                      : chance(45) ? "confirmed"
                                                   : "dismissed";
        world_.accept(day, draft_of("ALERT_DISPOSITION", {{"alert", api::id_text(alert)},
                                                          {"disposition", word},
                                                          {"reason", one_of(kDecisions)}}));
        if (!escalates) memory_.decided.push_back(alert);
    }
}

}  // namespace tally::book::made_up
