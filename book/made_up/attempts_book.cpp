#include <array>

#include "book/made_up/attempts.h"
#include "ledger/usual_terms.h"

// Attempts on terms and days.

namespace tally::book::made_up {
namespace {

World::Draft body_of(ledger::TransactionBody body) {
    World::Draft draft = api::to_json({{}, 0, 0, std::move(body)});
    for (const std::string_view name : {"id", "business_date", "value_date"}) draft.erase(name);
    return draft;
}

}  // namespace

std::span<const Attempts::Maker> Attempts::on_book() const {
    static constexpr std::array<Maker, 9> kMakers{
        &Attempts::ruleset_again,      &Attempts::product_without_ruleset,
        &Attempts::model_again,        &Attempts::on_closed_day,
        &Attempts::on_future_day,      &Attempts::value_ahead,
        &Attempts::day_opened_again,   &Attempts::balance_wrong,
        &Attempts::rules_not_to_follow};
    return kMakers;
}

std::optional<Try> Attempts::ruleset_again() {
    return Try{body_of(ledger::usual_ruleset(memory().ruleset))};
}

std::optional<Try> Attempts::product_without_ruleset() {
    return Try{body_of(ledger::usual_product(world_.fresh<ledger::ProductId>(),
                                             world_.fresh<ledger::RulesetId>()))};
}

std::optional<Try> Attempts::model_again() {
    return Try{draft_of("MODEL_REGISTER", {{"model", api::id_text(memory().model)},
                                           {"name", "scorecard 2"},
                                           {"commitment", world_.fresh_digest()}})};
}

std::optional<Try> Attempts::on_closed_day() {
    const Deal* deal = any_of(memory().deals, [this](const Deal& one) {
        return one.active() && world_.closed() && one.captured < *world_.closed();
    });
    if (deal == nullptr) return std::nullopt;
    return Try{payment(*deal, deal->due.front().amount), {}, world_.closed()};
}

std::optional<Try> Attempts::on_future_day() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    return Try{payment(*deal, deal->due.front().amount), {}, today() + some(30)};
}

std::optional<Try> Attempts::value_ahead() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    return Try{payment(*deal, deal->due.front().amount),
               {today() + static_cast<ledger::Day>(some(5)), std::nullopt}};
}

std::optional<Try> Attempts::rules_not_to_follow() {
    return Try{draft_of("RULES_ACTIVATE", {{"version", ledger::kRulesVersion}, {"height", 0}})};
}

std::optional<Try> Attempts::day_opened_again() { return Try{draft_of("DAY_OPEN")}; }

std::optional<Try> Attempts::balance_wrong() {
    const auto claimed = world_.claimed(today(), draft_of("DAY_CLOSE"));
    if (!claimed || claimed->at("balances").as_array().empty()) return std::nullopt;
    boost::json::array balances = claimed->at("balances").as_array();
    boost::json::object& first = balances.front().as_object();
    first["balance"] = amount_in(first, "balance") + 1;
    Try wrong{draft_of("DAY_CLOSE")};
    wrong.draft["balances"] = std::move(balances);
    return wrong;
}

}  // namespace tally::book::made_up
