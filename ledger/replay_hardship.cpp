// Hardship and loss: waivers, requests, grace, re-plans, charge-offs, recoveries.

#include <algorithm>

#include "base/check.h"
#include "ledger/apr.h"
#include "ledger/replay.h"

namespace tally::ledger {
namespace {

template <typename Value>
bool contains(const std::vector<Value>& values, const Value& wanted) {
    return std::find(values.begin(), values.end(), wanted) != values.end();
}

}  // namespace

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
        if (part.component != Component::penalty) watched_[part.instalment].waived = true;
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
    // What was billed for a day stands: the grace begins after it, or is dated before the bill.
    const bool billed =
        event.from == day_ && position_.penalty_assessed > clock_.accrued_without_today();
    if (billed) return Outcome::grace_invalid;
    const Wide days = grace_days_ + event.to - event.from + 1;
    if (days > ruleset_.grace_grant_days_max || grace_grants_ == ruleset_.grace_grants_max) {
        return Outcome::grace_exhausted;
    }
    grace_days_ = days;
    ++grace_grants_;
    pauses_.push_back({event.from, event.to});
    without_penalty_.push_back({event.from, event.to});
    if (event.from == day_) clock_.uncount_today();
    close_request(event.request);
    return Outcome::accepted;
}

Outcome Replay::reschedule(const ContractEvent& event, EventEffect& effect) {
    const Outcome active = require_active();
    if (active != Outcome::accepted) return active;
    if (!request_open(event.request)) return Outcome::hardship_unknown;
    if (reschedules_ == ruleset_.reschedules_max) return Outcome::reschedule_exhausted;
    if (event.rate_ppm > position_.terms.rate_ppm) return Outcome::rate_differs;
    position_.penalty_accrued = clock_.accrued();
    const Amount unassessed = unassessed_of(position_);
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
    if (!apr_within(principal, schedule.rows, apr_cap_)) return Outcome::apr_above_cap;
    const Amount waived = event.amount;
    if (waived < 0 || waived > arrears[kPenalty]) return Outcome::reschedule_differs;
    arrears[kPenalty] -= waived;
    if (event.amounts != arrears) return Outcome::reschedule_differs;
    observe(ageing_of(past_due(day_, Reversed::gone), day_).asset_class, day_);
    for (const std::size_t component : {kFee, kInterest}) {
        const Amount lapsed = position_.outstanding[component] - arrears[component];
        position_.totals.lapsed[component] += lapsed;
        effect.lapsed += lapsed;
    }
    position_.totals.billed[kPenalty] += unassessed;
    position_.penalty_assessed += unassessed;
    position_.totals.waived[kPenalty] += waived;
    keep_paid_ahead();
    set_rows(schedule);
    for (std::size_t component = 0; component < kPrincipal; ++component) {
        position_.rows.front().agreed[component] += arrears[component];
        position_.rows.front().outstanding[component] += arrears[component];
    }
    for (const std::size_t charge : {kFee, kInterest}) {
        position_.rows.front().earned_before[charge] = arrears[charge];
    }
    position_.terms = terms;
    ++position_.plan;
    ++reschedules_;
    close_request(event.request);
    return Outcome::accepted;
}

void Replay::keep_paid_ahead() {
    for (std::size_t row = 0; row < position_.rows.size(); ++row) {
        const PlanRow& old = position_.rows[row];
        if (old.due <= day_) continue;
        PaidAhead ahead{position_.plan, row, old.due, {}};
        for (const std::size_t charge : {kFee, kInterest}) {
            ahead.charges[charge] = old.unearned(charge) - old.cancellable(charge);
        }
        if (sum_of(ahead.charges) > 0) paid_ahead_.push_back(ahead);
    }
}

Outcome Replay::charge_off(const ContractEvent& event, EventEffect& effect) {
    const Outcome active = require_active();
    if (active != Outcome::accepted) return active;
    const bool late = position_.rows.front().due <= day_ &&
                      ageing_on(day_).days_past_due >= ruleset_.charge_off_days_min;
    if (!late) return Outcome::not_past_due;
    const ByComponent loss = loss_of(position_, day_);
    // Charges that are not due alone are no loss.
    if (event.amounts != loss || sum_of(loss) == 0) return Outcome::charge_off_differs;
    effect.lapsed = lapse(running_row(position_, day_ + 1));
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

Outcome Replay::contact(bool claims) const {
    const bool owed = position_.status == ContractStatus::active ||
                      position_.status == ContractStatus::charged_off;
    return !claims || owed ? Outcome::accepted : Outcome::contract_not_active;
}

Outcome Replay::recover(const ContractEvent& event) {
    if (event.amount <= 0) return Outcome::amount_not_positive;
    if (event.commission < 0 || event.commission > event.amount) {
        return Outcome::commission_invalid;
    }
    const bool charged_off = position_.status == ContractStatus::charged_off ||
                             position_.status == ContractStatus::closed_recovered;
    if (!charged_off) return Outcome::contract_not_charged_off;
    const Amount open = position_.totals.recoverable();
    if (event.amount > open) return Outcome::above_charged_off;
    position_.totals.recovered += event.amount;
    position_.totals.commission += event.commission;
    if (event.amount == open) {
        // A bank may have taken back a payment since the rest was let go.
        const bool settled = sum_of(position_.totals.forgone) > 0;
        position_.status =
            settled ? ContractStatus::closed_settled : ContractStatus::closed_recovered;
    }
    return Outcome::accepted;
}

/// Once it is booked, a settlement lets go what it said and no more: where a payment before it is
/// taken back, more is owed, and stays so.
Outcome Replay::debt_settle(const ContractEvent& event, bool claims, EventEffect& effect) {
    const bool lost = position_.status == ContractStatus::charged_off;
    const Outcome active = lost ? Outcome::accepted : require_active();
    if (active != Outcome::accepted) return active;
    if (event.amount <= 0) return Outcome::amount_not_positive;
    // Its day may be excused since, by what was taken back.
    if (claims && !lost && ageing_on(day_).days_past_due == 0) return Outcome::not_past_due;
    const std::optional<ByComponent> let_go = let_go_of(position_, order(), event.amount, day_);
    if (!let_go) return Outcome::nothing_let_go;
    for (std::size_t place = 0; place < kComponents; ++place) {
        const Amount stated = event.amounts[place];
        if (claims ? stated != (*let_go)[place] : stated > (*let_go)[place]) {
            return Outcome::debt_settlement_differs;
        }
    }
    if (lost) {
        position_.totals.recovered += event.amount;
        for (std::size_t place = 0; place < kComponents; ++place) {
            position_.totals.forgone[place] += event.amounts[place];
        }
        const bool over = position_.totals.recoverable() == 0;
        if (over) position_.status = ContractStatus::closed_settled;
        return Outcome::accepted;
    }
    effect.lapsed = lapse(running_row(position_, day_ + 1));
    TALLY_CHECK(allocate(event.amount, effect.allocation) == 0);
    for (std::size_t place = 0; place < kComponents; ++place)
        waive_last(place, event.amounts[place]);
    debt_settled_ = true;
    return Outcome::accepted;
}

/// Of the last rows first: payments meet the first ones, and one that is taken back opens those.
void Replay::waive_last(std::size_t component, Amount amount) {
    for (std::size_t row = position_.rows.size(); row-- > 0 && amount > 0;) {
        const Amount part = std::min(position_.rows[row].outstanding[component], amount);
        if (part == 0) continue;
        settle(row, static_cast<Component>(component + 1), part, position_.totals.waived);
        if (component != kPenalty) watched_[row].waived = true;
        amount -= part;
    }
}

}  // namespace tally::ledger
