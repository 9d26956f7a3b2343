#pragma once

// Internal: the only header of this folder that names RocksDB. Included by .cpp files alone.
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/wal_filter.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/abort_words.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/result.h"
#include "storage/errc.h"

namespace tally::storage {

inline rocksdb::Slice slice_of(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline ByteView bytes_of(const rocksdb::Slice& slice) {
    return {reinterpret_cast<const std::uint8_t*>(slice.data()), slice.size()};
}

/// A big-endian key: RocksDB's byte order is then the order of the numbers.
using NumberKey = std::array<std::uint8_t, 8>;
NumberKey key_of(std::uint64_t number);
/// Requires 8 bytes.
std::uint64_t number_of(ByteView key);

/// The one place where a RocksDB status becomes our error. `corruption` is what damaged bytes mean
/// to the caller.
Error rocks_error(const rocksdb::Status& status, errc corruption, const std::string& where);

/// An open database with its families, in the order in which they were asked for. Closed when the
/// last owner lets go. Where the library ends the process over it, AbortWords say what to do.
class Database {
public:
    enum class Mode { create, existing, read_only };

    /// `corruption` too where its logs do not follow from each other (rocks_log_order.h); without
    /// `paranoid_checks` what repeats in them is left out instead.
    static Result<std::shared_ptr<Database>> open(
        const std::string& path, const rocksdb::DBOptions& options,
        const std::vector<rocksdb::ColumnFamilyDescriptor>& families, Mode mode, errc corruption);

    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    rocksdb::DB& db() const { return *db_; }
    rocksdb::Status write(const rocksdb::WriteOptions& options, rocksdb::WriteBatch& batch) const;
    /// Requires a position in the families that were asked for.
    rocksdb::ColumnFamilyHandle* family(std::size_t position) const {
        TALLY_CHECK(position < handles_.size());
        return handles_[position];
    }
    /// False for one that the folder of an earlier build lacks, which was opened for reading alone.
    bool has_family(std::size_t position) const { return position < handles_.size(); }
    const std::vector<rocksdb::ColumnFamilyHandle*>& families() const { return handles_; }

private:
    Database() = default;

    std::shared_ptr<rocksdb::WalFilter> order_;
    std::unique_ptr<AbortWords> last_words_;
    std::unique_ptr<rocksdb::DB> db_;
    std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

/// Options that both databases share: bounded files and memory, no self-healing after a failed
/// write, everything that checks on.
rocksdb::DBOptions base_options(rocksdb::Env* env);

}  // namespace tally::storage
