#pragma once

// Internal: how queries read records.
#include <optional>
#include <string>

#include "ledger/errc.h"
#include "ledger/record_reader.h"
#include "ledger/records.h"

namespace tally::ledger {

/// Reads and decodes; nothing when there is no record.
template <typename Record>
Result<std::optional<Record>> read_record(const RecordReader& reader, const Bytes& key,
                                          Result<Record> (*decode)(ByteView)) {
    const Result<std::optional<Bytes>> value = reader.get(key);
    if (!value) return value.error();
    if (!*value) return std::optional<Record>{};
    Result<Record> record = decode(**value);
    if (!record) return record.error();
    return std::optional<Record>(*std::move(record));
}

inline Error broken_chain(std::string_view what) {
    return fail(errc::corrupt_record, "the chain of " + std::string(what) + " is broken");
}

}  // namespace tally::ledger
