#include <array>

#include "book/made_up/attempts.h"

// Attempts on payments, refunds, penalties and marks.

namespace tally::book::made_up {
namespace {

constexpr ledger::Day kBackdatingDays = 30;  // of the usual ruleset
constexpr ledger::Amount kSmall = 10'000;

}  // namespace

std::span<const Attempts::Maker> Attempts::on_contracts() const {
    static constexpr std::array<Maker, 11> kMakers{
        &Attempts::contract_unknown, &Attempts::posted_twice,       &Attempts::above_payable,
        &Attempts::paid_already,     &Attempts::payment_of_nothing, &Attempts::allocation_wrong,
        &Attempts::settlement_wrong, &Attempts::penalty_wrong,      &Attempts::mark_wrong,
        &Attempts::above_captured,   &Attempts::backdated_too_far};
    return kMakers;
}

std::optional<Try> Attempts::contract_unknown() {
    Deal unknown;
    unknown.id = world_.fresh<ledger::ContractId>();
    return Try{payment(unknown, some(kSmall))};
}

std::optional<Try> Attempts::posted_twice() {
    const Payment* posted =
        any_of(memory().payments, [](const Payment& one) { return !one.reversed; });
    if (posted == nullptr) return std::nullopt;
    Try again{payment(memory().deals[posted->deal], posted->amount)};
    again.draft["source_ref"] = posted->source_ref;
    return again;
}

std::optional<Try> Attempts::above_payable() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    return Try{payment(*deal, deal->outstanding + some(kSmall))};
}

std::optional<Try> Attempts::paid_already() {
    const Deal* deal = any_of(memory().deals, [](const Deal& one) {
        return one.status == ledger::ContractStatus::closed_paid;
    });
    if (deal == nullptr) return std::nullopt;
    return Try{payment(*deal, some(kSmall))};
}

std::optional<Try> Attempts::payment_of_nothing() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    return Try{payment(*deal, 0)};
}

std::optional<Try> Attempts::allocation_wrong() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    Try wrong{payment(*deal, deal->due.front().amount)};
    // All to the principal, fees and penalties left for later.
    const boost::json::object part{
        {"instalment", 0}, {"component", "principal"}, {"amount", deal->due.front().amount + 1}};
    wrong.draft["allocation"] = boost::json::array{part};
    return wrong;
}

std::optional<Try> Attempts::settlement_wrong() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    Try wrong{draft_of("PREPAY_SETTLE", {{"contract", api::id_text(deal->id)},
                                         {"source_ref", world_.fresh_reference("bank")}})};
    const auto claimed = world_.claimed(today(), wrong.draft);
    if (!claimed) return std::nullopt;
    wrong.draft["amount"] = amount_in(*claimed, "amount") + 1;
    return wrong;
}

std::optional<Try> Attempts::penalty_wrong() {
    const Deal* deal = overdue_deal();
    if (deal == nullptr) return std::nullopt;
    Try wrong{draft_of("PENALTY_ASSESS", {{"contract", api::id_text(deal->id)}})};
    const auto claimed = world_.claimed(today(), wrong.draft);
    if (!claimed) return std::nullopt;
    wrong.draft["amount"] = amount_in(*claimed, "amount") + 1;
    return wrong;
}

std::optional<Try> Attempts::mark_wrong() {
    const Deal* deal = overdue_deal();
    if (deal == nullptr) return std::nullopt;
    Try wrong{draft_of("OVERDUE_MARK", {{"contract", api::id_text(deal->id)}})};
    const auto claimed = world_.claimed(today(), wrong.draft);
    if (!claimed) return std::nullopt;
    // As if it had become overdue a day later than it did.
    wrong.draft["days_past_due"] = amount_in(*claimed, "days_past_due") - 1;
    return wrong;
}

std::optional<Try> Attempts::above_captured() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    return Try{
        draft_of("MERCHANT_REFUND", {{"contract", api::id_text(deal->id)},
                                     {"amount", deal->principal - deal->refunded + some(kSmall)},
                                     {"source_ref", world_.fresh_reference("shop")}})};
}

std::optional<Try> Attempts::backdated_too_far() {
    const Deal* deal = any_of(memory().deals, [this](const Deal& one) {
        return one.active() && one.captured < today() - kBackdatingDays;
    });
    if (deal == nullptr) return std::nullopt;
    return Try{payment(*deal, deal->due.front().amount),
               {today() - kBackdatingDays - 1, std::nullopt}};
}

}  // namespace tally::book::made_up
