#pragma once

#include "base/result.h"
#include "cli/target.h"
#include "client/client.h"
#include "ledger/genesis.h"

namespace tally::cli {

/// The genesis with the members and keys that came later, as the nodes tell: for names and for
/// finding whose a key is, never for what has to be trusted. A name that is not its id's is refused
/// as bad_answer.
Result<ledger::Genesis> with_later_members(client::Client& client, const ledger::Genesis& genesis);
Result<ledger::Genesis> with_later_members(const Target& target, const ledger::Genesis& genesis);

}  // namespace tally::cli
