#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "ledger/types.h"

namespace tally::ledger {

/// First byte of its keys; those of the other records are in ledger/records.h.
inline constexpr std::uint8_t kOpenedDayRecord = 0x2e;

/// A day that was opened and not cancelled. There is none for the days between, which nobody ever
/// opened and which ended with a later one all the same.
struct OpenedDayRecord {
    std::uint64_t entry = 0;  ///< of its DAY_OPEN

    bool operator==(const OpenedDayRecord&) const = default;
};

Bytes opened_day_key(Day day);
Bytes encode_record(const OpenedDayRecord& record);
/// Total; fails with corrupt_record.
Result<OpenedDayRecord> decode_opened_day(ByteView value);

}  // namespace tally::ledger
