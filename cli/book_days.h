#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "client/client.h"
#include "ledger/types.h"

namespace tally::cli {

/// The accounting days of a network's book.
struct BookDays {
    std::optional<ledger::Day> last_closed;
    std::vector<ledger::Day> open;  ///< ascending
};

/// Asks the network: two nodes that say the same, or the only one that can be asked. Fails with the
/// client's error, or bad_answer, which names what each node says where no two agree.
Result<BookDays> read_days(client::Client& client);

}  // namespace tally::cli
