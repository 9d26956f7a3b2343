#include <algorithm>

#include "book/made_up/story.h"
#include "book/made_up/world_members.h"
#include "ledger/costs.h"
#include "ledger/dates.h"

// What everybody charges and what borrowers are shown of it; what shops are paid; and debts that a
// part is paid for.

namespace tally::book::made_up {
namespace {

using ledger::Amount;
using ledger::Day;

constexpr ledger::Ppm kGuaranteePpm = 12'000;
constexpr std::uint64_t kShops = 40;

}  // namespace

void Story::register_costs(const ledger::ProductRegister& product,
                           const ledger::RulesetRegister& ruleset) {
    memory_.cost_table = world_.fresh<ledger::CostTableId>();
    ledger::Ppm fee = 0;
    for (const ledger::ProductTerm& term : product.terms) fee = std::max(fee, term.rate_ppm);
    const auto row = [](std::string_view item, std::string_view collector, std::string_view basis,
                        ledger::Ppm rate, std::string_view when) {
        return World::Draft{{"item", item},
                            {"collector", collector},
                            {"basis", basis},
                            {"rate_ppm", rate},
                            {"when", when}};
    };
    world_.register_terms(draft_of(
        "COST_TABLE",
        {{"table", api::id_text(memory_.cost_table)},
         {"product", api::id_text(memory_.product)},
         {"rows",
          boost::json::array{row(ledger::kFeeItem, "originator", "principal", 12 * fee, "normal"),
                             row("guarantee", "guarantor", "balance", kGuaranteePpm, "normal"),
                             row(ledger::kPenaltyItem, "originator", "balance",
                                 365 * ruleset.penalty_ppm_day, "default")}}}));
}

void Story::show_costs(std::size_t place, Day day) {
    Borrower& borrower = memory_.borrowers.at(place);
    if (borrower.disclosure) return;
    borrower.disclosure = world_.fresh<ledger::DisclosureId>();
    world_.accept(day,
                  draft_of("DISCLOSURE_ACK", {{"disclosure", api::id_text(*borrower.disclosure)},
                                              {"borrower", api::id_text(borrower.id)},
                                              {"table", api::id_text(memory_.cost_table)},
                                              {"shown_on", ledger::day_text(day)},
                                              {"seconds_read", 3 + random_.below(120)},
                                              {"commitment", world_.fresh_digest()}}));
}

std::string Story::shop() {
    while (memory_.shops.size() < kShops) memory_.shops.push_back(world_.fresh_text());
    return memory_.shops.at(random_.below(kShops));
}

/// What is payable by now: after a refund that is less.
void Story::pay_shop(std::size_t place, Day day) {
    if (deal(place).sold) return;
    const auto left = static_cast<Amount>(world_.look(place, day).totals.merchant_payable());
    if (left <= 0) return;
    world_.accept(day,
                  draft_of("MERCHANT_SETTLE", {{"contract", api::id_text(deal(place).id)},
                                               {"amount", left},
                                               {"source_ref", world_.fresh_reference("payout")}}));
    world_.look(place, day);
}

bool Story::settle_debt(std::size_t place, Day day) {
    const Day late = world_.look(place, day).ageing.days_past_due;
    const Deal& owed = deal(place);
    if (owed.sold) return false;
    const Amount all = owed.lost > 0 ? owed.lost : owed.principal_left;
    if (all < 2 || (owed.lost == 0 && late == 0)) return false;
    const Amount amount = std::min(all - 1, percents(all, 20, 70));
    world_.accept(day, draft_of("DEBT_SETTLE", {{"contract", api::id_text(owed.id)},
                                                {"amount", amount},
                                                {"source_ref", world_.fresh_reference("bank")}}));
    world_.look(place, day);
    return true;
}

}  // namespace tally::book::made_up
