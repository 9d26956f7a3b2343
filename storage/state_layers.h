#pragma once

// Internal.
#include <memory>
#include <mutex>
#include <set>

#include "storage/generation.h"
#include "storage/state_codec.h"
#include "storage/state_store.h"

namespace tally::storage {

/// The lowest layer: derived data on disk as of one moment. Everything in it is older than the
/// generations above it. A store in memory alone has none.
class StateDisk {
public:
    virtual ~StateDisk() = default;
    virtual const AppliedPoint& applied() const = 0;
    virtual Result<std::optional<Bytes>> record(ByteView key) const = 0;
    virtual Result<std::vector<crypto::Digest>> tile(TileKey key) const = 0;
    virtual Result<EntryRange> entries_at(std::uint64_t entry) const = 0;
    virtual Result<std::optional<SealPoint>> seal_above(std::uint64_t entry) const = 0;
    /// Records with keys after `key` whose first byte is that of `key`, in key order.
    virtual std::unique_ptr<RecordScan> records_after(ByteView key) const = 0;
};

/// Which blocks the live views stand for: versions older than all of them need not be kept.
class ViewRegistry {
public:
    void add(std::uint64_t block);
    void remove(std::uint64_t block);
    /// The oldest block of a live view, at most `applied`.
    std::uint64_t oldest(std::uint64_t applied) const;

private:
    mutable std::mutex mutex_;
    std::multiset<std::uint64_t> blocks_;  // guarded by mutex_
};

/// What a view pins together, and where its own block lies.
struct StateLayers {
    std::shared_ptr<const AppliedPoint> applied;
    std::shared_ptr<Generation> active;
    std::shared_ptr<const Generation> flushing;  ///< null: none
    std::shared_ptr<const StateDisk> disk;       ///< null: none
};

/// A view over pinned layers, registered for as long as it lives. The caller holds the lock under
/// which blocks become visible.
std::shared_ptr<const StateView> make_layered_view(StateLayers layers,
                                                   std::shared_ptr<ViewRegistry> registry);

/// Records with keys after `key` whose first byte is that of `key`, in key order, as of the layers'
/// own block. `key` is an account's, or begins one.
std::unique_ptr<RecordScan> make_layered_scan(const StateLayers& layers, Bytes key);

/// The block that stands for genesis: index 0, all initial records.
AppliedBlock genesis_block(const ledger::Genesis& genesis);
/// diverged unless `block` follows `applied` in index, entries and seal.
Status check_follows(const AppliedBlock& block, const AppliedPoint& applied);

}  // namespace tally::storage
