#include "storage/rocks_log_order.h"

#include <rocksdb/write_batch.h>

#include <filesystem>

namespace tally::storage {
namespace {

/// A record begins with the number of its first change, least significant byte first.
std::uint64_t first_number(const std::string& record) {
    std::uint64_t number = 0;
    for (std::size_t i = 8; i-- > 0;) number = number << 8 | static_cast<std::uint8_t>(record[i]);
    return number;
}

}  // namespace

rocksdb::WalFilter::WalProcessingOption LogOrder::LogRecordFound(unsigned long long,
                                                                 const std::string& log_name,
                                                                 const rocksdb::WriteBatch& batch,
                                                                 rocksdb::WriteBatch*, bool*) {
    if (batch.Data().size() < sizeof next_) return WalProcessingOption::kContinueProcessing;
    const std::uint64_t first = first_number(batch.Data());
    if (first >= next_) {
        next_ = first + static_cast<std::uint64_t>(batch.Count());
        return WalProcessingOption::kContinueProcessing;
    }
    if (repeats_ == Repeats::left_out) return WalProcessingOption::kIgnoreCurrentRecord;
    if (fault_.empty()) {
        fault_ = std::filesystem::path(log_name).filename().string() +
                 " has what another log here has too: one of them is from another copy of this "
                 "folder";
    }
    return WalProcessingOption::kCorruptedRecord;
}

}  // namespace tally::storage
