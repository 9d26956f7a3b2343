#pragma once

// Internal: included by .cpp files alone.
#include <rocksdb/wal_filter.h>

#include <cstdint>
#include <string>

namespace tally::storage {

/// Looks at the records of RocksDB's logs before it takes them. Their numbers only grow, from one
/// log to the next, but where a log of another copy of the folder was put among its own: RocksDB
/// ends the process over two records of one number (assertion `seq_per_batch_`), also in a folder
/// that is only read. Lives as long as the database.
class LogOrder : public rocksdb::WalFilter {
public:
    enum class Repeats : std::uint8_t {
        refused,   ///< the database does not open, and `fault` says why
        left_out,  ///< the first one of a number counts
    };
    explicit LogOrder(Repeats repeats) : repeats_(repeats) {}

    /// Empty: they are in order.
    const std::string& fault() const { return fault_; }

    WalProcessingOption LogRecordFound(unsigned long long log_number, const std::string& log_name,
                                       const rocksdb::WriteBatch& batch,
                                       rocksdb::WriteBatch* new_batch,
                                       bool* batch_changed) override;
    const char* Name() const override { return "LogOrder"; }

private:
    const Repeats repeats_;
    std::uint64_t next_ = 0;  ///< the lowest number that the next record may begin with
    std::string fault_;
};

}  // namespace tally::storage
