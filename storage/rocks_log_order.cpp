#include "storage/rocks_log_order.h"

#include <rocksdb/write_batch.h>

#include <algorithm>
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

std::set<std::uint64_t> LogOrder::strays() const {
    std::set<std::uint64_t> found;
    for (const auto& one : ranges_) {
        const bool elsewhere = std::ranges::any_of(ranges_, [&one](const auto& other) {
            const auto& mine = one.second;
            const auto& its = other.second;
            if (other.first == one.first || its.first > mine.first || its.end < mine.end) {
                return false;
            }
            const bool same = its.first == mine.first && its.end == mine.end;
            return !same || other.first > one.first;
        });
        if (elsewhere) found.insert(one.first);
    }
    return found;
}

rocksdb::WalFilter::WalProcessingOption LogOrder::LogRecordFound(unsigned long long log_number,
                                                                 const std::string& log_name,
                                                                 const rocksdb::WriteBatch& batch,
                                                                 rocksdb::WriteBatch*, bool*) {
    if (batch.Data().size() < sizeof next_) return WalProcessingOption::kContinueProcessing;
    const std::uint64_t first = first_number(batch.Data());
    const std::uint64_t end = first + static_cast<std::uint64_t>(batch.Count());
    if (repeats_ == Repeats::counted) {
        const auto [range, fresh] = ranges_.try_emplace(log_number, Range{first, end});
        if (!fresh) range->second.end = std::max(range->second.end, end);
        return WalProcessingOption::kIgnoreCurrentRecord;
    }
    if (without_.contains(log_number)) return WalProcessingOption::kIgnoreCurrentRecord;
    if (first >= next_) {
        next_ = end;
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
