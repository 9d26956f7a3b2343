#pragma once

// Internal: included by .cpp files alone.
#include <memory>
#include <mutex>
#include <string>

#include "storage/generation.h"
#include "storage/rocks.h"
#include "storage/state_layers.h"

namespace tally::storage {

/// Families of state/, in the order in which they are opened.
enum StateFamily : std::size_t {
    kStateMeta,
    kStateRecords,
    kStateTiles,
    kStateEntries,
    kStateSeals
};

inline constexpr std::string_view kStateFormat = "tallystick state 5";
inline constexpr std::string_view kStateFormatKey = "format";
inline constexpr std::string_view kStateNetworkKey = "network";
inline constexpr std::string_view kStateAppliedKey = "applied";

/// Remembers beside state/ that a read of it met damage, so that the next start rebuilds it instead
/// of failing at the same place again.
class DamageNote {
public:
    explicit DamageNote(const StateStoreOptions& options);
    void leave(const std::string& reason);
    std::optional<std::string> read() const;
    void remove() const;

private:
    const std::shared_ptr<const HeldFolder> held_;  // or none; the path leads through it
    const std::string path_;
    std::mutex mutex_;  // guards the file
};

/// One moment of state/: a snapshot, and what it stands for.
class RocksStateDisk : public StateDisk {
public:
    RocksStateDisk(std::shared_ptr<Database> database, AppliedPoint applied,
                   std::shared_ptr<DamageNote> damage);
    RocksStateDisk(const RocksStateDisk&) = delete;
    RocksStateDisk& operator=(const RocksStateDisk&) = delete;
    ~RocksStateDisk() override;

    const AppliedPoint& applied() const override { return applied_; }
    Result<std::optional<Bytes>> record(ByteView key) const override;
    Result<std::vector<crypto::Digest>> tile(TileKey key) const override;
    Result<EntryRange> entries_at(std::uint64_t entry) const override;
    Result<std::optional<SealPoint>> seal_above(std::uint64_t entry) const override;
    std::unique_ptr<RecordScan> records_after(ByteView key) const override;

    /// The tiles that grow next, checked against the root of the applied point: corrupt_state if
    /// disk and point do not belong together.
    Result<EdgeTiles> load_edge() const;

private:
    class Scan;

    Result<std::optional<Bytes>> get(StateFamily family, ByteView key,
                                     const std::string& what) const;
    Error damaged(Error error) const;
    rocksdb::ReadOptions read_options() const;

    const std::shared_ptr<Database> database_;
    const AppliedPoint applied_;
    const std::shared_ptr<DamageNote> damage_;
    const rocksdb::Snapshot* const snapshot_;
};

}  // namespace tally::storage
