#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "book/local_ledger.h"
#include "cli/target.h"
#include "ledger/transaction.h"

namespace tally::cli {

/// Takes a sentence for people that is no result and no error.
using Remark = std::function<void(const std::string& sentence)>;

/// Transactions as people write them, made whole. A draft may leave out:
///
///   - `id`: a new one is made (UUIDv7);
///   - `business_date`: the newest open day, also one that an earlier draft opens; not of a
///     DAY_OPEN, DAY_CLOSE or DAY_CANCEL, which would do another thing each time they are sent;
///   - `value_date`: the business date;
///   - claims (api/claims.h): a node is asked. What is given is kept as it is.
///
/// A draft whose stated `id` is on record, as a proof shows or two nodes say alike, gets from there
/// what it leaves out: a retry. What one node alone says of it decides nothing that is signed: it
/// is told to `remark`, and what is left out is computed.
///
/// A node knows nothing of the drafts before: where claims rest on one of them, they are computed
/// here, on a copy of what the nodes have; `signers` are those who will sign.
/// `text` is one object or an array of them. Nodes are asked only if something is left out that
/// they know. Fails with invalid_argument naming the transaction by position and the field, with
/// the outcome that stands in the way of a claim, or with the client's error.
Result<std::vector<ledger::Transaction>> complete_transactions(const std::string& text,
                                                               const ledger::Genesis& genesis,
                                                               client::Client& client,
                                                               const book::Signers& signers,
                                                               const Remark& remark);

/// A new id: UUID of version 7 (RFC 9562), from the clock and the system's random source.
ledger::TransactionId new_transaction_id();

}  // namespace tally::cli
