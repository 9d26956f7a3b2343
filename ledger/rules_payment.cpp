#include "ledger/rules_run.h"

// Payments, penalties and marks: what a servicer answers for.

namespace tally::ledger {
ContractEvent event_of(const Repayment& repayment) {
    ContractEvent event = begin_event(repayment);
    event.amount = repayment.amount;
    return event;
}

ContractEvent event_of(const PrepaySettle& settle) {
    ContractEvent event = begin_event(settle);
    event.amount = settle.amount;
    return event;
}

ContractEvent event_of(const PenaltyAssess& penalty) {
    ContractEvent event = begin_event(penalty);
    event.amount = penalty.amount;
    return event;
}

ContractEvent event_of(const OverdueMark& mark) {
    ContractEvent event = begin_event(mark);
    event.from = mark.days_past_due;
    event.bucket = mark.bucket;
    event.asset_class = mark.asset_class;
    return event;
}

Outcome apply(Run& run, const Repayment& repayment) {
    const Outcome refused = run.check_on(repayment.contract);
    if (refused != Outcome::accepted) return refused;
    if (repayment.amount <= 0) return Outcome::amount_not_positive;
    const Outcome source = run.check_source(repayment.contract, repayment.source_ref);
    if (source != Outcome::accepted) return source;
    Run::Change change;
    const Outcome planned = run.plan(repayment.contract, event_of(repayment), change);
    if (planned != Outcome::accepted) return planned;
    if (change.effect().allocation != repayment.allocation) return Outcome::allocation_differs;
    return run.commit_posted(std::move(change), repayment.source_ref);
}

Outcome apply(Run& run, const PrepaySettle& settle) {
    const Outcome refused = run.check_on(settle.contract);
    if (refused != Outcome::accepted) return refused;
    if (settle.amount <= 0) return Outcome::amount_not_positive;
    return run.add_posted(settle.contract, event_of(settle), settle.source_ref);
}

Outcome apply(Run& run, const PenaltyAssess& penalty) {
    const Outcome refused = run.check_on(penalty.contract);
    if (refused != Outcome::accepted) return refused;
    if (run.workspace.contracts().view(penalty.contract).body->penalty_free) {
        return Outcome::undisclosed_cost;
    }
    return run.add(penalty.contract, event_of(penalty));
}

Outcome apply(Run& run, const OverdueMark& mark) {
    const Outcome refused = run.check_on(mark.contract);
    if (refused != Outcome::accepted) return refused;
    constexpr std::uint32_t kPlacesMax = 255;  // of the record; no ruleset has as many
    if (mark.bucket > kPlacesMax || mark.asset_class > kPlacesMax) return Outcome::mark_differs;
    return run.add(mark.contract, event_of(mark));
}

}  // namespace tally::ledger
