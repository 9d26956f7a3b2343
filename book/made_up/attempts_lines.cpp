#include <array>

#include "book/made_up/attempts.h"
#include "ledger/dates.h"

// Attempts on assessments and lines.

namespace tally::book::made_up {
namespace {

constexpr ledger::Day kYear = 365;
constexpr ledger::Amount kSmall = 10'000;

}  // namespace

std::span<const Attempts::Maker> Attempts::on_lines() const {
    static constexpr std::array<Maker, 13> kMakers{
        &Attempts::assessment_again,      &Attempts::model_unknown,
        &Attempts::approved_without_band, &Attempts::line_again,
        &Attempts::assessment_unknown,    &Attempts::declined_cited,
        &Attempts::other_currency,        &Attempts::bad_currency,
        &Attempts::above_assessment,      &Attempts::limit_of_nothing,
        &Attempts::change_backdated,      &Attempts::unfrozen_while_active,
        &Attempts::closed_in_use};
    return kMakers;
}

World::Draft Attempts::assessment() {
    const Borrower& borrower = memory().borrowers[random_.below(memory().borrowers.size())];
    return draft_of("ASSESSMENT", {{"assessment", world_.fresh_text()},
                                   {"borrower", api::id_text(borrower.id)},
                                   {"model", api::id_text(memory().model)},
                                   {"inputs", world_.fresh_digest()},
                                   {"band", 1},
                                   {"decision", "approved"},
                                   {"currency", world_.options().currency},
                                   {"limit", kSmall * some(100)},
                                   {"valid_to", ledger::day_text(today() + kYear)}});
}

World::Draft Attempts::grant(const ledger::BorrowerId& borrower,
                             const ledger::AssessmentId& assessment) {
    return draft_of("LIMIT_GRANT", {{"line", world_.fresh_text()},
                                    {"borrower", api::id_text(borrower)},
                                    {"currency", world_.options().currency},
                                    {"limit", kSmall * some(100)},
                                    {"valid_from", ledger::day_text(today())},
                                    {"valid_to", ledger::day_text(today() + kYear)},
                                    {"assessment", api::id_text(assessment)}});
}

std::optional<Try> Attempts::assessment_again() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    Try again{assessment()};
    again.draft["assessment"] = api::id_text(line->assessment);
    return again;
}

std::optional<Try> Attempts::model_unknown() {
    Try unknown{assessment()};
    unknown.draft["model"] = world_.fresh_text();
    return unknown;
}

std::optional<Try> Attempts::approved_without_band() {
    Try invalid{assessment()};
    invalid.draft["band"] = 0;
    return invalid;
}

std::optional<Try> Attempts::line_again() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    Try again{grant(memory().borrowers[line->borrower].id, line->assessment)};
    again.draft["line"] = api::id_text(line->id);
    return again;
}

std::optional<Try> Attempts::assessment_unknown() {
    return Try{grant(world_.fresh<ledger::BorrowerId>(), world_.fresh<ledger::AssessmentId>())};
}

std::optional<Try> Attempts::declined_cited() {
    const auto* declined = any_of(memory().declined, [](const auto& /*any*/) { return true; });
    if (declined == nullptr) return std::nullopt;
    return Try{grant(memory().borrowers[declined->first].id, declined->second)};
}

std::optional<Try> Attempts::other_currency() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    Try other{grant(memory().borrowers[line->borrower].id, line->assessment)};
    other.draft["currency"] = world_.options().currency == "USD" ? "EUR" : "USD";
    return other;
}

std::optional<Try> Attempts::bad_currency() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    Try bad{grant(memory().borrowers[line->borrower].id, line->assessment)};
    bad.draft["currency"] = "yuan";
    return bad;
}

std::optional<Try> Attempts::above_assessment() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    return Try{draft_of("LIMIT_CHANGE", {{"line", api::id_text(line->id)},
                                         {"limit", line->assessed + some(kSmall)}})};
}

std::optional<Try> Attempts::limit_of_nothing() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    return Try{draft_of("LIMIT_CHANGE", {{"line", api::id_text(line->id)}, {"limit", 0}})};
}

std::optional<Try> Attempts::change_backdated() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    return Try{draft_of("LIMIT_CHANGE", {{"line", api::id_text(line->id)}, {"limit", line->limit}}),
               {line->valid_from - 1, std::nullopt}};
}

std::optional<Try> Attempts::unfrozen_while_active() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    return Try{
        draft_of("LIMIT_UNFREEZE", {{"line", api::id_text(line->id)}, {"reason", "card found"}})};
}

std::optional<Try> Attempts::closed_in_use() {
    const Line* line = any_of(memory().lines, [](const Line& one) { return one.used > 0; });
    if (line == nullptr) return std::nullopt;
    return Try{draft_of("LIMIT_CLOSE", {{"line", api::id_text(line->id)}})};
}

}  // namespace tally::book::made_up
