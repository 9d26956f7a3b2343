#pragma once

#include <string>

#include "ledger/types.h"

namespace tally::ledger {

/// `2025-01-31T08:30:00.000Z`; a time outside years 1970 to 9999 as its milliseconds.
std::string time_text(Millis time);

}  // namespace tally::ledger
