#include <array>

#include "book/made_up/attempts.h"

// Attempts on alerts.

namespace tally::book::made_up {
namespace {

World::Draft alert_on(const ledger::AlertId& alert, const ledger::ContractId& contract) {
    return draft_of("ALERT", {{"alert", api::id_text(alert)},
                              {"contract", api::id_text(contract)},
                              {"rule", "other"},
                              {"reason", "heard again"}});
}

World::Draft decision_on(const ledger::AlertId& alert) {
    return draft_of("ALERT_DISPOSITION", {{"alert", api::id_text(alert)},
                                          {"disposition", "dismissed"},
                                          {"reason", "nothing in it"}});
}

}  // namespace

std::span<const Attempts::Maker> Attempts::on_alerts() const {
    static constexpr std::array<Maker, 4> kMakers{&Attempts::alert_again, &Attempts::alert_of_nodes,
                                                  &Attempts::alert_unknown,
                                                  &Attempts::alert_decided};
    return kMakers;
}

std::optional<Try> Attempts::alert_again() {
    const auto* warned = any_of(memory().warned, [](const auto&) { return true; });
    if (warned == nullptr) return std::nullopt;
    return Try{alert_on(warned->first, warned->second)};
}

std::optional<Try> Attempts::alert_of_nodes() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    auto id = world_.fresh<ledger::AlertId>();
    id.bytes[0] = 0xff;
    id.bytes[1] = 0xff;
    return Try{alert_on(id, deal->id)};
}

std::optional<Try> Attempts::alert_unknown() {
    return Try{decision_on(world_.fresh<ledger::AlertId>())};
}

std::optional<Try> Attempts::alert_decided() {
    const auto* decided = any_of(memory().decided, [](const auto&) { return true; });
    if (decided == nullptr) return std::nullopt;
    return Try{decision_on(*decided)};
}

}  // namespace tally::book::made_up
