#pragma once

// Internal: included by .cpp files alone.
#include <string>

#include "storage/high_water_mark.h"
#include "storage/rocks.h"

namespace tally::storage {

/// Ends a new file, `path` with kNewMarkEnd behind it, with this content and gives it the name
/// `path`, durably.
rocksdb::Status place_mark(rocksdb::Env& env, rocksdb::WritableFile& fresh, const Bytes& content,
                           const std::string& path);

/// Before a mark that begins at less takes the place of this one in `path`: durably, beside it
/// (kLostMarkFile), unless what is kept there is farther.
Status keep_lost_mark(const std::string& path, rocksdb::Env& env, const HighWaterMark& mark);

}  // namespace tally::storage
