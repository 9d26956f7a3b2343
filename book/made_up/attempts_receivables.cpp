#include <array>

#include "book/made_up/attempts.h"
#include "ledger/dates.h"

// Attempts on what is pledged, offered and sold.

namespace tally::book::made_up {
namespace {

World::Draft offer_of(const Deal& deal, const std::string& buyer, ledger::Amount price,
                      ledger::Day until) {
    return draft_of("TRANSFER_INIT", {{"contract", api::id_text(deal.id)},
                                      {"buyer", buyer},
                                      {"price", price},
                                      {"valid_until", ledger::day_text(until)}});
}

}  // namespace

std::span<const Attempts::Maker> Attempts::on_receivables() const {
    static constexpr std::array<Maker, 6> kMakers{
        &Attempts::pledged_twice,   &Attempts::sold_while_pledged, &Attempts::released_unpledged,
        &Attempts::pledged_by_none, &Attempts::settled_unoffered,  &Attempts::offered_too_late};
    return kMakers;
}

std::optional<Try> Attempts::pledged_twice() {
    const Deal* deal = any_of(memory().deals, [](const Deal& one) { return one.pledged; });
    if (deal == nullptr) return std::nullopt;
    return Try{draft_of("PLEDGE",
                        {{"contract", api::id_text(deal->id)}, {"funder", world_.first_funder()}})};
}

std::optional<Try> Attempts::sold_while_pledged() {
    const Deal* deal = any_of(memory().deals, [](const Deal& one) { return one.pledged; });
    if (deal == nullptr) return std::nullopt;
    return Try{offer_of(*deal, world_.first_funder(), some(1'000), today() + 5)};
}

std::optional<Try> Attempts::released_unpledged() {
    const Deal* deal = any_of(memory().deals, [](const Deal& one) { return !one.pledged; });
    if (deal == nullptr) return std::nullopt;
    return Try{draft_of("RELEASE", {{"contract", api::id_text(deal->id)}})};
}

/// What was sold is the buyer's to pledge, not the originator's.
std::optional<Try> Attempts::pledged_by_none() {
    const Deal* deal = any_of(memory().deals, [](const Deal& one) { return one.sold; });
    if (deal == nullptr) return std::nullopt;
    return Try{draft_of("PLEDGE",
                        {{"contract", api::id_text(deal->id)}, {"funder", world_.first_funder()}})};
}

std::optional<Try> Attempts::settled_unoffered() {
    const Deal* deal = any_of(memory().deals, [](const Deal& one) { return !one.offered; });
    if (deal == nullptr) return std::nullopt;
    return Try{draft_of("TRANSFER_SETTLE", {{"contract", api::id_text(deal->id)},
                                            {"source_ref", world_.fresh_reference("sale")}})};
}

std::optional<Try> Attempts::offered_too_late() {
    const Deal* deal = any_of(memory().deals, [](const Deal& one) {
        return one.active() && !one.pledged && !one.offered && !one.sold;
    });
    if (deal == nullptr) return std::nullopt;
    return Try{offer_of(*deal, world_.first_funder(), some(1'000), today() - 1)};
}

}  // namespace tally::book::made_up
