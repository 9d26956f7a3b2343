// Derived data as a write-back cache. A published block changes the active generation in memory.
// A full generation is sealed and written by a background thread: one write batch in key order over
// all families, with the applied point that it stands for, outside any WAL, then one atomic flush
// of all families. Until that is durable the next generation only grows in memory, so the disk
// always holds the state as of one block, and a crash costs a replay, never a mixture.
//
// Threads: one publishes (publish, flush, reset), one of our own writes generations, any may take a
// view. mutex_ guards which layers there are, never what is in them: the publisher fills the active
// generation, and the writer is on the disk, without it. A view pins its layers with shared
// pointers and stays as it is, whatever happens to the store.
//
// Invariants: active_, applied_ and disk_ are always there; at most one generation is being
// flushed; disk, flushing and active are consecutive, so that a view that looks through them from
// new to old misses no block and sees none twice. A sealed generation is never added to.
//
// What must never happen: a generation that reaches the disk in part, or before the one under it; a
// moment in which a generation is neither in memory nor on the disk; a write after one that failed.
// The memory that readers keep alive is theirs: the store itself holds two generations at most.
#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/check.h"
#include "base/hex.h"
#include "storage/rocks_state_disk.h"

namespace tally::storage {
namespace {

std::vector<rocksdb::ColumnFamilyDescriptor> state_families(const StateStoreOptions& options) {
    rocksdb::BlockBasedTableOptions table;
    // Few shards, and filters in small parts: a whole filter of a large file would not fit into one
    // shard, and every look-up of a new id would read it from the disk again.
    constexpr int kShardBits = 3;
    table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes, kShardBits);
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    table.partition_filters = true;
    table.metadata_block_size = 4096;
    table.pin_top_level_index_and_filter = true;
    table.cache_index_and_filter_blocks = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    rocksdb::ColumnFamilyOptions family;
    family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    // A memtable must take a whole generation: it is flushed by us alone.
    family.write_buffer_size = std::max<std::size_t>(4 << 20, 4 * options.generation_bytes_max);
    family.compression = rocksdb::kNoCompression;
    return {{rocksdb::kDefaultColumnFamilyName, family},
            {"records", family},
            {"tiles", family},
            {"entries", family},
            {"seals", family}};
}

rocksdb::DBOptions state_options(rocksdb::Env* env) {
    rocksdb::DBOptions options = base_options(env);
    options.atomic_flush = true;
    options.avoid_flush_during_shutdown = true;
    return options;
}

class RocksStateStore : public StateStore {
public:
    static Result<std::unique_ptr<RocksStateStore>> open(const StateStoreOptions& options,
                                                         const ledger::Genesis& genesis);
    RocksStateStore(const RocksStateStore&) = delete;
    RocksStateStore& operator=(const RocksStateStore&) = delete;
    ~RocksStateStore() override;

    std::shared_ptr<const StateView> view() const override;
    Status publish(AppliedBlock block) override;
    Status flush() override;
    Status reset(const ledger::Genesis& genesis) override;

private:
    RocksStateStore(std::shared_ptr<Database> database, const StateStoreOptions& options)
        : database_(std::move(database)),
          generation_bytes_max_(options.generation_bytes_max),
          damage_(std::make_shared<DamageNote>(options)) {}

    Status begin(const ledger::Genesis& genesis);
    enum class Before { nothing, old_state };
    Status write_genesis(const ledger::Genesis& genesis, Before before);
    Result<std::optional<Bytes>> meta(std::string_view key) const;
    Status start_from_disk();
    /// Hands the active generation to the writer once the one before it is durable.
    Status rotate(std::unique_lock<std::mutex>& lock);
    Status wait_idle(std::unique_lock<std::mutex>& lock);
    void write_generations();
    Status write_generation(const Generation& generation, const AppliedPoint& point);
    Status write_durably(rocksdb::WriteBatch& batch);

