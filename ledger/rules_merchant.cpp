#include "ledger/ownership.h"
#include "ledger/rules_run.h"

// What merchants are paid for purchases. What they pay back is MERCHANT_REFUND
// (rules_purchase.cpp).

namespace tally::ledger {

ContractEvent event_of(const MerchantSettle& settlement) {
    ContractEvent event = begin_event(settlement);
    event.amount = settlement.amount;
    return event;
}

Outcome apply(Run& run, const MerchantSettle& settlement) {
    const Outcome refused = run.check_on(settlement.contract);
    if (refused != Outcome::accepted) return refused;
    const ContractBody& contract = *run.workspace.contracts().view(settlement.contract).body;
    if (!contract.merchant) return Outcome::merchant_missing;
    // What was payable stayed in the originator's book, and that is not the contract's any more.
    if (owner_of(contract) != contract.originator) return Outcome::contract_sold;
    const Outcome source = run.check_source(settlement.contract, settlement.source_ref);
    if (source != Outcome::accepted) return source;
    Run::Change change;
    const Outcome planned = run.plan(settlement.contract, event_of(settlement), change);
    if (planned != Outcome::accepted) return planned;
    // By all that is known: on no earlier date less was payable, for payments and refunds add up.
    if (settlement.amount > change.before.totals.merchant_payable()) {
        return Outcome::above_merchant_payable;
    }
    return run.commit_posted(std::move(change), settlement.source_ref);
}

}  // namespace tally::ledger
