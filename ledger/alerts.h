#pragma once

// Internal: the alerts that every node raises by itself, as part of applying a block
// (docs/CREDIT.md, "Early warnings"). Nothing here refuses anything: it comes behind the last check
// of a transaction.
#include "ledger/rules_run.h"

namespace tally::ledger {

/// Puts a new alert on record and on the chain of what it is on; entry, business date and its place
/// on the chain are filled in.
void add_alert(Run& run, const AlertId& id, const Workspace::AlertSubject& on, AlertRecord record);
/// Use and reservations are at or above the share of the limit that the ruleset of the line's
/// newest contract names; never without a contract.
bool limit_use_reached(const Run& run, const LineBody& line);
/// Raises the alert if it is reached now. Requires that it was not before this transaction.
void warn_of_limit_use(Run& run, const LineId& id);
/// Raises the alert if so many failed debits in a row are reached by this transaction.
void warn_of_missed_debits(Run& run, const ContractId& id, std::uint32_t before,
                           std::uint32_t after);
/// Raises an alert on a pool, as of the book's newest day.
void warn_of_pool(Run& run, const PoolId& id, AlertRule rule, std::int64_t measured,
                  std::int64_t threshold);
/// Queues a contract, just captured, for the day on which its first row must have been met.
void await_first_payment(Run& run, const ContractId& id, Day due);
/// Judges contracts that wait for a day up to this one, each as of its own day, as many as the
/// bounds of ledger/registry.h allow.
void judge_first_payments(Run& run, Day through);

}  // namespace tally::ledger
