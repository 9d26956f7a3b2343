#include <algorithm>

#include "ledger/ownership.h"
#include "ledger/rules_run.h"

// Who works on a contract: its servicer, its collector. And money that goes the other way: what is
// owed to a borrower, what a bank takes back.

namespace tally::ledger {
namespace {

/// The borrower asked for relief or was given some, and it was not taken back.
bool had_forbearance(const ContractBody& contract) {
    return std::ranges::any_of(contract.events, [](const ContractEvent& event) {
        const bool relief = event.kind == EventKind::hardship || event.kind == EventKind::grace ||
                            event.kind == EventKind::reschedule;
        return relief && event.reversed_by == kNoEntry;
    });
}

}  // namespace

ContractEvent event_of(const ServicerChange& change) {
    ContractEvent event = begin_event(change);
    event.member = change.servicer;
    return event;
}

ContractEvent event_of(const OverpayRefund& refund) {
    ContractEvent event = begin_event(refund);
    event.amount = refund.amount;
    return event;
}

ContractEvent event_of(const CollectionAssign& assignment) {
    ContractEvent event = begin_event(assignment);
    event.member = assignment.collector;
    event.rate_ppm = assignment.commission_ppm;
    return event;
}

Outcome apply(Run& run, const ServicerChange& change) {
    Outcome refused = run.check_on(change.contract);
    if (refused == Outcome::accepted) refused = run.check_servicer(change.contract);
    if (refused != Outcome::accepted) return refused;
    if (!has_role(run.workspace, change.servicer, Role::servicer)) {
        return Outcome::servicer_unknown;
    }
    if (!run.signatories.contains(change.servicer)) return Outcome::signer_missing;
    Run::Change changed;
    const Outcome planned = run.plan(change.contract, event_of(change), changed);
    if (planned != Outcome::accepted) return planned;
    changed.body.servicer = change.servicer;
    return run.commit(std::move(changed));
}

Outcome apply(Run& run, const OverpayRefund& refund) {
    const Outcome refused = run.check_on(refund.contract);
    if (refused != Outcome::accepted) return refused;
    return run.add_posted(refund.contract, event_of(refund), refund.source_ref);
}

Outcome apply(Run& run, const CollectionAssign& assignment) {
    const Outcome refused = run.check_on(assignment.contract);
    if (refused != Outcome::accepted) return refused;
    if (!has_role(run.workspace, assignment.collector, Role::collector)) {
        return Outcome::collector_unknown;
    }
    if (!run.signatories.contains(assignment.collector)) return Outcome::signer_missing;
    if (assignment.commission_ppm < 0 || assignment.commission_ppm > kWholePpm) {
        return Outcome::commission_invalid;
    }
    const ContractBody& contract = *run.workspace.contracts().view(assignment.contract).body;
    if (is_erased(run, owner_of(contract), contract.borrower)) return Outcome::borrower_erased;
    const std::optional<ContractRules> rules = run.rules_of(contract);
    if (!rules) return Outcome::contract_unknown;  // the block fails
    if (rules->ruleset.forbearance_first && !had_forbearance(contract)) {
        return Outcome::forbearance_missing;
    }
    Run::Change changed;
    const Outcome planned = run.plan(assignment.contract, event_of(assignment), changed);
    if (planned != Outcome::accepted) return planned;
    changed.body.collector = assignment.collector;
    changed.body.commission_ppm = assignment.commission_ppm;
    return run.commit(std::move(changed));
}

Outcome apply(Run& run, const CollectionRecall& recall) {
    const Outcome refused = run.check_on(recall.contract);
    if (refused != Outcome::accepted) return refused;
    const ContractBody& contract = *run.workspace.contracts().view(recall.contract).body;
    if (!contract.collector || !run.signatories.contains(*contract.collector)) {
        return Outcome::collector_differs;
    }
    Run::Change changed;
    const Outcome planned = run.plan(recall.contract, begin_event(recall), changed);
    if (planned != Outcome::accepted) return planned;
    changed.body.collector.reset();
    changed.body.commission_ppm = 0;
    return run.commit(std::move(changed));
}

Outcome apply(Run& run, const Chargeback& chargeback) {
    const Outcome refused = run.check_on(chargeback.contract);
    if (refused != Outcome::accepted) return refused;
    const Workspace::IdKey key{chargeback.submitter, chargeback.target};
    if (!run.workspace.ids().exists(key)) return Outcome::target_unknown;
    const IdRecord& id = run.workspace.ids().view(key);
    if (id.outcome != Outcome::accepted) return Outcome::target_unknown;
    // It counts from its own date, whenever the payment was.
    if (run.transaction.value_date != run.transaction.business_date) {
        return Outcome::backdated_too_far;
    }
    ContractEvent event = begin_event(chargeback);
    event.amount = chargeback.amount;
    event.target = id.entry;
    const ContractBody& contract = *run.workspace.contracts().view(chargeback.contract).body;
    const auto payment = std::ranges::find(contract.events, id.entry, &ContractEvent::entry);
    if (payment != contract.events.end() && payment->kind == EventKind::debit) {
        // What a mandate's provider brought nobody else knows to be gone.
        event.member = provider_of(run, payment->debit);
        const Outcome signed_by =
            run.check_named({Role::payment_provider, event.member}, Outcome::provider_differs);
        if (signed_by != Outcome::accepted) return signed_by;
    } else {
        event.member = run.provider_beside(contract.servicer);
    }
    return run.add_posted(chargeback.contract, event, chargeback.source_ref);
}

}  // namespace tally::ledger
