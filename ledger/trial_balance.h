#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ledger/record_reader.h"
#include "ledger/records.h"

namespace tally::ledger {

/// Both together; nothing if a balance does not fit in 64 bits.
std::optional<TotalsRecord> sum_of(const TotalsRecord& left, const TotalsRecord& right);
/// The balances that are not zero, ascending by currency and account.
std::vector<BookBalance> trial_balance_of(std::span<const std::pair<BookId, TotalsRecord>> totals);

/// The book's days. Fails with corrupt_record or the reader's error.
Result<DaysRecord> read_days(const RecordReader& reader);
/// What DAY_CLOSE of a day must state: the balances of all closed days, of the open ones before it,
/// which are closed first, and of that one. Fails as read_days, or with out_of_range
/// when a balance does not fit in 64 bits.
Result<std::vector<BookBalance>> trial_balance(const RecordReader& reader, Day day);

}  // namespace tally::ledger
