#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "ledger/transaction.h"

namespace tally::testing {

// The numbers of a transaction, those of its list elements included, by their place in the one
// description of its fields. What is added to a type is found here without being named.

/// How many values set_number knows.
inline constexpr std::size_t kEdgeValues = 18;

std::size_t count_numbers(const ledger::Transaction& transaction);
/// Sets the number at a place to a value that begins or ends a range somewhere.
void set_number(ledger::Transaction& transaction, std::size_t place, std::size_t value);

/// Whether a record of the state can be read back.
bool record_decodes(ByteView key, ByteView value);

}  // namespace tally::testing
