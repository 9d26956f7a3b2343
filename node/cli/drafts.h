#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/transaction.h"
#include "node/cli/target.h"

namespace tally::cli {

/// Transactions as people write them, made whole: a missing `id` is made (UUIDv7), a missing
/// `value_date` is the business date, a CAPTURE with `periods` in place of `schedule` gets its
/// schedule, a REPAYMENT without `allocation` gets that which the contract's state asks for (one
/// GET of the contract). `text` is one object or an array of them. Fails with invalid_argument
/// naming the transaction by position and the field, or with the client's error.
Result<std::vector<ledger::Transaction>> complete_transactions(const std::string& text,
                                                               const ledger::Genesis& genesis,
                                                               client::Client& client);

/// A new id: UUID of version 7 (RFC 9562), from the clock and the system's random source.
ledger::TransactionId new_transaction_id();

}  // namespace tally::cli
