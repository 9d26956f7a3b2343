#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "ledger/ledger.h"
#include "ledger/record_reader.h"

// Where in the log an accounting day was opened and closed. The state keeps no entry
// that closed a day, so derived data keep an index of both: records beside those of the
// ledger, no part of the state, hashed nowhere (docs/FORMAT.md, Stored).
namespace tally::storage {

/// Entries of the accepted DAY_OPEN and DAY_CLOSE of a day.
struct DayEntries {
    std::uint64_t opened = ledger::kNoEntry;
    std::uint64_t closed = ledger::kNoEntry;  ///< kNoEntry while the day is open

    bool operator==(const DayEntries&) const = default;
};

/// Adds to `changes`, which are those of the ledger, what a block's submissions add to the index.
/// `before` is the state before the block; `results` are those of the block's `submissions`, in
/// order. Fails with the reader's error.
Status index_days(std::uint32_t rules_version,
                  std::span<const ledger::CheckedSubmission> submissions,
                  std::span<const ledger::SubmissionResult> results,
                  const ledger::RecordReader& before, std::vector<ledger::RecordChange>& changes);

/// Nothing for a day that was never opened. corrupt_state if the index does not decode.
Result<std::optional<DayEntries>> day_entries(const ledger::RecordReader& view, ledger::Day day);

}  // namespace tally::storage
