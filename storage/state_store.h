#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "consensus/types.h"
#include "crypto/merkle.h"
#include "ledger/ledger.h"
#include "ledger/record_reader.h"
#include "storage/held_folder.h"

namespace rocksdb {
class Env;
}

namespace tally::storage {

/// A seal that was applied: after it the log has `size` leaves with this root.
struct SealPoint {
    std::uint64_t size = 0;
    crypto::Digest root;
    consensus::Index block;
    consensus::Millis time{0};
};

/// What derived data stands for, as of one block.
struct AppliedPoint {
    consensus::Index index;
    crypto::Digest block_hash;  ///< the network id at index 0
    ledger::LedgerHead head;
    crypto::TreeFrontier frontier;
    std::optional<SealPoint> last_seal;
};

/// Where an entry's bytes can be rebuilt from.
struct EntryPlace {
    consensus::Index block;
    std::uint32_t position = 0;  ///< from the block's first entry
    Bytes recipe;
};

/// A record as a scan meets it.
struct ScannedRecord {
    Bytes key;
    Bytes value;
};

/// Walks records in key order. One thread; lives no longer than its view.
class RecordScan {
public:
    virtual ~RecordScan() = default;
    /// The next record, or nothing at the end; an error is a storage fault.
    virtual Result<std::optional<ScannedRecord>> next() = 0;
};

/// A pinned, immutable view as of one whole block. Thread-safe; hold it briefly: it keeps memory
/// and a RocksDB snapshot alive.
class StateView : public ledger::RecordReader, public crypto::TileSource {
public:
    virtual const AppliedPoint& applied() const = 0;
    /// not_found for an entry that this view does not have.
    virtual Result<EntryPlace> locate_entry(std::uint64_t entry) const = 0;
    /// The seal with the smallest size > `entry`, if applied by now.
    virtual Result<std::optional<SealPoint>> seal_covering(std::uint64_t entry) const = 0;
    /// The records of a kind with ids after this one, or all of them, ascending by id. The kind,
    /// the first byte of their keys, is a class of accounts, or one of complaints, reconciliations,
    /// opinions, hedges, erasures and alerts (ledger/records.h).
    virtual std::unique_ptr<RecordScan> listed(
        std::uint8_t kind, const std::optional<std::array<std::uint8_t, 16>>& after) const = 0;
};

/// All that one applied block changes in derived data.
struct AppliedBlock {
    AppliedPoint point;
    std::vector<ledger::RecordChange> changes;
    std::vector<crypto::TreeFrontier::TileHash> tile_hashes;
    std::uint64_t first_entry = 0;
    std::uint32_t entry_count = 0;
    Bytes recipe;  ///< empty when the block has no entries
    std::optional<SealPoint> seal;
};

/// Derived data as a write-back cache: blocks are published in memory at once, and a generation of
/// them reaches the disk in key order as one write with its applied point.
class StateStore {
public:
    virtual ~StateStore() = default;
    virtual std::shared_ptr<const StateView> view() const = 0;
    /// One thread only; blocks in order. Starts a flush in the background when a generation is
    /// full, and waits for the one before it (bounded memory).
    virtual Status publish(AppliedBlock block) = 0;
    /// Makes everything published durable. For shutdown and tests.
    virtual Status flush() = 0;
    /// Forgets everything: the state is replayed from the blocks.
    virtual Status reset(const ledger::Genesis& genesis) = 0;
};

struct StateStoreOptions {
    std::string folder;                      ///< data folder; `state/` is made inside
    std::shared_ptr<const HeldFolder> held;  ///< that folder, where `env` reaches it so; or none
    std::size_t generation_bytes_max = 16 << 20;
    std::size_t block_cache_bytes = 32 << 20;
    rocksdb::Env* env = nullptr;  ///< not owned
};

/// Opens or creates; a state/ that cannot be opened or decoded is discarded and starts from
/// genesis (it is derived), which `rebuilt` reports with its reason.
Result<std::unique_ptr<StateStore>> open_state_store(const StateStoreOptions& options,
                                                     const ledger::Genesis& genesis,
                                                     std::string& rebuilt);
std::unique_ptr<StateStore> make_memory_state_store(const ledger::Genesis& genesis);

}  // namespace tally::storage
