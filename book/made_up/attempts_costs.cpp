#include <array>

#include "book/made_up/attempts.h"

// Attempts on costs, on what shops are paid, and on debts that a part is paid for.

namespace tally::book::made_up {

std::span<const Attempts::Maker> Attempts::on_costs() const {
    static constexpr std::array<Maker, 5> kMakers{
        &Attempts::costs_unseen, &Attempts::costs_of_another, &Attempts::shop_overpaid,
        &Attempts::debt_paid_in_full, &Attempts::debt_not_late};
    return kMakers;
}

std::optional<Try> Attempts::costs_unseen() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    Try unseen{purchase(line->id, some(line->available()))};
    unseen.draft.erase("disclosure");
    return unseen;
}

std::optional<Try> Attempts::costs_of_another() {
    const Line* line = open_line();
    if (line == nullptr) return std::nullopt;
    const Borrower* other = any_of(memory().borrowers, [&](const Borrower& one) {
        return one.disclosure && one.id != memory().borrowers.at(line->borrower).id;
    });
    if (other == nullptr) return std::nullopt;
    Try wrong{purchase(line->id, 10'000)};
    wrong.draft["disclosure"] = api::id_text(*other->disclosure);
    return wrong;
}

std::optional<Try> Attempts::shop_overpaid() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    return Try{draft_of("MERCHANT_SETTLE", {{"contract", api::id_text(deal->id)},
                                            {"amount", deal->principal + some(1'000)},
                                            {"source_ref", world_.fresh_reference("payout")}})};
}

std::optional<Try> Attempts::debt_paid_in_full() {
    const Deal* deal = overdue_deal();
    if (deal == nullptr) return std::nullopt;
    return Try{draft_of("DEBT_SETTLE", {{"contract", api::id_text(deal->id)},
                                        {"amount", deal->outstanding},
                                        {"source_ref", world_.fresh_reference("bank")}})};
}

std::optional<Try> Attempts::debt_not_late() {
    const Deal* deal = any_of(memory().deals, [this](const Deal& one) {
        return one.active() && one.due.front().day >= today() && one.principal_left > 1;
    });
    if (deal == nullptr) return std::nullopt;
    return Try{draft_of("DEBT_SETTLE", {{"contract", api::id_text(deal->id)},
                                        {"amount", some(deal->principal_left - 1)},
                                        {"source_ref", world_.fresh_reference("bank")}})};
}

}  // namespace tally::book::made_up