    const std::shared_ptr<Database> database_;
    const std::size_t generation_bytes_max_;
    const std::shared_ptr<DamageNote> damage_;
    EdgeTiles edge_;  // the publisher's alone

    mutable std::mutex mutex_;  // guards everything below
    std::condition_variable changed_;
    bool stopping_ = false;
    Status failure_;
    std::shared_ptr<ViewRegistry> registry_ = std::make_shared<ViewRegistry>();
    std::shared_ptr<const AppliedPoint> applied_;
    std::shared_ptr<Generation> active_;
    std::shared_ptr<const Generation> flushing_;
    std::shared_ptr<const AppliedPoint> flushing_point_;
    std::shared_ptr<const StateDisk> disk_;

    std::thread writer_;  // runs write_generations
};

Result<std::unique_ptr<RocksStateStore>> RocksStateStore::open(const StateStoreOptions& options,
                                                               const ledger::Genesis& genesis) {
    auto database =
        Database::open(options.folder + "/state", state_options(options.env),
                       state_families(options), Database::Mode::create, errc::corrupt_state);
    if (!database) return database.error();
    std::unique_ptr<RocksStateStore> store(new RocksStateStore(std::move(*database), options));
    if (Status status = store->begin(genesis); !status) return status.error();
    store->writer_ = std::thread([raw = store.get()] { raw->write_generations(); });
    return store;
}

RocksStateStore::~RocksStateStore() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (writer_.joinable()) writer_.join();
}

Result<std::optional<Bytes>> RocksStateStore::meta(std::string_view key) const {
    std::string value;
    const rocksdb::Status status = database_->db().Get(
        rocksdb::ReadOptions(), database_->family(kStateMeta), slice_of(view_of(key)), &value);
    if (status.IsNotFound()) return std::optional<Bytes>{};
    if (!status.ok()) return rocks_error(status, errc::corrupt_state, "state/meta");
    return std::optional(to_bytes(value));
}

Status RocksStateStore::begin(const ledger::Genesis& genesis) {
    const auto format = meta(kStateFormatKey);
    if (!format) return format.error();
    if (!format->has_value()) {
        if (database_->db().GetLatestSequenceNumber() != 0) {
            return fail(errc::corrupt_state, "state/ holds data without a format record");
        }
        if (Status status = write_genesis(genesis, Before::nothing); !status) return status;
        return start_from_disk();
    }
    if (text_of(**format) != kStateFormat) {
        return fail(errc::wrong_format, "state/ has format `" + to_string(**format) + "`");
    }
    const auto network = meta(kStateNetworkKey);
    if (!network) return network.error();
    if (!network->has_value() || !equal(**network, genesis.network_id().view())) {
        return fail(errc::wrong_network, "state/ belongs to another network");
    }
    return start_from_disk();
}

Status RocksStateStore::write_genesis(const ledger::Genesis& genesis, Before before) {
    const AppliedBlock first = genesis_block(genesis);
    rocksdb::WriteBatch batch;
    rocksdb::ColumnFamilyHandle* meta_family = database_->family(kStateMeta);
    if (before == Before::old_state) {
        // It goes with the same write; no key is as long as this end.
        const std::string end(512, '\xff');
        for (rocksdb::ColumnFamilyHandle* family : database_->families()) {
            batch.DeleteRange(family, rocksdb::Slice(), end).PermitUncheckedError();
        }
    }
    for (const ledger::RecordChange& change : first.changes) {
        TALLY_CHECK(change.value.has_value());
        batch.Put(database_->family(kStateRecords), slice_of(change.key), slice_of(*change.value))
            .PermitUncheckedError();
    }
    const Bytes point = encode_applied(first.point);
    const crypto::Digest network = genesis.network_id();
    batch.Put(meta_family, slice_of(view_of(kStateFormatKey)), slice_of(view_of(kStateFormat)))
        .PermitUncheckedError();
    batch.Put(meta_family, slice_of(view_of(kStateNetworkKey)), slice_of(network.view()))
        .PermitUncheckedError();
    batch.Put(meta_family, slice_of(view_of(kStateAppliedKey)), slice_of(point))
        .PermitUncheckedError();
    return write_durably(batch);
}

