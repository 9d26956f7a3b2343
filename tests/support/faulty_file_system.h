#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <memory>

namespace tally::testing {

/// What a failing operation reports.
enum class DiskFault { io_error, no_space };

/// A disk under RocksDB that forgets. Data goes to real files, but counts as durable only once its
/// file was synced, and a new or renamed file only once its folder was. `lose_power` takes
/// everything else away, in whole or in part, as the seed decides. Nothing is really synced, so
/// tests on it are fast. Killing a process tests none of this: the page cache outlives it.
///
/// Operations are counted from 1: appends, writes inside a file, syncs of files and folders,
/// creations, renames, truncations and deletions. What is not modelled: creations and renames
/// survive in the order in which they were made, as in the journal of ext4 or XFS, on which RocksDB
/// relies when it creates a database; a deletion is durable at once.
class FaultyDisk {
public:
    explicit FaultyDisk(std::uint64_t seed);
    FaultyDisk(const FaultyDisk&) = delete;
    FaultyDisk& operator=(const FaultyDisk&) = delete;
    ~FaultyDisk();

    /// Lives as long as the disk.
    rocksdb::Env* env();

    std::uint64_t operations() const;
    /// The power goes during the n-th operation from now: of an append a part may arrive, and
    /// every operation after it fails.
    void cut_power_at(std::uint64_t operation);
    /// The n-th operation from now fails; `lasting`: so do all later ones, until `heal`.
    void fail_at(std::uint64_t operation, DiskFault fault, bool lasting);
    /// No more faults are planned; what was not synced is still not durable.
    void heal();
    /// True once the planned fault has happened.
    bool tripped() const;

    /// Takes away what was not durable, then works again. Requires that nothing is open on it.
    void lose_power();

private:
    class FileSystem;
    class ImpatientEnv;
    std::shared_ptr<FileSystem> file_system_;
    std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace tally::testing
