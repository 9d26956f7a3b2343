#pragma once

#include "node/http/api.h"

// The handlers of the route table. Each is called on the network thread, does not block, and sees
// to it that the exchange is answered; docs/API.md says with what.
namespace tally::node::http {

// submissions.cpp
void post_submission(const ApiPtr& api, const ExchangePtr& exchange);

// proposals.cpp
void post_proposal(const ApiPtr& api, const ExchangePtr& exchange);

// entries.cpp
void get_transaction(const ApiPtr& api, const ExchangePtr& exchange);
void get_entry(const ApiPtr& api, const ExchangePtr& exchange);

// accounts.cpp
void get_line(const ApiPtr& api, const ExchangePtr& exchange);
void get_contract(const ApiPtr& api, const ExchangePtr& exchange);
void get_borrower(const ApiPtr& api, const ExchangePtr& exchange);

// lists.cpp
void get_lines(const ApiPtr& api, const ExchangePtr& exchange);
void get_contracts(const ApiPtr& api, const ExchangePtr& exchange);
void get_borrowers(const ApiPtr& api, const ExchangePtr& exchange);
void get_complaints(const ApiPtr& api, const ExchangePtr& exchange);
void get_recons(const ApiPtr& api, const ExchangePtr& exchange);
void get_opinions(const ApiPtr& api, const ExchangePtr& exchange);
void get_hedges(const ApiPtr& api, const ExchangePtr& exchange);
void get_erasures(const ApiPtr& api, const ExchangePtr& exchange);

void get_alerts(const ApiPtr& api, const ExchangePtr& exchange);
void get_pools(const ApiPtr& api, const ExchangePtr& exchange);

// alerts.cpp
void get_alert(const ApiPtr& api, const ExchangePtr& exchange);

// pools.cpp
void get_pool(const ApiPtr& api, const ExchangePtr& exchange);
void get_pool_contracts(const ApiPtr& api, const ExchangePtr& exchange);

// payments.cpp
void get_payments(const ApiPtr& api, const ExchangePtr& exchange);

// registry.cpp
void get_ruleset(const ApiPtr& api, const ExchangePtr& exchange);
void get_product(const ApiPtr& api, const ExchangePtr& exchange);
void get_model(const ApiPtr& api, const ExchangePtr& exchange);
void get_assessment(const ApiPtr& api, const ExchangePtr& exchange);
void get_cost_table(const ApiPtr& api, const ExchangePtr& exchange);
void get_disclosure(const ApiPtr& api, const ExchangePtr& exchange);
void get_authorisation(const ApiPtr& api, const ExchangePtr& exchange);
void get_complaint(const ApiPtr& api, const ExchangePtr& exchange);
void get_recon(const ApiPtr& api, const ExchangePtr& exchange);
void get_opinion(const ApiPtr& api, const ExchangePtr& exchange);
void get_hedge(const ApiPtr& api, const ExchangePtr& exchange);
void get_erasure(const ApiPtr& api, const ExchangePtr& exchange);

// debits.cpp
void get_mandate(const ApiPtr& api, const ExchangePtr& exchange);
void get_debit(const ApiPtr& api, const ExchangePtr& exchange);

// days.cpp
void get_days(const ApiPtr& api, const ExchangePtr& exchange);
void get_day(const ApiPtr& api, const ExchangePtr& exchange);
void get_trial_balance(const ApiPtr& api, const ExchangePtr& exchange);
void get_record(const ApiPtr& api, const ExchangePtr& exchange);

// history.cpp
void get_line_history(const ApiPtr& api, const ExchangePtr& exchange);
void get_contract_history(const ApiPtr& api, const ExchangePtr& exchange);
void get_borrower_history(const ApiPtr& api, const ExchangePtr& exchange);
void get_pool_history(const ApiPtr& api, const ExchangePtr& exchange);
void get_members(const ApiPtr& api, const ExchangePtr& exchange);
void get_member(const ApiPtr& api, const ExchangePtr& exchange);
void get_governance(const ApiPtr& api, const ExchangePtr& exchange);
void get_member_history(const ApiPtr& api, const ExchangePtr& exchange);

// proofs.cpp
void get_proof(const ApiPtr& api, const ExchangePtr& exchange);

// raw.cpp
void get_genesis(const ApiPtr& api, const ExchangePtr& exchange);
void get_blocks(const ApiPtr& api, const ExchangePtr& exchange);
void get_checkpoint(const ApiPtr& api, const ExchangePtr& exchange);
void get_latest_checkpoint(const ApiPtr& api, const ExchangePtr& exchange);
void get_evidence(const ApiPtr& api, const ExchangePtr& exchange);

// status.cpp
void get_status(const ApiPtr& api, const ExchangePtr& exchange);
void get_metrics(const ApiPtr& api, const ExchangePtr& exchange);
void get_health(const ApiPtr& api, const ExchangePtr& exchange);
void get_ready(const ApiPtr& api, const ExchangePtr& exchange);

}  // namespace tally::node::http
