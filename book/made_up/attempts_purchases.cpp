#include <array>

#include "book/made_up/attempts.h"

// Attempts on purchases and authorisations.

namespace tally::book::made_up {
namespace {

constexpr ledger::Amount kSmall = 10'000;

World::Draft of_hold(std::string_view type, const ledger::AuthorisationId& hold) {
    return draft_of(type, {{"authorisation", api::id_text(hold)}});
}

}  // namespace

std::span<const Attempts::Maker> Attempts::on_holds() const {
    static constexpr std::array<Maker, 16> kMakers{
        &Attempts::over_limit,     &Attempts::line_unknown,    &Attempts::line_frozen,
        &Attempts::contract_again, &Attempts::before_validity, &Attempts::product_unknown,
        &Attempts::below_minimum,  &Attempts::term_not_sold,   &Attempts::shares_short,
        &Attempts::no_funder,      &Attempts::fen_lost,        &Attempts::apr_wrong,
        &Attempts::hold_unknown,   &Attempts::hold_closed,     &Attempts::hold_live,
        &Attempts::above_hold};
    return kMakers;
}

std::optional<Try> Attempts::over_limit() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    return Try{purchase(line->id, line->available() + some(100'000))};
}

std::optional<Try> Attempts::line_unknown() {
    return Try{purchase(world_.fresh<ledger::LineId>(), kSmall)};
}

std::optional<Try> Attempts::line_frozen() {
    const Line* line = any_of(memory().lines, [](const Line& one) { return !one.active(); });
    if (line == nullptr) return std::nullopt;
    return Try{purchase(line->id, kSmall)};
}

std::optional<Try> Attempts::contract_again() {
    const Line* line = open_line();
    const Deal* deal = active_deal();
    if (line == nullptr || deal == nullptr) return std::nullopt;
    Try again{purchase(line->id, kSmall)};
    again.draft["contract"] = api::id_text(deal->id);
    return again;
}

std::optional<Try> Attempts::before_validity() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    return Try{purchase(line->id, kSmall), {line->valid_from - 1, std::nullopt}};
}

std::optional<Try> Attempts::product_unknown() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    Try unknown{purchase(line->id, kSmall)};
    unknown.draft["product"] = world_.fresh_text();
    return unknown;
}

std::optional<Try> Attempts::below_minimum() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    return Try{purchase(line->id, some(99))};
}

std::optional<Try> Attempts::term_not_sold() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    Try other{purchase(line->id, kSmall)};
    other.draft["periods"] = 4;
    return other;
}

std::optional<Try> Attempts::shares_short() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    Try wrong{purchase(line->id, kSmall)};
    boost::json::object& share = wrong.draft["shares"].as_array().front().as_object();
    share["share"] = amount_in(share, "share") - 1;
    return wrong;
}

std::optional<Try> Attempts::no_funder() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    Try wrong{purchase(line->id, kSmall)};
    wrong.draft["shares"].as_array().front().as_object()["funder"] = "regulator";
    return wrong;
}

std::optional<Try> Attempts::fen_lost() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    Try wrong{purchase(line->id, kSmall)};
    const auto claimed = world_.claimed(today(), wrong.draft);
    if (!claimed) return std::nullopt;
    boost::json::array rows = claimed->at("schedule").as_array();
    boost::json::object& row = rows.back().as_object();
    row["principal"] = amount_in(row, "principal") - 1;
    wrong.draft.erase("periods");
    wrong.draft["schedule"] = std::move(rows);
    return wrong;
}

std::optional<Try> Attempts::apr_wrong() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    Try wrong{purchase(line->id, kSmall)};
    const auto claimed = world_.claimed(today(), wrong.draft);
    if (!claimed) return std::nullopt;
    // The yearly fee without the interest on it: the mistake that the rule is there for.
    wrong.draft["apr_ppm"] = amount_in(*claimed, "rate_ppm") * 12;
    return wrong;
}

std::optional<Try> Attempts::hold_unknown() {
    return Try{of_hold("PURCHASE_VOID", world_.fresh<ledger::AuthorisationId>())};
}

std::optional<Try> Attempts::hold_closed() {
    const Hold* hold = any_of(memory().holds, [](const Hold& one) { return !one.open; });
    if (hold == nullptr) return std::nullopt;
    return Try{of_hold("PURCHASE_VOID", hold->id)};
}

std::optional<Try> Attempts::hold_live() {
    const Hold* hold = any_of(
        memory().holds, [this](const Hold& one) { return one.open && today() <= one.expires; });
    if (hold == nullptr) return std::nullopt;
    return Try{of_hold("PURCHASE_EXPIRE", hold->id)};
}

std::optional<Try> Attempts::above_hold() {
    const Hold* hold = any_of(memory().holds, [this](const Hold& one) {
        return one.open && memory().lines[one.line].active();
    });
    if (hold == nullptr) return std::nullopt;
    Try above{purchase(memory().lines[hold->line].id, hold->amount + some(kSmall))};
    above.draft["authorisation"] = api::id_text(hold->id);
    return above;
}

}  // namespace tally::book::made_up