Status RocksStateStore::start_from_disk() {
    const auto bytes = meta(kStateAppliedKey);
    if (!bytes) return bytes.error();
    if (!bytes->has_value()) return fail(errc::corrupt_state, "state/ has no applied point");
    auto point = decode_applied(**bytes);
    if (!point) return point.error();
    auto disk = std::make_shared<RocksStateDisk>(database_, std::move(*point), damage_);
    auto edge = disk->load_edge();
    if (!edge) return edge.error();
    edge_ = std::move(*edge);
    const std::lock_guard lock(mutex_);
    TALLY_CHECK(flushing_ == nullptr && flushing_point_ == nullptr);
    applied_ = std::make_shared<const AppliedPoint>(disk->applied());
    active_ = std::make_shared<Generation>();
    registry_ = std::make_shared<ViewRegistry>();
    disk_ = std::move(disk);
    return {};
}

std::shared_ptr<const StateView> RocksStateStore::view() const {
    const std::lock_guard lock(mutex_);
    TALLY_CHECK(applied_ != nullptr && active_ != nullptr && disk_ != nullptr);
    return make_layered_view(
        {.applied = applied_, .active = active_, .flushing = flushing_, .disk = disk_}, registry_);
}

Status RocksStateStore::publish(AppliedBlock block) {
    std::shared_ptr<Generation> active;
    std::uint64_t oldest = 0;
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) return failure_;
        if (Status status = check_follows(block, *applied_); !status) return status;
        active = active_;
        oldest = registry_->oldest(applied_->index.value);
    }
    auto point = std::make_shared<const AppliedPoint>(block.point);
    active->add(std::move(block), edge_, oldest);
    const bool full = active->bytes() >= generation_bytes_max_;
    std::unique_lock lock(mutex_);
    TALLY_CHECK(active == active_ && point->index == applied_->index.next());  // one publisher
    applied_ = std::move(point);
    if (!full) return {};
    return rotate(lock);
}

Status RocksStateStore::wait_idle(std::unique_lock<std::mutex>& lock) {
    TALLY_CHECK(lock.owns_lock());
    changed_.wait(lock, [this] { return !flushing_ || !failure_; });
    return failure_;
}

Status RocksStateStore::rotate(std::unique_lock<std::mutex>& lock) {
    if (Status status = wait_idle(lock); !status) return status;
    TALLY_CHECK(flushing_ == nullptr && !active_->empty());
    flushing_ = std::move(active_);
    flushing_point_ = applied_;
    active_ = std::make_shared<Generation>();
    changed_.notify_all();
    return {};
}

Status RocksStateStore::flush() {
    std::unique_lock lock(mutex_);
    if (Status status = wait_idle(lock); !status) return status;
    if (active_->empty()) return {};
    if (Status status = rotate(lock); !status) return status;
    return wait_idle(lock);
}

Status RocksStateStore::reset(const ledger::Genesis& genesis) {
    {
        std::unique_lock lock(mutex_);
        if (Status status = wait_idle(lock); !status) return status;
    }
    if (Status status = write_genesis(genesis, Before::old_state); !status) return status;
    return start_from_disk();
}

void RocksStateStore::write_generations() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || (flushing_ && failure_); });
        if (stopping_) return;
        const std::shared_ptr<const Generation> generation = flushing_;
        const std::shared_ptr<const AppliedPoint> point = flushing_point_;
        TALLY_CHECK(point != nullptr && point->index > disk_->applied().index);
        lock.unlock();
        Status status = write_generation(*generation, *point);
        std::shared_ptr<const StateDisk> disk;
        if (status) disk = std::make_shared<RocksStateDisk>(database_, *point, damage_);
        lock.lock();
        TALLY_CHECK(flushing_ == generation);  // nobody else ends it
        if (status) {
            // Both at once: a view sees the generation in memory or on disk, never neither.
            disk_ = std::move(disk);
            flushing_.reset();
            flushing_point_.reset();
        } else {
            failure_ = std::move(status);
        }
        changed_.notify_all();
    }
}

