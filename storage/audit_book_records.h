#pragma once

// Internal: what the audit's book reads of the records, and how it names things.
#include <string>

#include "base/hex.h"
#include "base/result.h"
#include "ledger/position.h"
#include "ledger/record_reader.h"
#include "ledger/records.h"
#include "ledger/wide.h"

namespace tally::storage {

template <typename Id>
std::string name_of(const char* what, const Id& id) {
    return std::string(what) + " " + to_hex(id.bytes);
}

inline std::string entry_name(std::uint64_t index) { return "entry " + std::to_string(index); }

/// A contract with its position at a point.
struct StoredContract {
    ledger::ContractBody body;
    ledger::Position position;
    ledger::Wide penalty_cap = 0;  ///< of the ruleset, on the principal
};

/// Read apart from the queries, which fill in the book's day and leave out what is not known yet.
Result<StoredContract> stored_contract(const ledger::RecordReader& records,
                                       const ledger::ContractId& id,
                                       const ledger::PointInTime& point = {});
Result<ledger::LineBody> stored_line(const ledger::RecordReader& records, const ledger::LineId& id);

}  // namespace tally::storage
