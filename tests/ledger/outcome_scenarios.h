#pragma once

#include <functional>
#include <map>

#include "ledger/outcome.h"
#include "tests/ledger/stage.h"

namespace tally::testing {

/// Brings a fresh stage to one outcome, through a submission.
using Scenario = std::function<ledger::Outcome(Stage&)>;
using Scenarios = std::map<ledger::Outcome, Scenario>;

// One for every outcome, by what they are about; no outcome twice.
Scenarios submission_scenarios();
Scenarios day_scenarios();
Scenarios registry_scenarios();
Scenarios line_scenarios();
Scenarios authorisation_scenarios();
Scenarios capture_scenarios();
Scenarios payment_scenarios();
Scenarios hardship_scenarios();
Scenarios servicing_scenarios();
Scenarios collection_scenarios();
Scenarios debit_scenarios();
Scenarios receivable_scenarios();
Scenarios governance_scenarios();
Scenarios conduct_scenarios();
Scenarios oversight_scenarios();
Scenarios merchant_scenarios();
Scenarios cost_scenarios();
Scenarios purchase_cost_scenarios();
Scenarios alert_scenarios();
Scenarios pool_scenarios();
Scenarios pool_sale_scenarios();

/// The body as drafted but for a change, by its usual signers.
template <typename Body, typename Change>
ledger::Outcome changed(Stage& stage, Body body, Change change, ledger::Day day = Drafts::kToday) {
    ledger::Transaction transaction = stage.draft(std::move(body), day);
    change(std::get<Body>(transaction.body));
    return stage.send(transaction);
}

}  // namespace tally::testing
