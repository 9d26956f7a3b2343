#pragma once

#include <optional>
#include <string>

#include "ledger/transaction.h"

namespace tally::ledger {

/// A character in a text of a transaction that nobody sees, or that changes how the rest is shown
/// (base/shown_text.h: controls, bidirectional controls, zero width, separators).
struct HiddenText {
    std::string field;  ///< `reason`, as in JSON
    char32_t character = 0;
};

/// The first one; nothing in a transaction that people see as it is.
std::optional<HiddenText> hidden_text_in(const Transaction& transaction);

}  // namespace tally::ledger
