#pragma once

#include "base/result.h"
#include "ledger/outcome.h"
#include "ledger/record_reader.h"
#include "ledger/transaction.h"

namespace tally::ledger {

/// Sets what a transaction claims to what the rules would compute on this state: the schedule, rate
/// and APR of a CAPTURE, the allocation of a REPAYMENT, the amount of a PREPAY_SETTLE or
/// PENALTY_ASSESS, an OVERDUE_MARK, what a RESCHEDULE carries and its schedule, the amounts of a
/// CHARGE_OFF, the balances of a DAY_CLOSE, what a POOL_SEAL says of its pool and since when a
/// POOL_TRIGGER finds it below its least balance. The number of rows of a schedule is taken from
/// the length that it has. Other types claim nothing and stay as they are.
///
/// Gives accepted, or the outcome that stands in the way; the transaction is then unchanged. That
/// is the one which the rules give it, whoever signs and on its own day. Being accepted here
/// promises nothing: only claims are computed, other rules are not asked. Fails with
/// corrupt_record, out_of_range or the reader's error.
Result<Outcome> propose(Transaction& transaction, const RecordReader& reader);

}  // namespace tally::ledger
