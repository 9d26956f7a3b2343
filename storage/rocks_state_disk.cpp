#include "storage/rocks_state_disk.h"

#include "base/bounded_input.h"
#include "base/check.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tally::storage {
namespace {

const std::string kWhere = "state/";

class DiskTiles : public crypto::TileSource {
public:
    explicit DiskTiles(const RocksStateDisk& disk) : disk_(disk) {}
    Result<std::vector<crypto::Digest>> tile(int level, std::uint64_t number,
                                             int width) const override {
        auto stored = disk_.tile({level, number});
        if (!stored) return stored.error();
        if (stored->size() < static_cast<std::size_t>(width)) {
            return fail(errc::corrupt_state, kWhere + "a tile is too short");
        }
        stored->resize(static_cast<std::size_t>(width));
        return stored;
    }

private:
    const RocksStateDisk& disk_;
};

}  // namespace

DamageNote::DamageNote(const StateStoreOptions& options)
    : held_(options.held),
      path_(held_ ? held_->reach(options.folder + "/state.damaged")
                  : options.folder + "/state.damaged") {}

void DamageNote::leave(const std::string& reason) {
    const std::lock_guard lock(mutex_);
    if (std::filesystem::exists(path_)) return;
    std::ofstream(path_) << reason << '\n';
}

std::optional<std::string> DamageNote::read() const {
    constexpr std::size_t kBytesMax = 64 << 10;
    const auto text = read_bounded(path_, kBytesMax);
    if (text) return text->substr(0, text->find('\n'));
    if (text.error().code == std::errc::no_such_file_or_directory) return std::nullopt;
    return text.error().context;  // there is a note, whatever it says
}

void DamageNote::remove() const {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

RocksStateDisk::RocksStateDisk(std::shared_ptr<Database> database, AppliedPoint applied,
                               std::shared_ptr<DamageNote> damage)
    : database_(std::move(database)),
      applied_(std::move(applied)),
      damage_(std::move(damage)),
      snapshot_(database_->db().GetSnapshot()) {
    TALLY_CHECK(damage_ != nullptr && snapshot_ != nullptr);
}

RocksStateDisk::~RocksStateDisk() { database_->db().ReleaseSnapshot(snapshot_); }

rocksdb::ReadOptions RocksStateDisk::read_options() const {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    return options;
}

Error RocksStateDisk::damaged(Error error) const {
    if (error.code == errc::corrupt_state) damage_->leave(error.context);
    return error;
}

Result<std::optional<Bytes>> RocksStateDisk::get(StateFamily family, ByteView key,
                                                 const std::string& what) const {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status =
        database_->db().Get(read_options(), database_->family(family), slice_of(key), &value);
    if (status.IsNotFound()) return std::optional<Bytes>{};
    if (!status.ok()) return damaged(rocks_error(status, errc::corrupt_state, kWhere + what));
    return std::optional(to_bytes(bytes_of(value)));
}

Result<std::optional<Bytes>> RocksStateDisk::record(ByteView key) const {
    return get(kStateRecords, key, "record");
}

Result<std::vector<crypto::Digest>> RocksStateDisk::tile(TileKey key) const {
    const std::string name = "tile " + std::to_string(key.level) + "/" + std::to_string(key.number);
    const auto value = get(kStateTiles, key.encode(), name);
    if (!value) return value.error();
    if (!value->has_value()) {
        return damaged(fail(errc::corrupt_state, kWhere + name + " is missing"));
    }
    auto hashes = decode_tile(**value);
    if (!hashes) return damaged(hashes.error());
    return hashes;
}

Result<EntryRange> RocksStateDisk::entries_at(std::uint64_t entry) const {
    const std::string name = "entry " + std::to_string(entry);
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db().NewIterator(read_options(), database_->family(kStateEntries)));
    at->SeekForPrev(slice_of(key_of(entry)));
    if (!at->Valid()) {
        if (!at->status().ok()) {
            return damaged(rocks_error(at->status(), errc::corrupt_state, kWhere + name));
        }
        return fail(errc::not_found, name);
    }
    if (at->key().size() != 8) return damaged(fail(errc::corrupt_state, kWhere + "entry key"));
    auto range = decode_entry_range(number_of(bytes_of(at->key())), bytes_of(at->value()));
    if (!range) return damaged(range.error());
    return range;
}

