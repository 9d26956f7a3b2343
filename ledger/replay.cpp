#include "ledger/replay.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "base/checked.h"
#include "ledger/type_table.h"

// What each kind of event does to a contract. Checks stand before changes, so that a refused event
// leaves the position as it was. Sums stay within 64 bits by the bounds of the rules: principal
// below 2^50, 36 rows, 36 re-plans, penalties of ten times the principal; what payers may add
// without bound, the credit, is checked.

namespace tally::ledger {
namespace {

constexpr auto kPenalty = place_of(Component::penalty);
constexpr auto kFee = place_of(Component::fee);
constexpr auto kInterest = place_of(Component::interest);
constexpr auto kPrincipal = place_of(Component::principal);

Amount sum_of(const ByComponent& amounts) {
    return std::accumulate(amounts.begin(), amounts.end(), Amount{0});
}

template <typename Value>
bool contains(const std::vector<Value>& values, const Value& wanted) {
    return std::find(values.begin(), values.end(), wanted) != values.end();
}

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

Replay::Replay(const ContractBody& contract, const ContractRules& rules)
    : contract_(contract),
      ruleset_(rules.ruleset),
      prepayment_(rules.prepayment),
      clock_(rules.ruleset.penalty_ppm_day,
             static_cast<Amount>(static_cast<Wide>(contract.terms.principal) *
                                 rules.ruleset.penalty_cap_ppm / 1'000'000)) {}

Outcome Replay::apply(std::size_t place, bool claims) {
    const ContractEvent& event = contract_.events.at(place);
    // Nothing takes marks and requests back: where they stand they must not bar a correction.
    const bool stays = !facts_of(event.kind).event.reversible;
    if (event.kind != EventKind::capture) {
        if (position_.status == ContractStatus::none) {
            return stays && !claims ? Outcome::accepted : Outcome::contract_not_active;
        }
        clock_.advance(event.value_date, position_.rows, pauses_);
    }
    day_ = event.value_date;
    EventEffect effect;
    effect.event = place;
    effect.days_past_due = ageing_on(day_).days_past_due;
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
            return repay(event, effect);
        case EventKind::prepay:
            return prepay(event, effect);
        case EventKind::penalty:
            return penalty(event, claims);
        case EventKind::mark:
            return mark(event, claims);
        case EventKind::waive:
            return waive(event, effect);
        case EventKind::hardship:
            return hardship(event, claims);
        case EventKind::grace:
            return grace(event);
        case EventKind::reschedule:
            return reschedule(event);
        case EventKind::charge_off:
            return charge_off(event, effect);
        case EventKind::recovery:
            return recover(event);
    }
    TALLY_CHECK(false && "a kind that no decoder lets through");
    return Outcome::contract_not_active;
}

Outcome Replay::require_active() const {
    switch (position_.status) {
        case ContractStatus::active:
            return Outcome::accepted;
        case ContractStatus::charged_off:
        case ContractStatus::closed_recovered:
            return Outcome::contract_charged_off;
        case ContractStatus::none:
        case ContractStatus::closed_paid:
        case ContractStatus::overpaid:
        case ContractStatus::closed_refunded:
        case ContractStatus::reversed:
            break;
    }
    return Outcome::contract_not_active;
}

void Replay::set_rows(const Schedule& schedule) {
    position_.rows.clear();
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
    const std::optional<Amount> assessed = checked_add(position_.penalty_assessed, event.amount);
    if (!assessed) return Outcome::overflow;
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

Outcome Replay::waive(const ContractEvent& event, EventEffect& effect) {
    const Outcome active = require_active();
    if (active != Outcome::accepted) return active;
    if (event.parts.empty()) return Outcome::waiver_invalid;
    std::vector<Allocation> seen;
    for (const Allocation& part : event.parts) {
        const bool twice = std::any_of(seen.begin(), seen.end(), [&](const Allocation& other) {
            return other.instalment == part.instalment && other.component == part.component;
        });
        if (twice || part.amount <= 0 || part.instalment >= position_.rows.size() ||
            part.amount > position_.rows[part.instalment].outstanding[place_of(part.component)]) {
            return Outcome::waiver_invalid;
        }
        seen.push_back(part);
    }
    for (const Allocation& part : event.parts) {
        settle(part.instalment, part.component, part.amount, position_.totals.waived);
    }
    effect.allocation = event.parts;
    return Outcome::accepted;
}

bool Replay::request_open(const std::optional<HardshipId>& request) const {
    return !request || contains(position_.open_requests, *request);
}

void Replay::close_request(const std::optional<HardshipId>& request) {
    if (request) std::erase(position_.open_requests, *request);
}

Outcome Replay::hardship(const ContractEvent& event, bool claims) {
    const Outcome active = claims ? require_active() : Outcome::accepted;
    if (active != Outcome::accepted) return active;
    TALLY_CHECK(event.request.has_value());
    if (event.stage == HardshipStage::refused) {
        if (!request_open(event.request)) return Outcome::hardship_unknown;
        close_request(event.request);
        return Outcome::accepted;
    }
    if (contains(known_requests_, *event.request)) return Outcome::hardship_exists;
    known_requests_.push_back(*event.request);
    position_.open_requests.push_back(*event.request);
    return Outcome::accepted;
}

Outcome Replay::grace(const ContractEvent& event) {
    const Outcome active = require_active();
    if (active != Outcome::accepted) return active;
    if (!request_open(event.request)) return Outcome::hardship_unknown;
    if (event.from < day_ || event.to < event.from) return Outcome::grace_invalid;
    const bool overlaps = std::any_of(pauses_.begin(), pauses_.end(), [&](const Pause& other) {
        return event.from <= other.to && other.from <= event.to;
    });
    if (overlaps) return Outcome::grace_invalid;
    const Wide days = grace_days_ + event.to - event.from + 1;
    if (days > ruleset_.grace_grant_days_max || grace_grants_ == ruleset_.grace_grants_max) {
        return Outcome::grace_exhausted;
    }
    grace_days_ = days;
    ++grace_grants_;
    pauses_.push_back({event.from, event.to});
    if (event.from == day_) clock_.uncount_today();
    close_request(event.request);
    return Outcome::accepted;
}

Outcome Replay::reschedule(const ContractEvent& event) {
    const Outcome active = require_active();
    if (active != Outcome::accepted) return active;
    if (!request_open(event.request)) return Outcome::hardship_unknown;
    if (reschedules_ == ruleset_.reschedules_max) return Outcome::reschedule_exhausted;
    if (event.rate_ppm > contract_.terms.rate_ppm) return Outcome::rate_differs;
    ByComponent arrears = arrears_of(position_, day_);
    const Amount principal = position_.outstanding[kPrincipal];
    arrears[kPrincipal] = principal;
    if (principal == 0) return Outcome::reschedule_differs;
    ScheduleTerms terms = contract_.terms;
    terms.principal = principal;
    terms.rate_ppm = event.rate_ppm;
    terms.periods = event.periods;
    terms.anchor = day_;
    const Schedule schedule = compute_schedule(terms);
    if (schedule.outcome != Outcome::accepted) return schedule.outcome;
    if (event.amounts != arrears) return Outcome::reschedule_differs;
    for (const std::size_t component : {kFee, kInterest}) {
        position_.totals.lapsed[component] += position_.outstanding[component] - arrears[component];
    }
    set_rows(schedule);
    for (std::size_t component = 0; component < kPrincipal; ++component) {
        position_.rows.front().agreed[component] += arrears[component];
        position_.rows.front().outstanding[component] += arrears[component];
    }
    position_.terms = terms;
    ++position_.plan;
    ++reschedules_;
    close_request(event.request);
    return Outcome::accepted;
}

Outcome Replay::charge_off(const ContractEvent& event, EventEffect& effect) {
    const Outcome active = require_active();
    if (active != Outcome::accepted) return active;
    if (event.amounts != position_.outstanding) return Outcome::charge_off_differs;
    for (std::size_t row = 0; row < position_.rows.size(); ++row) {
        for (std::size_t place = 0; place < kComponents; ++place) {
            const Amount rest = position_.rows[row].outstanding[place];
            if (rest == 0) continue;
            const auto component = static_cast<Component>(place + 1);
            settle(row, component, rest, position_.totals.charged_off);
            effect.allocation.push_back({static_cast<std::uint32_t>(row), component, rest});
        }
    }
    position_.status = ContractStatus::charged_off;
    return Outcome::accepted;
}

Outcome Replay::recover(const ContractEvent& event) {
    if (event.amount <= 0) return Outcome::amount_not_positive;
    if (event.commission < 0 || event.commission > event.amount) {
        return Outcome::commission_invalid;
    }
    const bool charged_off = position_.status == ContractStatus::charged_off ||
                             position_.status == ContractStatus::closed_recovered;
    if (!charged_off) return Outcome::contract_not_charged_off;
    const Amount open = sum_of(position_.totals.charged_off) - position_.totals.recovered;
    if (event.amount > open) return Outcome::above_charged_off;
    position_.totals.recovered += event.amount;
    position_.totals.commission += event.commission;
    if (event.amount == open) position_.status = ContractStatus::closed_recovered;
    return Outcome::accepted;
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
        position_.status == ContractStatus::closed_recovered) {
        return;
    }
    if (position_.outstanding_total > 0) {
        position_.status = ContractStatus::active;
    } else if (position_.totals.refunded_total == contract_.terms.principal) {
        position_.status = ContractStatus::closed_refunded;
    } else {
        position_.status =
            position_.totals.credit > 0 ? ContractStatus::overpaid : ContractStatus::closed_paid;
    }
}

Ageing Replay::ageing_on(Day day) const {
    Ageing ageing;
    const auto oldest = std::find_if(position_.rows.begin(), position_.rows.end(),
                                     [](const PlanRow& row) { return row.base() > 0; });
    if (oldest == position_.rows.end() || oldest->due >= day) return ageing;
    ageing.days_past_due = day - oldest->due;
    Wide rest = Wide{ageing.days_past_due} - ruleset_.grace_days;
    for (const Pause& pause : pauses_) {
        const Day first = std::max(pause.from, oldest->due + 1);
        const Day last = std::min(pause.to, day);
        if (first <= last) rest -= last - first + 1;
    }
    ageing.delinquent_days = static_cast<Day>(std::max<Wide>(0, rest));
    const auto past = [&ageing](Day days) { return ageing.delinquent_days > days; };
    if (ageing.delinquent_days > 0) {
        ageing.bucket = 1 + static_cast<std::uint32_t>(std::count_if(
                                ruleset_.bucket_days.begin(), ruleset_.bucket_days.end(), past));
    }
    ageing.asset_class = static_cast<std::uint32_t>(
        std::count_if(ruleset_.class_days.begin(), ruleset_.class_days.end(),
                      [&ageing](Day first) { return ageing.delinquent_days >= first; }));
    return ageing;
}

void Replay::look_at(Day day) {
    clock_.advance(day, position_.rows, pauses_);
    position_.ageing = ageing_on(day);
    position_.penalty_accrued = clock_.accrued();
    position_.in_grace = std::any_of(pauses_.begin(), pauses_.end(), [day](const Pause& pause) {
        return pause.from <= day && day <= pause.to;
    });
}

}  // namespace tally::ledger
