#include <array>

#include "book/made_up/attempts.h"
#include "book/made_up/world_members.h"
#include "ledger/dates.h"

// Attempts on waivers, hardship, loss and corrections.

namespace tally::book::made_up {
namespace {

World::Draft grace(const Deal& deal, ledger::Day from, ledger::Day to) {
    return draft_of("GRACE_GRANT", {{"contract", api::id_text(deal.id)},
                                    {"from", ledger::day_text(from)},
                                    {"to", ledger::day_text(to)}});
}

World::Draft recovery(const Deal& deal, ledger::Amount amount, ledger::Amount commission,
                      const std::string& source_ref) {
    return draft_of("RECOVERY", {{"contract", api::id_text(deal.id)},
                                 {"amount", amount},
                                 {"commission", commission},
                                 {"source_ref", source_ref}});
}

World::Draft reversal(const std::string& target, const Deal& deal) {
    return draft_of("REVERSAL", {{"submitter", kServicer},
                                 {"target", target},
                                 {"contract", api::id_text(deal.id)},
                                 {"reason", "posted in error"}});
}

bool is_lost(const Deal& deal) { return deal.lost > 0; }

}  // namespace

std::span<const Attempts::Maker> Attempts::on_hardship() const {
    static constexpr std::array<Maker, 13> kMakers{
        &Attempts::waived_too_much,   &Attempts::hardship_again,      &Attempts::hardship_unknown,
        &Attempts::grace_backwards,   &Attempts::grace_too_long,      &Attempts::arrears_lost,
        &Attempts::charge_off_wrong,  &Attempts::charged_off_already, &Attempts::recovery_too_early,
        &Attempts::recovery_too_much, &Attempts::commission_too_high, &Attempts::target_unknown,
        &Attempts::reversed_already};
    return kMakers;
}

std::optional<Try> Attempts::waived_too_much() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    const boost::json::object part{
        {"instalment", 0}, {"component", "fee"}, {"amount", deal->outstanding + 1}};
    return Try{draft_of(
        "WAIVE", {{"contract", api::id_text(deal->id)}, {"parts", boost::json::array{part}}})};
}

std::optional<Try> Attempts::hardship_again() {
    const Deal* deal = any_of(
        memory().deals, [](const Deal& one) { return one.active() && one.request.has_value(); });
    if (deal == nullptr) return std::nullopt;
    return Try{draft_of("HARDSHIP_REQUEST", {{"request", api::id_text(*deal->request)},
                                             {"contract", api::id_text(deal->id)},
                                             {"stage", "requested"},
                                             {"reason", "illness"}})};
}

std::optional<Try> Attempts::hardship_unknown() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    Try unknown{grace(*deal, today() + 1, today() + 10)};
    unknown.draft["request"] = world_.fresh_text();
    return unknown;
}

std::optional<Try> Attempts::grace_backwards() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    return Try{grace(*deal, today() + 10, today() + 1)};
}

std::optional<Try> Attempts::grace_too_long() {
    const Deal* deal = any_of(
        memory().deals, [](const Deal& one) { return one.active() && !one.request.has_value(); });
    if (deal == nullptr) return std::nullopt;
    return Try{grace(*deal, today() + 1, today() + 90)};
}

std::optional<Try> Attempts::arrears_lost() {
    const Deal* deal = overdue_deal();
    if (deal == nullptr) return std::nullopt;
    Try lost{draft_of("RESCHEDULE",
                      {{"contract", api::id_text(deal->id)}, {"periods", 6}, {"rate_ppm", 0}})};
    const auto claimed = world_.claimed(today(), lost.draft);
    if (!claimed || amount_in(*claimed, "carried_fee") == 0) return std::nullopt;
    lost.draft["carried_fee"] = 0;
    return lost;
}

std::optional<Try> Attempts::charge_off_wrong() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    return Try{draft_of("CHARGE_OFF", {{"contract", api::id_text(deal->id)},
                                       {"principal", deal->principal_left + 1}})};
}

std::optional<Try> Attempts::charged_off_already() {
    const Deal* deal = any_of(memory().deals, is_lost);
    if (deal == nullptr) return std::nullopt;
    return Try{payment(*deal, some(10'000))};
}

std::optional<Try> Attempts::recovery_too_early() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    const ledger::Amount amount = some(10'000);
    return Try{recovery(*deal, amount, amount / 5, world_.fresh_reference("collector"))};
}

std::optional<Try> Attempts::recovery_too_much() {
    const Deal* deal = any_of(memory().deals, is_lost);
    if (deal == nullptr) return std::nullopt;
    return Try{recovery(*deal, deal->lost + some(10'000), 0, world_.fresh_reference("collector"))};
}

std::optional<Try> Attempts::commission_too_high() {
    const Deal* deal = any_of(memory().deals, is_lost);
    if (deal == nullptr) return std::nullopt;
    const ledger::Amount amount = some(deal->lost);
    return Try{recovery(*deal, amount, amount + 1, world_.fresh_reference("collector"))};
}

std::optional<Try> Attempts::target_unknown() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    return Try{reversal(world_.fresh_text(), *deal)};
}

std::optional<Try> Attempts::reversed_already() {
    const Payment* payment = any_of(
        memory().payments, [](const Payment& one) { return one.reversed && one.id.has_value(); });
    if (payment == nullptr) return std::nullopt;
    return Try{reversal(api::id_text(*payment->id), memory().deals[payment->deal])};
}

}  // namespace tally::book::made_up
