#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace tally::ledger {

/// The port through which rules and queries read records. Keys and layouts: ledger/records.h.
/// Implemented by storage/ over its generations and over memory; a view shows whole blocks only.
class RecordReader {
public:
    virtual ~RecordReader() = default;
    /// The record, or nothing; an error is a storage fault and stops the node.
    virtual Result<std::optional<Bytes>> get(ByteView key) const = 0;
};

}  // namespace tally::ledger