Result<std::optional<SealPoint>> RocksStateDisk::seal_above(std::uint64_t entry) const {
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db().NewIterator(read_options(), database_->family(kStateSeals)));
    at->Seek(slice_of(key_of(entry + 1)));
    if (!at->Valid()) {
        if (!at->status().ok()) {
            return damaged(rocks_error(at->status(), errc::corrupt_state, kWhere + "seal"));
        }
        return std::optional<SealPoint>{};
    }
    if (at->key().size() != 8) return damaged(fail(errc::corrupt_state, kWhere + "seal key"));
    auto seal = decode_seal(number_of(bytes_of(at->key())), bytes_of(at->value()));
    if (!seal) return damaged(seal.error());
    return std::optional(*seal);
}

/// Leaves the cache to look-ups: a list of everything would empty it.
class RocksStateDisk::Scan : public RecordScan {
public:
    Scan(const RocksStateDisk& disk, ByteView key)
        : disk_(disk), after_(to_bytes(key)), end_{static_cast<std::uint8_t>(key.front() + 1)} {
        end_slice_ = slice_of(end_);
        rocksdb::ReadOptions options = disk.read_options();
        options.iterate_upper_bound = &end_slice_;
        options.fill_cache = false;
        at_.reset(disk.database_->db().NewIterator(options, disk.database_->family(kStateRecords)));
        at_->Seek(slice_of(after_));
        if (at_->Valid() && equal(bytes_of(at_->key()), after_)) at_->Next();
    }

    Result<std::optional<ScannedRecord>> next() override {
        if (!at_->Valid()) {
            if (at_->status().ok()) return std::optional<ScannedRecord>{};
            return disk_.damaged(
                rocks_error(at_->status(), errc::corrupt_state, kWhere + "records in order"));
        }
        ScannedRecord record{to_bytes(bytes_of(at_->key())), to_bytes(bytes_of(at_->value()))};
        at_->Next();
        return std::optional(std::move(record));
    }

private:
    const RocksStateDisk& disk_;
    const Bytes after_;
    const Bytes end_;
    rocksdb::Slice end_slice_;  // of end_; the iterator refers to it
    std::unique_ptr<rocksdb::Iterator> at_;
};

std::unique_ptr<RecordScan> RocksStateDisk::records_after(ByteView key) const {
    TALLY_CHECK(!key.empty() && key.front() < 0xFF);
    return std::make_unique<Scan>(*this, key);
}

Result<EdgeTiles> RocksStateDisk::load_edge() const {
    EdgeTiles edge;
    const std::uint64_t size = applied_.frontier.size();
    for (int level = 0; level < kTileLevels; ++level) {
        const std::uint64_t hashes = tile_hashes_at(level, size);
        if (hashes % kTileWidth == 0) continue;
        auto stored = tile({level, hashes / kTileWidth});
        if (!stored) return stored.error();
        if (stored->size() != hashes % kTileWidth) {
            return damaged(fail(errc::corrupt_state, kWhere + "edge tile of level " +
                                                         std::to_string(level) + ": " +
                                                         std::to_string(stored->size()) +
                                                         " hashes, not as the applied point has"));
        }
        edge[static_cast<std::size_t>(level)] = std::move(*stored);
    }
    const auto root = crypto::root_at(DiskTiles(*this), size);
    if (!root) return root.error();
    if (*root != applied_.frontier.root()) {
        return damaged(fail(errc::corrupt_state, kWhere + "tiles: another root than the frontier"));
    }
    return edge;
}

}  // namespace tally::storage
