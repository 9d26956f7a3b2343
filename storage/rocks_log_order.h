#pragma once

// Internal: included by .cpp files alone.
#include <rocksdb/wal_filter.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace tally::storage {

/// Looks at the records of RocksDB's logs before it takes them. Their numbers only grow, from one
/// log to the next, but where a log of another copy of the folder was put among its own: RocksDB
/// ends the process over two records of one number (assertion `seq_per_batch_`), also in a folder
/// that is only read. Lives as long as the database.
class LogOrder : public rocksdb::WalFilter {
public:
    enum class Repeats : std::uint8_t {
        refused,   ///< the database does not open, and `fault` says why
        left_out,  ///< the first one of a number counts, and no record of a log in `strays`
        counted,   ///< no record is taken; `strays` tells afterwards what they were
    };
    explicit LogOrder(Repeats repeats, std::set<std::uint64_t> strays = {})
        : repeats_(repeats), without_(std::move(strays)) {}

    /// Empty: they are in order.
    const std::string& fault() const { return fault_; }
    /// The logs, by their numbers, all of whose records are in one other log too. Of two that have
    /// the same the later one stays: of an earlier one RocksDB leaves out what it takes for
    /// written.
    std::set<std::uint64_t> strays() const;

    WalProcessingOption LogRecordFound(unsigned long long log_number, const std::string& log_name,
                                       const rocksdb::WriteBatch& batch,
                                       rocksdb::WriteBatch* new_batch,
                                       bool* batch_changed) override;
    const char* Name() const override { return "LogOrder"; }

private:
    struct Range {
        std::uint64_t first = 0;
        std::uint64_t end = 0;  ///< behind the last one
    };

    const Repeats repeats_;
    const std::set<std::uint64_t> without_;
    std::map<std::uint64_t, Range> ranges_;  ///< of all logs, by their numbers
    std::uint64_t next_ = 0;  ///< the lowest number that the next record may begin with
    std::string fault_;
};

}  // namespace tally::storage