Status RocksStateStore::write_generation(const Generation& generation, const AppliedPoint& point) {
    TALLY_CHECK(!generation.empty());
    rocksdb::WriteBatch batch(generation.bytes());
    rocksdb::ColumnFamilyHandle* records = database_->family(kStateRecords);
    for (const Generation::RecordRef& record : generation.records_in_order()) {
        const rocksdb::Slice key(record.key.data(), record.key.size());
        if (record.value->has_value()) {
            batch.Put(records, key, slice_of(**record.value)).PermitUncheckedError();
        } else {
            batch.Delete(records, key).PermitUncheckedError();
        }
    }
    for (const Generation::TileRef& tile : generation.tiles_in_order()) {
        const auto key = tile.key.encode();
        const Bytes value = encode_tile(*tile.hashes);
        batch.Put(database_->family(kStateTiles), slice_of(key), slice_of(value))
            .PermitUncheckedError();
    }
    for (const EntryRange& range : generation.entry_ranges()) {
        const NumberKey key = key_of(range.first);
        const Bytes value = encode_entry_range(range);
        batch.Put(database_->family(kStateEntries), slice_of(key), slice_of(value))
            .PermitUncheckedError();
    }
    for (const SealPoint& seal : generation.seals()) {
        const NumberKey key = key_of(seal.size);
        const Bytes value = encode_seal(seal);
        batch.Put(database_->family(kStateSeals), slice_of(key), slice_of(value))
            .PermitUncheckedError();
    }
    const Bytes applied = encode_applied(point);
    batch.Put(database_->family(kStateMeta), slice_of(view_of(kStateAppliedKey)), slice_of(applied))
        .PermitUncheckedError();
    return write_durably(batch);
}

Status RocksStateStore::write_durably(rocksdb::WriteBatch& batch) {
    rocksdb::WriteOptions write_options;
    write_options.disableWAL = true;
    rocksdb::Status status = database_->write(write_options, batch);
    if (status.ok()) {
        status = database_->db().Flush(rocksdb::FlushOptions(), database_->families());
    }
    if (status.ok()) return {};
    return rocks_error(status, errc::corrupt_state, "state/: writing a generation");
}

bool worth_rebuilding(const Error& error) {
    return error.code == errc::corrupt_state || error.code == errc::wrong_format ||
           error.code == errc::wrong_network;
}

Status make_folder(rocksdb::Env* env, const std::string& folder) {
    rocksdb::Env& used = env != nullptr ? *env : *rocksdb::Env::Default();
    const rocksdb::Status status = used.CreateDirIfMissing(folder);
    return status.ok() ? Status() : rocks_error(status, errc::io_error, folder);
}

}  // namespace

Result<std::unique_ptr<StateStore>> open_state_store(const StateStoreOptions& options,
                                                     const ledger::Genesis& genesis,
                                                     std::string& rebuilt) {
    rebuilt.clear();
    const std::string path = options.folder + "/state";
    if (Status status = make_folder(options.env, options.folder); !status) return status.error();
    const DamageNote damage(options);
    if (const auto reason = damage.read()) {
        rebuilt = *reason;
    } else {
        auto store = RocksStateStore::open(options, genesis);
        if (store) return std::unique_ptr<StateStore>(std::move(*store));
        if (!worth_rebuilding(store.error())) return store.error();
        rebuilt = store.error().context;
    }
    std::error_code code;
    std::filesystem::remove_all(path, code);
    if (code) return fail(errc::io_error, path + ": cannot be discarded: " + code.message());
    damage.remove();
    auto store = RocksStateStore::open(options, genesis);
    if (!store) return store.error();
    return std::unique_ptr<StateStore>(std::move(*store));
}

}  // namespace tally::storage
