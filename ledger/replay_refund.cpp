// Refunds by the merchant, what is owed to the borrower, and payments that a bank took back.
//
// A refund of a part leaves the borrower no worse off than if he had bought that part never: what
// the rows not due still charge shrinks with the principal, and if the rest would cost more than
// the purchase's cap all the same, it is free of charge. Once nothing of it is kept, what he paid
// ahead for time that has not passed is his, too. What the refund leaves over pays what is due
// before it is owed out.

#include <algorithm>

#include "base/check.h"
#include "base/checked.h"
#include "ledger/apr.h"
#include "ledger/replay.h"

namespace tally::ledger {
namespace {

/// floor(amount * part / whole). Requires 0 <= part <= whole, whole > 0, amount >= 0.
Amount share_of(Amount amount, Amount part, Amount whole) {
    return static_cast<Amount>(static_cast<Wide>(amount) * part / whole);
}

}  // namespace

std::vector<Amount> Replay::refund_by_row(Amount refunded) const {
    const std::vector<PlanRow>& rows = position_.rows;
    const Amount open = position_.outstanding[kPrincipal];
    std::vector<Amount> parts(rows.size());
    if (product_.refund == RefundPolicy::spread) {
        // Of cumulated sums, so that the parts sum to the refund and none is above its row.
        Amount before = 0;
        Amount kept_before = 0;
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const Amount owed = rows[row].open(Component::principal);
            const Amount kept = share_of(before + owed, open - refunded, open);
            parts[row] = owed - (kept - kept_before);
            before += owed;
            kept_before = kept;
        }
        return parts;
    }
    for (std::size_t row = rows.size(); row-- > 0 && refunded > 0;) {
        parts[row] = std::min(refunded, rows[row].open(Component::principal));
        refunded -= parts[row];
    }
    return parts;
}

bool Replay::rest_within_cap() const {
    std::vector<Instalment> rest;
    Amount principal = 0;
    for (const PlanRow& row : position_.rows) {
        if (row.due <= day_) continue;
        rest.push_back({row.due, row.open(Component::principal), row.cancellable(kFee),
                        row.cancellable(kInterest)});
        principal += rest.back().principal;
    }
    return principal == 0 || apr_within(principal, rest, apr_cap_);
}

void Replay::shrink(Amount refunded, EventEffect& effect) {
    const Amount open = position_.outstanding[kPrincipal];
    const std::vector<Amount> parts =
        refunded > 0 ? refund_by_row(refunded) : std::vector<Amount>{};
    for (std::size_t row = 0; row < parts.size(); ++row) {
        if (parts[row] == 0) continue;
        settle(row, Component::principal, parts[row], position_.totals.refunded);
        effect.allocation.push_back(
            {static_cast<std::uint32_t>(row), Component::principal, parts[row]});
    }
    // Of rows whose principal was met before, too: else what is left over would pay them.
    const std::size_t first = running_row(position_, day_ + 1);
    for (std::size_t row = first; row < position_.rows.size(); ++row) {
        for (const Component component : {Component::fee, Component::interest}) {
            const PlanRow& now = position_.rows[row];
            const Amount owed = now.cancellable(place_of(component));
            const bool gone = now.open(Component::principal) == 0;
            const Amount kept = gone ? 0 : share_of(owed, open - refunded, open);
            effect.lapsed += lapse_row(row, component, owed - kept);
        }
    }
    if (refunded > 0 && !rest_within_cap()) effect.lapsed += lapse(first);
}

Amount Replay::give_back() {
    Amount sum = 0;
    for (PlanRow& row : position_.rows) {
        if (row.due <= day_) continue;
        for (const Component charge : {Component::fee, Component::interest}) {
            const std::size_t place = place_of(charge);
            // Nothing of it is owed any more.
            const Amount paid = row.unearned(place);
            row.returned[place] += paid;
            position_.totals.returned[place] += paid;
            sum += paid;
        }
    }
    for (PaidAhead& ahead : paid_ahead_) {
        if (ahead.due <= day_) continue;
        for (const std::size_t charge : {kFee, kInterest}) {
            position_.totals.returned[charge] += ahead.charges[charge];
            sum += ahead.charges[charge];
        }
        ahead.charges = {};
    }
    return sum;
}

