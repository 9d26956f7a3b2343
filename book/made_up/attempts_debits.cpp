#include <array>

#include "book/made_up/attempts.h"
#include "ledger/dates.h"

// Attempts on mandates and debits.

namespace tally::book::made_up {
namespace {

World::Draft instruction(World& world, const ledger::MandateId& mandate, ledger::Amount amount,
                         ledger::Day due) {
    return draft_of("DEBIT_INSTRUCT", {{"debit", world.fresh_text()},
                                       {"mandate", api::id_text(mandate)},
                                       {"amount", amount},
                                       {"due", ledger::day_text(due)}});
}

World::Draft success(World& world, const ledger::DebitId& debit) {
    return draft_of("DEBIT_RESULT", {{"debit", api::id_text(debit)},
                                     {"result", "succeeded"},
                                     {"source_ref", world.fresh_reference("debit")}});
}

}  // namespace

std::span<const Attempts::Maker> Attempts::on_debits() const {
    static constexpr std::array<Maker, 7> kMakers{
        &Attempts::mandate_again, &Attempts::mandate_unknown, &Attempts::mandate_revoked,
        &Attempts::mandate_over,  &Attempts::above_mandate,   &Attempts::debit_unknown,
        &Attempts::second_result};
    return kMakers;
}

const Deal* Attempts::mandated_deal() {
    return any_of(memory().deals,
                  [](const Deal& deal) { return deal.active() && deal.mandate.has_value(); });
}

std::optional<Try> Attempts::mandate_again() {
    const Deal* deal = mandated_deal();
    if (deal == nullptr) return std::nullopt;
    return Try{
        draft_of("MANDATE_REGISTER", {{"mandate", api::id_text(deal->mandate->id)},
                                      {"contract", api::id_text(deal->id)},
                                      {"amount_max", deal->mandate->most},
                                      {"valid_from", ledger::day_text(today())},
                                      {"valid_to", ledger::day_text(deal->mandate->valid_to)},
                                      {"commitment", world_.fresh_digest()}})};
}

std::optional<Try> Attempts::mandate_unknown() {
    return Try{instruction(world_, world_.fresh<ledger::MandateId>(), some(1'000), today())};
}

std::optional<Try> Attempts::mandate_revoked() {
    const auto* revoked = any_of(memory().revoked, [](const auto&) { return true; });
    if (revoked == nullptr) return std::nullopt;
    return Try{instruction(world_, *revoked, some(100), today())};
}

std::optional<Try> Attempts::mandate_over() {
    const Deal* deal = mandated_deal();
    if (deal == nullptr) return std::nullopt;
    return Try{instruction(world_, deal->mandate->id, 1, deal->mandate->valid_to + 1)};
}

std::optional<Try> Attempts::above_mandate() {
    const Deal* deal = mandated_deal();
    if (deal == nullptr || today() > deal->mandate->valid_to) return std::nullopt;
    return Try{instruction(world_, deal->mandate->id, deal->mandate->most + some(1'000), today())};
}

std::optional<Try> Attempts::debit_unknown() {
    return Try{success(world_, world_.fresh<ledger::DebitId>())};
}

std::optional<Try> Attempts::second_result() {
    const auto* debit = any_of(memory().results, [](const auto&) { return true; });
    if (debit == nullptr) return std::nullopt;
    return Try{success(world_, *debit)};
}

}  // namespace tally::book::made_up
