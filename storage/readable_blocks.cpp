#include "storage/readable_blocks.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/hex.h"
#include "storage/block_codec.h"

namespace tally::storage {

using consensus::ChainTip;
using consensus::Index;

namespace {

constexpr std::size_t kReadBytes = 4 << 20;

/// Whose it is, and that it is there, no other way of reading changes.
bool is_final(const Error& error) {
    return error.code == errc::in_use || error.code == errc::wrong_format ||
           error.code == errc::wrong_network || error.code == errc::wrong_node;
}

}  // namespace

Result<ReadableBlocks> ReadableBlocks::open(const std::string& path,
                                            const BlockStoreOptions& options,
                                            const std::uint32_t* node) {
    ReadableBlocks blocks(path, options, node);
    blocks.good_ = empty_tip(options.network);
    if (Status status = blocks.open_any(); !status) return status.error();
    blocks.find_good();
    return blocks;
}

/// Of a database whose own records are damaged the blocks tell whose it is: each names the network,
/// and the first one follows from the genesis.
Status ReadableBlocks::judge(RocksBlockStore& store, Reading reading) const {
    Status known = store.recover();
    if (known) {
        known = node_ != nullptr ? store.check_owner(options_.network, *node_) : Status();
        if (node_ == nullptr && store.network() != options_.network) {
            return fail(errc::wrong_network, path_ + " belongs to network " +
                                                 to_hex(store.network().view()) + ", not to " +
                                                 to_hex(options_.network.view()));
        }
    }
    const bool guess = !known && !is_final(known.error()) && reading == Reading::around_damage;
    if (!guess) return known;
    const std::unique_ptr<rocksdb::Iterator> last(store.database_->db().NewIterator(
        rocksdb::ReadOptions(), store.database_->family(RocksBlockStore::kBlocks)));
    last->SeekToLast();
    if (!last->Valid() || last->key().size() != sizeof(NumberKey)) return known;
    store.network_ = options_.network;
    store.tip_.index = Index(number_of(bytes_of(last->key())));
    store.hard_state_ = {};
    return {};
}

Status ReadableBlocks::try_open(Reading reading) {
    rocksdb::DBOptions options = RocksBlockStore::database_options(options_.env);
    if (reading != Reading::as_always) {
        options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
        options.track_and_verify_wals_in_manifest = false;
    }
    if (reading == Reading::around_damage) {
        options.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
        options.paranoid_checks = false;  // a table that does not open is missed when it is read
    }
    auto database = Database::open(
        path_, options, RocksBlockStore::families_of(path_, options, options_.write_buffer_bytes),
        Database::Mode::read_only, errc::corrupt_block);
    if (!database) return database.error();
    std::unique_ptr<RocksBlockStore> store(
        new RocksBlockStore(std::move(*database), path_, 0, true));
    if (Status status = judge(*store, reading); !status) return status;
    if (reading == Reading::around_damage) store->hard_state_.commit = Index(0);
    store_ = std::move(store);
    return {};
}

Status ReadableBlocks::open_any() {
    rocksdb::Env& env = options_.env != nullptr ? *options_.env : *rocksdb::Env::Default();
    std::vector<std::string> names;
    const rocksdb::Status listed = env.GetChildren(path_, &names);
    std::erase_if(names, [](const std::string& name) { return name.starts_with("."); });
    if (listed.IsNotFound() || listed.IsPathNotFound() || (listed.ok() && names.empty())) return {};
    if (!listed.ok()) return rocks_error(listed, errc::io_error, path_);
    // A database without its CURRENT would be begun anew in silence.
    if (std::find(names.begin(), names.end(), "CURRENT") == names.end()) {
        damage_ = path_ + ": CURRENT is missing";
        return {};
    }
    for (const Reading reading :
         {Reading::as_always, Reading::up_to_damage, Reading::around_damage}) {
        const Status opened = try_open(reading);
        if (opened) return {};
        if (is_final(opened.error())) return opened;
        note_damage(opened.error());
    }
    return {};
}

void ReadableBlocks::find_good() {
    if (!store_) return;
    const ChainTip tip = store_->tip();
    while (good_.index < tip.index) {
        const auto next = store_->read(good_.index.next(), tip.index, kReadBytes);
        const Status links = next ? verify_link(next->front(), good_.hash) : Status(next.error());
        if (!links) return note_damage(links.error());
        good_ = consensus::tip_of(next->back());
    }
    if (const Status whole = store_->check_tip(); !whole) note_damage(whole.error());
}

Index ReadableBlocks::commit() const {
    return store_ ? std::min(store_->hard_state().commit, good_.index) : Index(0);
}

Result<ChainTip> ReadableBlocks::tip_at(Index index) const {
    if (index == Index(0) || !store_) return empty_tip(options_.network);
    const auto found = store_->read(index, index, 0);
    if (!found) return found.error();
    return consensus::tip_of(found->front());
}

}  // namespace tally::storage
