// How blocks/ is opened: what RocksDB is told, and what is refused before or after it has looked.
#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/check.h"
#include "base/hex.h"
#include "base/presence.h"
#include "storage/block_codec.h"
#include "storage/rocks_block_store.h"
#include "storage/rocks_mark_file.h"

namespace tally::storage {
namespace {

constexpr int kReadonlyAttempts = 50;

bool ends_with(const std::string& text, std::string_view end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// A folder with data but without CURRENT has lost it: RocksDB would begin a new, empty database
/// there, and the node would forget in silence what it has acknowledged.
Status refuse_headless(rocksdb::Env& env, const std::string& path) {
    std::vector<std::string> names;
    const rocksdb::Status status = env.GetChildren(path, &names);
    if (status.IsNotFound() || status.IsPathNotFound()) return {};
    if (!status.ok()) return rocks_error(status, errc::io_error, path);
    if (std::find(names.begin(), names.end(), "CURRENT") != names.end()) return {};
    for (const std::string& name : names) {
        if (ends_with(name, ".sst") || ends_with(name, ".blob") || ends_with(name, ".log")) {
            return fail(errc::corrupt_block, path + ": CURRENT is missing beside " + name);
        }
    }
    return {};
}

/// RocksDB takes what it may not look at for what is not there.
Status refuse_hidden(const std::string& path) {
    const auto there = is_there(path);
    return there ? Status() : fail(errc::io_error, there.error().context);
}

/// What is refused before anything is touched.
Status refuse_untouched(const BlockStoreOptions& options, rocksdb::Env& env,
                        const std::string& path) {
    if (Status status = refuse_hidden(path + "/CURRENT"); !status) return status;
    const bool blocks = env.FileExists(path + "/CURRENT").ok();
    const auto mark = read_high_water_mark(options.folder, &env, options.mark_folder);
    if (!mark) {
        // Blocks without a mark are those of a node that recovers.
        return blocks && mark.error().code == errc::corrupt_block ? Status() : mark.error();
    }
    const std::string whose = options.folder + ": its high-water mark belongs to ";
    if (mark->network != options.network) {
        return fail(errc::wrong_network, whose + "network " + to_hex(mark->network.view()) +
                                             ", not to " + to_hex(options.network.view()));
    }
    if (mark->node != options.node) {
        return fail(errc::wrong_node, whose + "node " + std::to_string(mark->node) + ", not to " +
                                          std::to_string(options.node));
    }
    if (Status status = refuse_headless(env, path); !status) return status;
    if (blocks) return {};
    return check_high_water_mark(*mark, empty_tip(options.network), {});
}

Status make_folders(rocksdb::Env& env, const std::string& folder, const std::string& path) {
    for (const std::string& each : {folder, path}) {
        const rocksdb::Status status = env.CreateDirIfMissing(each);
        if (!status.ok()) return rocks_error(status, errc::io_error, each);
    }
    std::unique_ptr<rocksdb::Directory> directory;
    rocksdb::Status status = env.NewDirectory(folder, &directory);
    if (status.ok()) status = directory->Fsync();
    if (!status.ok()) return rocks_error(status, errc::io_error, folder);
    return {};
}

}  // namespace

rocksdb::DBOptions RocksBlockStore::database_options(rocksdb::Env* env) {
    rocksdb::DBOptions options = base_options(env);
    // A torn tail is a write that nobody was told of; damage before it is refused. The default
    // mode would stop at the damage and drop what was acknowledged after it.
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.recycle_log_file_num = 0;
    options.track_and_verify_wals_in_manifest = true;
    options.max_total_wal_size = 128 << 20;
    return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> RocksBlockStore::families(
    std::size_t write_buffer_bytes) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(8 << 20);
    rocksdb::ColumnFamilyOptions small;
    small.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    small.write_buffer_size = 4 << 20;
    small.compression = rocksdb::kNoCompression;
    // Blocks are read from the file each time, so that a scrub sees what the file has. The newest
    // are in memory anyway (block_cache).
    table.block_cache.reset();
    table.no_block_cache = true;
    rocksdb::ColumnFamilyOptions blocks = small;
    blocks.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    blocks.write_buffer_size = write_buffer_bytes;
    blocks.enable_blob_files = true;
    blocks.min_blob_size = 2048;
    blocks.blob_file_size = 256 << 20;
    // Nothing of it is ever moved: a compaction would read what may be damaged as well, and a
    // database that cannot compact takes no write of any family any more.
    rocksdb::ColumnFamilyOptions mended = small;
    mended.table_factory = blocks.table_factory;
    mended.disable_auto_compactions = true;
    return {{rocksdb::kDefaultColumnFamilyName, small},
            {"blocks", blocks},
            {"checkpoints", small},
            {"signing", small},
            {"mended", mended}};
}

std::vector<rocksdb::ColumnFamilyDescriptor> RocksBlockStore::families_of(
    const std::string& path, const rocksdb::DBOptions& options, std::size_t write_buffer_bytes) {
    auto all = families(write_buffer_bytes);
    std::vector<std::string> names;
    const rocksdb::Status listed = rocksdb::DB::ListColumnFamilies(options, path, &names);
    // Where they cannot be listed, opening says why.
    if (!listed.ok()) return all;
    if (std::find(names.begin(), names.end(), all.back().name) == names.end()) all.pop_back();
    return all;
}

Result<std::unique_ptr<RocksBlockStore>> RocksBlockStore::open(const BlockStoreOptions& options) {
    rocksdb::Env* env = options.env != nullptr ? options.env : rocksdb::Env::Default();
    const std::string path = options.folder + "/blocks";
    if (Status status = refuse_untouched(options, *env, path); !status) return status.error();
    if (Status status = make_folders(*env, options.folder, path); !status) return status.error();
    auto database =
        Database::open(path, database_options(env), families(options.write_buffer_bytes),
                       Database::Mode::create, errc::corrupt_block);
    if (!database) return database.error();
    std::unique_ptr<RocksBlockStore> store(
        new RocksBlockStore(std::move(*database), path, options.cache_bytes_max, false));
    if (Status status = store->start(options); !status) return status.error();
    return store;
}

Status RocksBlockStore::start(const BlockStoreOptions& options) {
    TALLY_CHECK(!read_only_ && mark_keeper_ == nullptr);
    // Once more: until the lock was ours, another process may have written log and mark.
    const auto mark = read_high_water_mark(options.folder, options.env, options.mark_folder);
    if (!mark && mark.error().code != errc::corrupt_block) return mark.error();
    const auto format = get(kMeta, view_of("format"));
    if (!format) return format.error();
    if (!format->has_value()) {
        // New, or its creation was cut short: then nothing was ever written after it.
        if (database_->db().GetLatestSequenceNumber() != 0) {
            return fail(errc::corrupt_block, path_ + ": record `format` is missing");
        }
        if (!mark) return mark.error();
        const Status lost = check_high_water_mark(*mark, empty_tip(options.network), {});
        if (!lost) return lost;
        if (Status status = create(options); !status) return status;
    }
    if (Status status = recover(); !status) return status;
    if (Status status = check_owner(options.network, options.node); !status) return status;
    if (Status status = check_tip(); !status) return status;
    const Result<Recovering> why = judge(options, mark);
    if (!why) return why.error();
    return begin_mark(options, mark, *why);
}

Result<Recovering> RocksBlockStore::judge(const BlockStoreOptions& options,
                                          const Result<HighWaterMark>& found) {
    const auto note = [this](Recovering why, const std::string& more) {
        recovering_ = recovering_words(why) + (more.empty() ? "" : ": " + more);
        return why;
    };
    if (!found) return note(Recovering::unmarked, found.error().context);
    const HighWaterMark& mark = *found;
    if (Status same = check_same_history(mark, tip_); !same) return same.error();
    if (mark.recovering != Recovering::none) return note(mark.recovering, "");
    const Status lost = check_high_water_mark(mark, tip_, hard_state_);
    if (!lost) return note(Recovering::behind, lost.error().context);
    const std::string path = high_water_mark_path(options.folder, options.mark_folder);
    const auto file = identity_of(options.held ? options.held->reach(path) : path);
    if (!file) return file.error();
    return is_same_file(*file, mark.file) ? Recovering::none : note(Recovering::copied, "");
}

/// From here on the mark is this start's own. A crash may have come between the log and the mark;
/// what was found is durable: RocksDB has moved its log into tables.
Status RocksBlockStore::begin_mark(const BlockStoreOptions& options,
                                   const Result<HighWaterMark>& found, Recovering why) {
    HighWaterMark mark;
    mark.sequence = found ? found->sequence : 0;
    mark.network = options.network;
    mark.node = options.node;
    mark.index = tip_.index;
    mark.term = tip_.term;
    mark.hash = tip_.hash;
    mark.voted_term = hard_state_.term;
    mark.vote = hard_state_.vote;
    mark.recovering = why;
    rocksdb::Env* env = options.env != nullptr ? options.env : rocksdb::Env::Default();
    const auto reach = [&options](const std::string& path) {
        return options.held ? options.held->reach(path) : path;
    };
    const std::string path = high_water_mark_path(options.folder, options.mark_folder);
    if (found && is_behind(tip_, *found)) {
        if (Status kept = keep_lost_mark(path, *env, *found); !kept) return kept;
    }
    auto keeper = MarkKeeper::begin(path, reach, *env, mark, options.strict_mark);
    if (!keeper) return keeper.error();
    mark_keeper_ = std::move(*keeper);
    return {};
}

Result<std::unique_ptr<RocksBlockStore>> RocksBlockStore::read_alone(const std::string& path,
                                                                     Checking checking) {
    const rocksdb::DBOptions options = database_options(nullptr);
    auto database = Database::open(path, options, families_of(path, options, 32 << 20),
                                   Database::Mode::read_only, errc::corrupt_block);
    if (!database) return database.error();
    std::unique_ptr<RocksBlockStore> store(
        new RocksBlockStore(std::move(*database), path, 0, true));
    if (Status status = store->recover(); !status) return status.error();
    if (Status status = store->read_node(); !status) return status.error();
    if (checking == Checking::chain) {
        if (Status status = store->check_tip(); !status) return status.error();
    }
    return store;
}

Result<std::unique_ptr<RocksBlockStore>> RocksBlockStore::read_once(const std::string& folder,
                                                                    const std::string& path,
                                                                    Checking checking) {
    // The mark first: what a writer beside us adds meanwhile can only make the log longer.
    const Result<HighWaterMark> mark = read_high_water_mark(folder);
    if (!mark) return mark.error();
    auto store = read_alone(path, checking);
    if (!store) return store.error();
    // The mark and the blocks of two nodes make no folder of either.
    if (Status status = (*store)->check_owner(mark->network, mark->node); !status) {
        return status.error();
    }
    const Status lost = check_high_water_mark(*mark, (*store)->tip_, (*store)->hard_state_);
    if (!lost) return lost.error();
    return store;
}

Result<std::unique_ptr<RocksBlockStore>> RocksBlockStore::open_readonly(const std::string& folder,
                                                                        Checking checking) {
    rocksdb::Env& env = *rocksdb::Env::Default();
    std::string path = folder + "/blocks";
    if (Status status = refuse_hidden(path + "/CURRENT"); !status) return status.error();
    // Set aside, or a copy of a node's `blocks/`.
    const bool alone = !env.FileExists(path).ok() && env.FileExists(folder + "/CURRENT").ok();
    if (alone) path = folder;
    if (!env.FileExists(path + "/CURRENT").ok()) {
        const Status headless = refuse_headless(env, path);
        if (!headless) return headless.error();
        return fail(errc::not_found, folder + ": no blocks/ of a node here");
    }
    // A writer beside us may delete files between our reading of the manifest and our opening of
    // them; it has then written a newer manifest, so looking again helps.
    for (int attempt = 1;; ++attempt) {
        auto store = alone ? read_alone(path, checking) : read_once(folder, path, checking);
        if (store || attempt == kReadonlyAttempts) return store;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

Result<std::unique_ptr<BlockStore>> open_block_store(const BlockStoreOptions& options) {
    auto store = RocksBlockStore::open(options);
    if (!store) return store.error();
    return std::unique_ptr<BlockStore>(std::move(*store));
}

Result<std::unique_ptr<BlockStore>> open_block_store_readonly(const std::string& folder) {
    auto store = RocksBlockStore::open_readonly(folder, RocksBlockStore::Checking::chain);
    if (!store) return store.error();
    return std::unique_ptr<BlockStore>(std::move(*store));
}

}  // namespace tally::storage
