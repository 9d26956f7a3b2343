// Payments and refunds, which settle rows; penalties and marks, which say how late they are.
//
// A penalty was right when it was assessed. An earlier payment that arrives later may undo it: then
// its event bills what still stands as of its date, and releases the rest. So what is billed never
// exceeds what accrued, whatever the order in which events arrive.

#include <algorithm>

#include "base/check.h"
#include "base/checked.h"
#include "ledger/replay.h"

namespace tally::ledger {
namespace {

/// What payments may leave as credit, in principals.
constexpr Amount kCreditTimesMax = 10;

/// The row to which a penalty belongs: the oldest overdue one, or else the last one that was due.
std::size_t penalty_row(const std::vector<PlanRow>& rows, Day day) {
    std::size_t last_due = 0;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (rows[row].due >= day) break;
        if (rows[row].base() > 0) return row;
        last_due = row;
    }
    return last_due;
}

}  // namespace

std::array<Component, kComponents> Replay::order() const {
    if (ruleset_.principal_first_after == 0) return ruleset_.order;
    return payment_order(ruleset_, ageing_on(day_).delinquent_days);
}

Amount Replay::allocate(Amount amount, std::vector<Allocation>& allocation) {
    const auto components = order();
    for (std::size_t row = 0; row < position_.rows.size() && amount > 0; ++row) {
        for (const Component component : components) {
            const Amount owed = position_.rows[row].outstanding[place_of(component)];
            const Amount part = std::min(owed, amount);
            if (part == 0) continue;
            settle(row, component, part, position_.totals.repaid);
            position_.rows[row].paid[place_of(component)] += part;
            allocation.push_back({static_cast<std::uint32_t>(row), component, part});
            amount -= part;
        }
    }
    return amount;
}

Outcome Replay::repay(const ContractEvent& event, bool claims, EventEffect& effect) {
    if (event.amount <= 0) return Outcome::amount_not_positive;
    const bool credit = ruleset_.overpayment == Overpayment::credit;
    const bool closed = position_.settled();
    const Outcome active = require_active();
    if (active != Outcome::accepted && !(credit && closed)) return active;
    const Amount rest = std::max<Amount>(0, event.amount - position_.outstanding_total);
    if (rest > 0 && !credit) return Outcome::above_payable;
    const std::optional<Amount> owed = checked_add(position_.totals.credit, rest);
    if (!owed) return Outcome::overflow;
    // Or a servicer alone could fill the sums of a lender's book, and nobody else could be paid. An
    // earlier refund may leave more of what was paid later.
    const Wide most = Wide{kCreditTimesMax} * contract_.terms.principal;
    if (claims && rest > 0 && *owed > most) return Outcome::above_payable;
    TALLY_CHECK(allocate(event.amount, effect.allocation) == rest);
    effect.credit = rest;
    position_.totals.credit = *owed;
    return Outcome::accepted;
}

Outcome Replay::debit(const ContractEvent& event, bool claims, EventEffect& effect) {
    if (event.failed_debit()) {
        ++position_.failed_debits;
        return Outcome::accepted;
    }
    const Outcome paid = repay(event, claims, effect);
    if (paid == Outcome::accepted) position_.failed_debits = 0;
    return paid;
}

Amount Replay::lapse_row(std::size_t row, Component component, Amount amount) {
    if (amount > 0) settle(row, component, amount, position_.totals.lapsed);
    return amount;
}

Amount Replay::lapse(std::size_t first_row) {
    Amount sum = 0;
    for (std::size_t row = first_row; row < position_.rows.size(); ++row) {
        for (const Component component : {Component::fee, Component::interest}) {
            const Amount rest = position_.rows[row].cancellable(place_of(component));
            sum += lapse_row(row, component, rest);
        }
    }
    return sum;
}

Amount Replay::lapse_all() {
    Amount sum = 0;
    for (std::size_t row = 0; row < position_.rows.size(); ++row) {
        for (const Component component : {Component::fee, Component::interest}) {
            sum += lapse_row(row, component, position_.rows[row].open(component));
        }
    }
    return sum;
}

Outcome Replay::prepay(const ContractEvent& event, EventEffect& effect) {
    const Outcome active = require_active();
    if (active != Outcome::accepted) return active;
    if (event.amount <= 0) return Outcome::amount_not_positive;
    position_.penalty_accrued = clock_.accrued();
    if (event.amount != settlement_of(position_, product_.prepayment, day_)) {
        return Outcome::settlement_differs;
    }
    bill_penalty(unassessed_of(position_));
    if (product_.prepayment == Prepayment::running_period) {
        effect.lapsed = lapse(running_row(position_, day_) + 1);
    }
    TALLY_CHECK(allocate(event.amount, effect.allocation) == 0);
    return Outcome::accepted;
}

void Replay::bill_penalty(Amount amount) {
    PlanRow& row = position_.rows[penalty_row(position_.rows, day_)];
    row.agreed[kPenalty] += amount;
    row.outstanding[kPenalty] += amount;
    position_.totals.billed[kPenalty] += amount;
    position_.penalty_assessed += amount;
}

bool Replay::assessed_later(const ContractEvent& assessment) const {
    return std::any_of(contract_.events.begin(), contract_.events.end(),
                       [&assessment](const ContractEvent& other) {
                           return other.kind == EventKind::penalty && other.live_at(kNoEntry - 1) &&
                                  other.value_date > assessment.value_date;
                       });
}

Outcome Replay::penalty(const ContractEvent& event, bool claims, EventEffect& effect) {
    const Outcome active = require_active();
    position_.penalty_accrued = clock_.accrued();
    const Amount due = active == Outcome::accepted ? unassessed_of(position_) : 0;
    if (claims && active != Outcome::accepted) return active;
    // Also where nothing is claimed: replays of what stood see an event before it is judged.
    if (event.amount <= 0) return Outcome::amount_not_positive;
    if (claims && (event.amount != due || assessed_later(event))) return Outcome::penalty_differs;
    const Amount billed = std::min(event.amount, due);
    effect.released = event.amount - billed;
    bill_penalty(billed);
    return Outcome::accepted;
}

Outcome Replay::mark(const ContractEvent& event, bool claims) const {
    if (!claims) return Outcome::accepted;
    const Outcome active = require_active();
    if (active != Outcome::accepted) return active;
    const Ageing now = ageing_on(day_);
    const bool same = event.from == now.days_past_due && event.bucket == now.bucket &&
                      event.asset_class == now.asset_class;
    return same ? Outcome::accepted : Outcome::mark_differs;
}

}  // namespace tally::ledger
