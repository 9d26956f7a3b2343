// Payments and refunds, which settle rows; penalties and marks, which say how late they are.

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/checked.h"
#include "ledger/replay.h"

namespace tally::ledger {
namespace {

constexpr Amount kPenaltiesMax = std::numeric_limits<Amount>::max() / 2;

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
    std::array<Component, kComponents> order = ruleset_.order;
    const bool principal_first = ruleset_.principal_first_after > 0 &&
                                 ageing_on(day_).delinquent_days > ruleset_.principal_first_after;
    if (principal_first) {
        auto* const principal = std::find(order.begin(), order.end(), Component::principal);
        std::rotate(order.begin(), principal, principal + 1);
    }
    return order;
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

Outcome Replay::repay(const ContractEvent& event, EventEffect& effect) {
    if (event.amount <= 0) return Outcome::amount_not_positive;
    const bool credit = ruleset_.overpayment == Overpayment::credit;
    const bool closed = position_.status == ContractStatus::closed_paid ||
                        position_.status == ContractStatus::overpaid;
    const Outcome active = require_active();
    if (active != Outcome::accepted && !(credit && closed)) return active;
    const Amount rest = std::max<Amount>(0, event.amount - position_.outstanding_total);
    if (rest > 0 && !credit) return Outcome::above_payable;
    const std::optional<Amount> owed = checked_add(position_.totals.credit, rest);
    if (!owed) return Outcome::overflow;
    TALLY_CHECK(allocate(event.amount, effect.allocation) == rest);
    effect.credit = rest;
    position_.totals.credit = *owed;
    return Outcome::accepted;
}

void Replay::lapse(std::size_t first_row) {
    for (std::size_t row = first_row; row < position_.rows.size(); ++row) {
        for (const Component component : {Component::fee, Component::interest}) {
            const Amount rest = position_.rows[row].outstanding[place_of(component)];
            if (rest > 0) settle(row, component, rest, position_.totals.lapsed);
        }
    }
}

Outcome Replay::prepay(const ContractEvent& event, EventEffect& effect) {
    const Outcome active = require_active();
    if (active != Outcome::accepted) return active;
    if (event.amount <= 0) return Outcome::amount_not_positive;
    if (event.amount != settlement_of(position_, prepayment_, day_)) {
        return Outcome::settlement_differs;
    }
    if (prepayment_ == Prepayment::running_period) lapse(running_row(position_, day_) + 1);
    TALLY_CHECK(allocate(event.amount, effect.allocation) == 0);
    return Outcome::accepted;
}

Outcome Replay::refund(const ContractEvent& event, EventEffect& effect) {
    if (event.amount <= 0) return Outcome::amount_not_positive;
    if (position_.status != ContractStatus::closed_paid &&
        position_.status != ContractStatus::overpaid &&
        position_.status != ContractStatus::closed_refunded) {
        const Outcome active = require_active();
        if (active != Outcome::accepted) return active;
    }
    ContractTotals& totals = position_.totals;
    const Amount captured = contract_.terms.principal;
    if (event.amount > captured - totals.refunded_total) return Outcome::above_captured;
    Amount left = event.amount;
    // From the end: what is due next stays due as it was agreed.
    for (std::size_t row = position_.rows.size(); row-- > 0 && left > 0;) {
        const Amount part = std::min(left, position_.rows[row].outstanding[kPrincipal]);
        if (part == 0) continue;
        settle(row, Component::principal, part, totals.refunded);
        effect.allocation.push_back({static_cast<std::uint32_t>(row), Component::principal, part});
        left -= part;
    }
    const std::optional<Amount> credit = checked_add(totals.credit, left);
    if (!credit) return Outcome::overflow;
    totals.credit = *credit;
    effect.credit = left;
    totals.refunded_total += event.amount;
    if (totals.refunded_total == captured) lapse(0);
    return Outcome::accepted;
}

Outcome Replay::penalty(const ContractEvent& event, bool claims) {
    const Outcome active = require_active();
    if (active != Outcome::accepted) return active;
    if (event.amount <= 0) return Outcome::amount_not_positive;
    if (claims && event.amount != clock_.accrued() - position_.penalty_assessed) {
        return Outcome::penalty_differs;
    }
    // Assessments of ever earlier dates are not within the cap together. Half of the range is room
    // for all other sums of a contract, which are far smaller.
    const std::optional<Amount> assessed = checked_add(position_.penalty_assessed, event.amount);
    if (!assessed || *assessed > kPenaltiesMax) return Outcome::overflow;
    PlanRow& row = position_.rows[penalty_row(position_.rows, day_)];
    row.agreed[kPenalty] += event.amount;
    row.outstanding[kPenalty] += event.amount;
    position_.totals.billed[kPenalty] += event.amount;
    position_.penalty_assessed = *assessed;
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