Outcome Replay::refund(const ContractEvent& event, EventEffect& effect) {
    if (event.amount <= 0) return Outcome::amount_not_positive;
    if (!position_.settled() && position_.status != ContractStatus::closed_refunded) {
        const Outcome active = require_active();
        if (active != Outcome::accepted) return active;
    }
    ContractTotals& totals = position_.totals;
    const Amount captured = contract_.terms.principal;
    if (event.amount > captured - totals.refunded_total) return Outcome::above_captured;
    const Amount taken = std::min(event.amount, position_.outstanding[kPrincipal]);
    const Amount left = event.amount - taken;
    shrink(taken, effect);
    totals.refunded_total += event.amount;
    if (totals.refunded_total == captured) {
        effect.lapsed += lapse_all();
        effect.returned = give_back();
        debt_settled_ = false;  // there is no purchase left that it was about
    }
    // What was waived nobody paid: it comes back to who let it go.
    effect.unwaived = std::min(left, totals.waived[kPrincipal]);
    totals.waived[kPrincipal] -= effect.unwaived;
    totals.refunded[kPrincipal] += effect.unwaived;
    // Principal is left over only where none is open, so that nothing but what is due is paid.
    const std::optional<Amount> due_back = checked_add(left - effect.unwaived, effect.returned);
    if (!due_back) return Outcome::overflow;
    effect.credit = allocate(*due_back, effect.allocation);
    const std::optional<Amount> credit = checked_add(totals.credit, effect.credit);
    if (!credit) return Outcome::overflow;
    totals.credit = *credit;
    return Outcome::accepted;
}

Outcome Replay::pay_out(const ContractEvent& event) {
    if (event.amount <= 0) return Outcome::amount_not_positive;
    if (event.amount > position_.totals.credit) return Outcome::above_credit;
    position_.totals.credit -= event.amount;
    return Outcome::accepted;
}

/// How much may be paid is judged when it is booked, against all that is known
/// (rules_merchant.cpp): a refund that arrives later becomes a claim, and never stands in the way
/// of this.
Outcome Replay::pay_merchant(const ContractEvent& event) {
    if (event.amount <= 0) return Outcome::amount_not_positive;
    const std::optional<Amount> paid = checked_add(position_.totals.merchant_settled, event.amount);
    if (!paid) return Outcome::overflow;
    position_.totals.merchant_settled = *paid;
    return Outcome::accepted;
}

Amount Replay::reopen_ahead(const Met& met) {
    const std::size_t charge = place_of(met.part.component);
    const auto ahead = std::ranges::find_if(paid_ahead_, [&met](const PaidAhead& one) {
        return one.plan == met.plan && one.row == met.part.instalment;
    });
    if (ahead == paid_ahead_.end() || ahead->due <= day_) return met.part.amount;
    const Amount unearned = std::min(ahead->charges[charge], met.part.amount);
    ahead->charges[charge] -= unearned;
    return met.part.amount - unearned;
}

void Replay::reopen(const Met& met, const ContractEvent& payment) {
    const Allocation& part = met.part;
    const bool same_plan = met.plan == position_.plan;
    const std::size_t component = place_of(part.component);
    const bool lost = position_.status == ContractStatus::charged_off;
    position_.totals.repaid[component] -= part.amount;
    if (lost) {
        position_.totals.charged_off[component] += part.amount;
        return;
    }
    const std::size_t running = std::min(running_row(position_, day_), position_.rows.size() - 1);
    const std::size_t place = same_plan ? part.instalment : running;
    PlanRow& row = position_.rows[place];
    if (part.component != Component::penalty) {
        std::vector<Opened>& opened = watched_[place].opened;
        if (row.base() == 0) opened.clear();
        if (row.base() == 0 || !opened.empty()) opened.push_back({day_, payment.entry});
    }
    if (same_plan) {
        row.paid[component] -= part.amount;
    } else {
        row.agreed[component] += part.amount;
        const bool charge = component == kFee || component == kInterest;
        if (charge) row.earned_before[component] += reopen_ahead(met);
    }
    row.outstanding[component] += part.amount;
    if (part.component == Component::penalty) return;
    row.reopened.push_back({day_, part.amount});
    if (watched_[place].paid) watched_[place].paid = false;
}

