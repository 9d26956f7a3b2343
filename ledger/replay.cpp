#include "ledger/replay.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "ledger/costs.h"
#include "ledger/type_table.h"

// The frame of a replay: which kind of event does what, the plan of rows, what follows from them.
// What payments and penalties do is in replay_payment.cpp, hardship and loss in
// replay_hardship.cpp.
//
// Checks stand before changes, so that a refused event leaves the position as it was. Sums stay
// within 64 bits by the bounds of the rules: principal below 2^50, 36 rows, 36 re-plans, penalties
// within the cap, at most ten times the principal; what payers may add without bound, the credit,
// is checked.

namespace tally::ledger {

Amount sum_of(const ByComponent& amounts) {
    return std::accumulate(amounts.begin(), amounts.end(), Amount{0});
}

std::vector<std::size_t> order_of(const ContractBody& contract, const PointInTime& point) {
    std::vector<std::size_t> order;
    for (std::size_t place = 0; place < contract.events.size(); ++place) {
        const ContractEvent& event = contract.events[place];
        if (event.live_at(point.known_at) && event.value_date <= point.as_of) {
            order.push_back(place);
        }
    }
    std::sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
        const ContractEvent& first = contract.events[left];
        const ContractEvent& second = contract.events[right];
        return std::pair(first.value_date, first.entry) <
               std::pair(second.value_date, second.entry);
    });
    return order;
}

Replay::Replay(const ContractBody& contract, const ContractRules& rules, std::uint64_t known_at)
    : contract_(contract),
      ruleset_(rules.ruleset),
      product_(rules.product),
      apr_cap_(apr_cap_on(rules.ruleset, rules.product, contract.terms.anchor)),
      clock_(contract.penalty_free ? 0 : rules.ruleset.penalty_ppm_day,
             static_cast<Amount>(static_cast<Wide>(contract.terms.principal) *
                                 rules.ruleset.penalty_cap_ppm / 1'000'000),
             rules.ruleset.grace_days) {
    for (const ContractEvent& event : contract.events) {
        if (event.kind == EventKind::chargeback && counted_.before(event.target) == nullptr) {
            auto& payments = counted_.before_payment;
            const auto later =
                std::ranges::upper_bound(payments, event.target, {}, &BeforePayment::entry);
            payments.insert(later, {event.target});
        }
        if (event.reversed_by != kNoEntry && event.reversed_by <= known_at) protect(event);
    }
    by_rows_.before_payment = counted_.before_payment;
    std::stable_sort(replans_gone_.begin(), replans_gone_.end(),
                     [](const ContractEvent* left, const ContractEvent* right) {
                         return left->booked_on < right->booked_on;
                     });
}

bool relieves(EventKind kind) {
    switch (kind) {
        case EventKind::capture:
        case EventKind::penalty:
        case EventKind::charge_off:
        case EventKind::recovery:
        case EventKind::overpay_refund:
        case EventKind::chargeback:
        case EventKind::merchant_settle:
        case EventKind::mark:
        case EventKind::hardship:
        case EventKind::servicer:
        case EventKind::assign:
        case EventKind::recall:
        case EventKind::contact:
        case EventKind::pledge:
        case EventKind::release:
        case EventKind::transfer_init:
        case EventKind::transfer_settle:
        case EventKind::transfer_cancel:
        case EventKind::transfer_decline:
        case EventKind::pool_add:
        case EventKind::buyback_init:
        case EventKind::buyback_settle:
        case EventKind::pool_remove:
            return false;  // taking it back burdens nobody who owes
        case EventKind::refund:
        case EventKind::repayment:
        case EventKind::prepay:
        case EventKind::debit:
        case EventKind::waive:
        case EventKind::debt_settle:
        case EventKind::grace:
        case EventKind::reschedule:
            break;
    }
    return true;
}

