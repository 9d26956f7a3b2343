#include <algorithm>

#include "ledger/ownership.h"
#include "ledger/rules_run.h"

// Hardship and loss: requests, grace, re-plans, waivers, charge-offs, recoveries, settlements.

namespace tally::ledger {
namespace {

bool any_below_zero(const ByComponent& amounts) {
    return std::any_of(amounts.begin(), amounts.end(), [](Amount amount) { return amount < 0; });
}

}  // namespace

ContractEvent event_of(const Waive& waive) {
    ContractEvent event = begin_event(waive);
    event.parts = waive.parts;
    return event;
}

ContractEvent event_of(const HardshipRequest& request) {
    ContractEvent event = begin_event(request);
    event.request = request.request;
    event.stage = request.stage;
    return event;
}

ContractEvent event_of(const GraceGrant& grace) {
    ContractEvent event = begin_event(grace);
    event.from = grace.from;
    event.to = grace.to;
    event.request = grace.request;
    return event;
}

ContractEvent event_of(const Reschedule& reschedule) {
    ContractEvent event = begin_event(reschedule);
    // The balance with which the plan begins; what does not fit is no plan's, and matches nothing.
    Wide principal = 0;
    for (const Instalment& row : reschedule.schedule) principal += row.principal;
    const bool fits = principal == static_cast<Amount>(principal);
    event.amounts = {reschedule.carried_penalty, reschedule.carried_fee,
                     reschedule.carried_interest, fits ? static_cast<Amount>(principal) : 0};
    event.amount = reschedule.waived_penalty;
    event.periods = static_cast<std::uint32_t>(reschedule.schedule.size());
    event.rate_ppm = reschedule.rate_ppm;
    event.request = reschedule.request;
    return event;
}

ContractEvent event_of(const ChargeOff& charge_off) {
    ContractEvent event = begin_event(charge_off);
    event.amounts = {charge_off.penalty, charge_off.fee, charge_off.interest, charge_off.principal};
    return event;
}

ContractEvent event_of(const Recovery& recovery) {
    ContractEvent event = begin_event(recovery);
    event.amount = recovery.amount;
    event.commission = recovery.commission;
    return event;
}

ContractEvent event_of(const DebtSettle& settlement) {
    ContractEvent event = begin_event(settlement);
    event.amount = settlement.amount;
    event.amounts = {settlement.penalty, settlement.fee, settlement.interest, settlement.principal};
    return event;
}

Outcome apply(Run& run, const Waive& waive) {
    const Outcome refused = run.check_on(waive.contract);
    if (refused != Outcome::accepted) return refused;
    if (waive.parts.size() > kComponents * kPeriodsMax) return Outcome::waiver_invalid;
    return run.add(waive.contract, event_of(waive));
}

Outcome apply(Run& run, const HardshipRequest& request) {
    const Outcome refused = run.check_on(request.contract);
    if (refused != Outcome::accepted) return refused;
    if (!text_fits(request.reason, kReasonMax)) return Outcome::text_out_of_range;
    return run.add(request.contract, event_of(request));
}

Outcome apply(Run& run, const GraceGrant& grace) {
    const Outcome refused = run.check_on(grace.contract);
    if (refused != Outcome::accepted) return refused;
    if (!day_in_range(grace.from) || !day_in_range(grace.to)) return Outcome::date_out_of_range;
    return run.add(grace.contract, event_of(grace));
}

Outcome apply(Run& run, const Reschedule& reschedule) {
    const Outcome refused = run.check_on(reschedule.contract);
    if (refused != Outcome::accepted) return refused;
    // A plan begins on the day of its booking, and below: no row of it is due before the book's
    // newest day. It makes nobody late in the past.
    if (run.transaction.value_date != run.transaction.business_date) {
        return Outcome::backdated_too_far;
    }
    if (reschedule.waived_penalty > 0) {
        const MemberId& owner = owner_of(*run.workspace.contracts().view(reschedule.contract).body);
        if (!run.signatories.two_keys_of(owner)) return Outcome::two_keys_required;
    }
    if (reschedule.schedule.empty() || reschedule.schedule.size() > kPeriodsMax) {
        return Outcome::periods_out_of_range;
    }
    const ContractEvent event = event_of(reschedule);
    if (any_below_zero(event.amounts)) return Outcome::reschedule_differs;
    Run::Change change;
    const Outcome planned = run.plan(reschedule.contract, event, change);
    if (planned != Outcome::accepted) return planned;
    // Of the plan that begins here: a later re-plan would have to begin after it.
    const Position then = run.position_at(change, run.transaction.value_date);
    if (rows_of(then) != reschedule.schedule) return Outcome::reschedule_differs;
    const Day newest = run.workspace.days().view({}).newest().value_or(0);
    if (then.rows.front().due < newest) return Outcome::backdated_too_far;
    return run.commit(std::move(change));
}

Outcome apply(Run& run, const ChargeOff& charge_off) {
    const Outcome refused = run.check_on(charge_off.contract);
    if (refused != Outcome::accepted) return refused;
    if (!text_fits(charge_off.reason, kReasonMax)) return Outcome::text_out_of_range;
    const ContractEvent event = event_of(charge_off);
    if (any_below_zero(event.amounts)) return Outcome::charge_off_differs;
    Run::Change change;
    const Outcome planned = run.plan(charge_off.contract, event, change);
    if (planned != Outcome::accepted) return planned;
    std::optional<LineBody> line = run.workspace.lines().view(change.body.line).body;
    if (line && line->status == LineStatus::active) {
        // Who lost money on a borrower lends no more on the line until he says so. A line whose
        // history is full is frozen all the same, once and for good: who changed it that often may
        // not be who lost, once the contract is sold.
        const Day day = std::max(run.transaction.value_date, line->events.back().value_date);
        line->status = LineStatus::frozen;
        line->events.push_back({LineChange::freeze, run.entry, day, line->limit});
    }
    return run.commit(std::move(change), std::move(line));
}

Outcome apply(Run& run, const Recovery& recovery) {
    const Outcome refused = run.check_on(recovery.contract);
    if (refused != Outcome::accepted) return refused;
    const ContractBody& contract = *run.workspace.contracts().view(recovery.contract).body;
    if (!contract.collector || !run.signatories.contains(*contract.collector)) {
        return Outcome::collector_differs;
    }
    const Wide most = static_cast<Wide>(recovery.amount) * contract.commission_ppm / kWholePpm;
    if (recovery.amount > 0 && recovery.commission > most) {
        return Outcome::commission_above_agreement;
    }
    ContractEvent event = event_of(recovery);
    event.member = *contract.collector;
    return run.add_posted(recovery.contract, std::move(event), recovery.source_ref);
}

Outcome apply(Run& run, const DebtSettle& settlement) {
    const Outcome refused = run.check_on(settlement.contract);
    if (refused != Outcome::accepted) return refused;
    return run.add_posted(settlement.contract, event_of(settlement), settlement.source_ref);
}

}  // namespace tally::ledger