void Replay::set_off() {
    std::vector<Allocation> met;
    position_.totals.credit = allocate(position_.totals.credit, met);
    for (const Allocation& part : met) set_offs_.push_back({position_.plan, part});
}

bool Replay::take_set_off(Amount amount, bool same_plan, std::vector<Met>& parts) {
    Amount found = 0;
    for (auto one = set_offs_.rbegin(); one != set_offs_.rend() && found < amount; ++one) {
        if ((one->plan == position_.plan) != same_plan) return false;
        found += one->part.amount;
    }
    if (found < amount) return false;
    while (amount > 0) {
        Met& last = set_offs_.back();
        const Amount taken = std::min(amount, last.part.amount);
        parts.push_back({last.plan, {last.part.instalment, last.part.component, taken}});
        last.part.amount -= taken;
        amount -= taken;
        if (last.part.amount == 0) set_offs_.pop_back();
    }
    return true;
}

Outcome Replay::charge_back(const ContractEvent& event, EventEffect& effect) {
    if (event.amount <= 0) return Outcome::amount_not_positive;
    const auto paid = std::find_if(position_.effects.begin(), position_.effects.end(),
                                   [&](const EventEffect& other) {
                                       return contract_.events[other.event].entry == event.target;
                                   });
    if (paid == position_.effects.end()) return Outcome::target_unknown;
    const ContractEvent& payment = contract_.events[paid->event];
    if (!payment.pays()) return Outcome::target_not_reversible;
    Amount& taken_back = charged_back_[event.target];
    if (event.amount > payment.amount - taken_back) return Outcome::above_payment;
    // Backwards through what the payment met: what it met last is open again first, and before all
    // that what nothing was owed for, or, where that was set off since, what it paid then.
    const bool same_plan = paid->plan == position_.plan;
    const Amount unowed = std::min(event.amount, std::max<Amount>(0, paid->credit - taken_back));
    const Amount from_credit = std::min(unowed, position_.totals.credit);
    std::vector<Met> parts;
    if (!take_set_off(unowed - from_credit, same_plan, parts)) {
        return Outcome::above_credit;  // it was paid out
    }
    Amount skip = std::max<Amount>(0, taken_back - paid->credit);
    Amount rest = event.amount - unowed;
    for (auto part = paid->allocation.rbegin(); part != paid->allocation.rend() && rest > 0;
         ++part) {
        const Amount passed = std::min(skip, part->amount);
        skip -= passed;
        const Amount amount = std::min(rest, part->amount - passed);
        if (amount == 0) continue;
        parts.push_back({paid->plan, {part->instalment, part->component, amount}});
        rest -= amount;
    }
    TALLY_CHECK(rest == 0);  // allocation and credit sum to the payment
    // Days on which the same stands go on as others: what is open again is one more that may count.
    excused_.reset();
    if (position_.status == ContractStatus::closed_recovered || position_.settled_loss()) {
        position_.status = ContractStatus::charged_off;
    }
    for (const Met& part : parts) {
        reopen(part, payment);
        effect.allocation.push_back(part.part);
    }
    position_.totals.credit -= from_credit;
    taken_back += event.amount;
    effect.credit = from_credit;
    // Nobody owes and is owed at once: he would be late with money that is there.
    set_off();
    if (!same_plan) keep_class_before(payment, paid->allocation);
    return Outcome::accepted;
}

/// A re-plan that stood on a payment judged the contract without the days that were past due before
/// it: the class that those made is kept from now on, as if it had been taken back in time.
void Replay::keep_class_before(const ContractEvent& payment, const std::vector<Allocation>& met) {
    const BeforePayment* before = counted_.before(payment.entry);
    if (before == nullptr || before->days == nullptr) return;
    sum_up();  // whether it is active again
    for (const Allocation& part : met) {
        if (part.component == Component::penalty || part.instalment >= before->days->size()) {
            continue;
        }
        const std::uint32_t reached = ageing_of((*before->days)[part.instalment], day_).asset_class;
        if (reached > least_class(day_)) observe(reached, day_);
    }
}

}  // namespace tally::ledger