void Replay::protect(const ContractEvent& reversed) {
    if (!relieves(reversed.kind) || !reversed.stood()) return;
    const Day first = reversed.booked_on + 1;
    const Day last = reversed.reversed_on;
    without_penalty_.push_back({first, last, true});
    if (reversed.kind == EventKind::reschedule) {
        // It is used up, and what it put under observation stays there.
        ++reschedules_;
        replans_gone_.push_back(&reversed);
    }
    if (reversed.kind != EventKind::grace) return;
    // The part of a grace that has passed while it stood stays.
    const Day from = std::max(reversed.from, first);
    const Day to = std::min(reversed.to, last);
    if (to < from) return;
    pauses_.push_back({from, to});
    without_penalty_.push_back({from, to});
    grace_days_ += Wide{to} - from + 1;
    ++grace_grants_;
}

Outcome Replay::apply(std::size_t place, bool claims) {
    const ContractEvent& event = contract_.events.at(place);
    // Nothing takes marks and requests back: where they stand they must not bar a correction.
    const bool stays = !facts_of(event.kind).event.reversible || event.failed_debit();
    come_to(event.value_date);
    if (event.kind != EventKind::capture) {
        if (position_.status == ContractStatus::none) {
            return stays && !claims ? Outcome::accepted : Outcome::contract_not_active;
        }
        clock_.advance(event.value_date, position_.rows, without_penalty_);
    }
    day_ = event.value_date;
    EventEffect effect;
    effect.event = place;
    effect.plan = position_.plan;
    effect.days_past_due = ageing_on(day_).days_past_due;
    judge_rows(day_);
    for (Counting* counting : {&counted_, &by_rows_}) {
        BeforePayment* taken = counting->before(event.entry);
        if (taken == nullptr) continue;
        std::vector<Spans> days;
        for (std::size_t row = 0; row < position_.rows.size(); ++row) {
            days.push_back(days_of(row, day_, Reversed::gone, *counting));
        }
        taken->days = std::make_shared<const std::vector<Spans>>(std::move(days));
    }
    const Outcome outcome = apply_kind(event, claims, effect);
    if (outcome != Outcome::accepted) return outcome;
    sum_up();
    effect.outstanding = position_.outstanding_total;
    position_.effects.push_back(std::move(effect));
    return Outcome::accepted;
}

Outcome Replay::apply_kind(const ContractEvent& event, bool claims, EventEffect& effect) {
    switch (event.kind) {
        case EventKind::capture:
            return capture();
        case EventKind::refund:
            return refund(event, effect);
        case EventKind::repayment:
            return repay(event, claims, effect);
        case EventKind::prepay:
            return prepay(event, effect);
        case EventKind::debit:
            return debit(event, claims, effect);
        case EventKind::penalty:
            return penalty(event, claims, effect);
        case EventKind::mark:
            return mark(event, claims);
        case EventKind::waive:
            return waive(event, effect);
        case EventKind::hardship:
            return hardship(event, claims);
        case EventKind::grace:
            return grace(event);
        case EventKind::reschedule:
            return reschedule(event, effect);
        case EventKind::charge_off:
            return charge_off(event, effect);
        case EventKind::recovery:
            return recover(event);
        case EventKind::overpay_refund:
            return pay_out(event);
        case EventKind::chargeback:
            return charge_back(event, effect);
        case EventKind::contact:
            return contact(claims);
        case EventKind::merchant_settle:
            return pay_merchant(event);
        case EventKind::debt_settle:
            return debt_settle(event, claims, effect);
        case EventKind::servicer:
        case EventKind::assign:
        case EventKind::recall:
        case EventKind::pledge:
        case EventKind::release:
        case EventKind::transfer_init:
        case EventKind::transfer_settle:
        case EventKind::transfer_cancel:
        case EventKind::transfer_decline:
        case EventKind::pool_add:
        case EventKind::buyback_init:
        case EventKind::buyback_settle:
        case EventKind::pool_remove:
            return Outcome::accepted;  // who may act and whose it is, which is no matter of
                                       // balances
    }
    TALLY_CHECK(false && "a kind that no decoder lets through");
    return Outcome::contract_not_active;
}

