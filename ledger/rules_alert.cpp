#include "ledger/alerts.h"

#include "ledger/ownership.h"

// Alerts by hand, and what is decided on alerts of both kinds. Those that nodes raise by
// themselves: ledger/alerts.cpp.

namespace tally::ledger {
namespace {

/// Who owns what the alert is on signed, and nobody beside it: it is its money that is warned of.
/// For a contract, within the dates of its ruleset.
Outcome check_owner(Run& run, const AlertRecord& alert) {
    if (alert.pool) {
        return run.signatories.contains(alert.owner) ? Outcome::accepted : Outcome::owner_differs;
    }
    if (!alert.contract) return run.check_line(alert.line);
    const Outcome refused = run.check_contract(*alert.contract, false);
    if (refused != Outcome::accepted) return refused;
    const ContractBody& contract = *run.workspace.contracts().view(*alert.contract).body;
    const MemberId& owner = owner_of(contract);
    if (run.signatories.contains(owner)) return Outcome::accepted;
    return owner == contract.originator ? Outcome::owner_differs : Outcome::owner_missing;
}

}  // namespace

Outcome apply(Run& run, const Alert& alert) {
    const Outcome refused = run.check_on(alert.contract);
    if (refused != Outcome::accepted) return refused;
    if (is_node_alert(alert.alert)) return Outcome::alert_reserved;
    if (run.workspace.alerts().exists(alert.alert)) return Outcome::alert_exists;
    if (!text_fits(alert.reason, kReasonMax)) return Outcome::text_out_of_range;
    const ContractBody& contract = *run.workspace.contracts().view(alert.contract).body;
    AlertRecord record;
    record.rule = alert.rule;
    record.by_hand = true;
    record.line = contract.line;
    record.contract = alert.contract;
    record.owner = owner_of(contract);
    record.as_of = run.transaction.value_date;
    record.reason = alert.reason;
    record.evidence = alert.evidence;
    add_alert(run, alert.alert, {AccountClass::contract, alert.contract.bytes}, std::move(record));
    return Outcome::accepted;
}

Outcome apply(Run& run, const AlertDisposition& disposition) {
    const Outcome common = run.check();
    if (common != Outcome::accepted) return common;
    if (!run.workspace.alerts().exists(disposition.alert)) return Outcome::alert_unknown;
    const AlertRecord& alert = run.workspace.alerts().view(disposition.alert);
    const Outcome refused = check_owner(run, alert);
    if (refused != Outcome::accepted) return refused;
    const bool again = !alert.answers.empty() && disposition.disposition == Disposition::escalated;
    if (alert.disposed() || again) return Outcome::alert_disposed;
    // Nobody has decided on it before it was raised, nor finally before it was escalated.
    const Day since = alert.answers.empty() ? alert.business_date : alert.answers.back().value_date;
    if (run.transaction.value_date < since) return Outcome::date_outside_validity;
    if (!text_fits(disposition.reason, kReasonMax)) return Outcome::text_out_of_range;
    run.workspace.alerts()
        .edit(disposition.alert)
        .answers.push_back(
            {disposition.disposition, run.entry, run.transaction.value_date, disposition.reason});
    return Outcome::accepted;
}

}  // namespace tally::ledger
