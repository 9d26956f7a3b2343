#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/result.h"
#include "cli/submission_file.h"
#include "client/client.h"

namespace tally::cli {

/// What a node says is certified is its word. Fetches the proof of every transaction of the receipt
/// and verifies it against the genesis: that the transaction is the one that was sent, under the
/// entry, block and outcome that the receipt says. The least size of the checkpoints that prove it.
/// Fails with contradicted where a proof holds and shows another outcome or block than the receipt,
/// else with the error of the last node whose proof did not hold, or the client's.
Result<std::uint64_t> proven_size(client::Client& client, const ledger::Genesis& genesis,
                                  const client::Receipt& receipt,
                                  const PreparedSubmission& prepared);

/// Of the transactions that the receipt says were refused, the ids of those of which neither a
/// proof nor a second node says so: nobody should try them anew under other ids for one node's
/// word. Ends at the first: those after it are not asked for. Fails with contradicted where they
/// show another outcome.
Result<std::set<std::string>> unshown_refusals(client::Client& client,
                                               const ledger::Genesis& genesis,
                                               const client::Receipt& receipt,
                                               const PreparedSubmission& prepared);

}  // namespace tally::cli
