#pragma once

namespace tally::ledger {

/// 128 bits for products and sums of amounts, which then are brought back to 64 with a check.
__extension__ using Wide = __int128;

}  // namespace tally::ledger