void Replay::set_rows(const Schedule& schedule) {
    position_.rows.clear();
    watched_.assign(schedule.rows.size(), {});
    for (const Instalment& row : schedule.rows) {
        PlanRow& added = position_.rows.emplace_back();
        added.due = row.due;
        added.agreed = {0, row.fee, row.interest, row.principal};
        added.outstanding = added.agreed;
    }
    position_.totals.billed[kFee] += schedule.fee_total;
    position_.totals.billed[kInterest] += schedule.interest_total;
}

Outcome Replay::capture() {
    const Schedule schedule = compute_schedule(contract_.terms);
    if (schedule.outcome != Outcome::accepted) return schedule.outcome;
    position_.terms = contract_.terms;
    position_.totals.billed[kPrincipal] = contract_.terms.principal;
    set_rows(schedule);
    position_.status = ContractStatus::active;
    clock_.start(contract_.terms.anchor);
    return Outcome::accepted;
}

void Replay::settle(std::size_t row, Component component, Amount amount, ByComponent& total) {
    Amount& outstanding = position_.rows[row].outstanding[place_of(component)];
    TALLY_CHECK(amount > 0 && amount <= outstanding);
    outstanding -= amount;
    total[place_of(component)] += amount;
}

void Replay::sum_up() {
    position_.outstanding = {};
    for (const PlanRow& row : position_.rows) {
        for (std::size_t place = 0; place < kComponents; ++place) {
            position_.outstanding[place] += row.outstanding[place];
        }
    }
    position_.outstanding_total = sum_of(position_.outstanding);
    settle_status();
}

void Replay::settle_status() {
    if (position_.status == ContractStatus::charged_off ||
        position_.status == ContractStatus::closed_recovered || position_.settled_loss()) {
        return;
    }
    if (position_.outstanding_total > 0) {
        position_.status = ContractStatus::active;
    } else if (!debt_settled_ && position_.totals.refunded_total == contract_.terms.principal) {
        position_.status = ContractStatus::closed_refunded;
    } else if (position_.totals.credit > 0) {
        position_.status = ContractStatus::overpaid;
    } else if (debt_settled_) {
        position_.status = ContractStatus::closed_settled;
    } else {
        position_.status = position_.totals.waived[kPrincipal] > 0 ? ContractStatus::closed_waived
                                                                   : ContractStatus::closed_paid;
    }
}

Day Replay::oldest_open() const {
    const auto oldest = std::find_if(position_.rows.begin(), position_.rows.end(),
                                     [](const PlanRow& row) { return row.base() > 0; });
    return oldest == position_.rows.end() ? kNoneOpen : oldest->due;
}

Replay Replay::without_effects() {
    std::vector<EventEffect> effects = take_effects();
    Replay without = *this;
    give_effects(std::move(effects));
    return without;
}

void Replay::look_at(Day day) {
    come_to(day);
    clock_.advance(day, position_.rows, without_penalty_);
    position_.unearned = {};
    // Nothing is left to earn on a contract that is over.
    const bool earns = position_.status == ContractStatus::active;
    for (const std::size_t charge : {kFee, kInterest}) {
        for (const PlanRow& row : position_.rows) {
            if (earns && row.due > day) position_.unearned[charge] += row.unearned(charge);
        }
        for (const PaidAhead& ahead : paid_ahead_) {
            if (earns && ahead.due > day) position_.unearned[charge] += ahead.charges[charge];
        }
    }
    position_.ageing = ageing_on(day);
    position_.penalty_accrued = clock_.accrued();
    position_.in_grace = std::any_of(pauses_.begin(), pauses_.end(), [day](const Pause& pause) {
        return pause.from <= day && day <= pause.to;
    });
}

}  // namespace tally::ledger
