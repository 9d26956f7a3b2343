#include "book/made_up/attempts.h"

#include <algorithm>
#include <array>

namespace tally::book::made_up {
namespace {

constexpr ledger::Amount kSmall = 10'000;
constexpr int kTries = 20;

}  // namespace

ledger::Amount amount_in(const World::Draft& draft, std::string_view name) {
    return draft.at(name).to_number<ledger::Amount>();
}

void Attempts::make() {
    const std::array groups{on_lines(),    on_holds(),   on_contracts(),   on_debits(),
                            on_costs(),    on_alerts(),  on_receivables(), on_pools(),
                            on_hardship(), on_conduct(), on_book()};
    std::size_t kinds = 0;
    for (const auto& group : groups) kinds += group.size();
    for (int i = 0; i < kTries; ++i) {
        std::size_t kind = random_.below(kinds);
        const auto* group = groups.begin();
        while (kind >= group->size()) kind -= (group++)->size();
        std::optional<Try> wanted = (this->*(*group)[kind])();
        if (!wanted) continue;
        return world_.refuse(wanted->day.value_or(today()), std::move(wanted->draft),
                             wanted->extra);
    }
}

const Line* Attempts::open_line() {
    return any_of(memory().lines, [this](const Line& line) {
        return line.active() && line.available() >= kSmall && today() <= line.valid_to;
    });
}

const Deal* Attempts::active_deal() {
    return any_of(memory().deals, [](const Deal& deal) { return deal.active(); });
}

const Deal* Attempts::overdue_deal() {
    return any_of(memory().deals, [this](const Deal& deal) {
        return deal.active() && deal.due.front().day < today();
    });
}

World::Draft Attempts::purchase(const ledger::LineId& line, ledger::Amount principal) {
    World::Draft draft = draft_of("CAPTURE", {{"contract", world_.fresh_text()},
                                              {"line", api::id_text(line)},
                                              {"principal", principal},
                                              {"product", api::id_text(memory().product)},
                                              {"periods", 3},
                                              {"terms_hash", world_.fresh_digest()},
                                              {"shares", world_.shares()},
                                              {"cost_table", api::id_text(memory().cost_table)}});
    const auto of = std::ranges::find(memory().lines, line, &Line::id);
    if (of == memory().lines.end()) return draft;
    const auto& seen = memory().borrowers.at(of->borrower).disclosure;
    if (seen) draft["disclosure"] = api::id_text(*seen);
    return draft;
}

World::Draft Attempts::payment(const Deal& deal, ledger::Amount amount) {
    return draft_of("REPAYMENT", {{"contract", api::id_text(deal.id)},
                                  {"amount", amount},
                                  {"source_ref", world_.fresh_reference("bank")}});
}

}  // namespace tally::book::made_up
