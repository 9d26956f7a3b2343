// One database holds what a node cannot derive again. Each LogWrite becomes one write batch, synced
// once: the conflicting suffix goes, the new blocks, the hard state and the tip come, together or
// not at all. RocksDB proves that bytes are those once written; that they are the right ones is
// proved again at every read by the hashes in the headers.
//
// Threads: one writes the log (write), one signs (remember_signed); any may read. mutex_ guards
// what is kept in memory and is never held across the disk, so that readers do not wait for a sync.
// What they see in memory is therefore always durable, and may be one write behind.
//
// The order inside a write is the promise: the mark goes back before blocks are replaced, the batch
// is synced, the mark follows, and only then do tip and cache show it. A crash between any two of
// them leaves a mark that is at or behind the log.
//
// What must never happen: a block at or below the commit index replaced, a tip shown that a crash
// could take back, a write after one that failed. The last because nobody knows what of the failed
// one is on the disk: only opening the store again tells.
#include "storage/rocks_block_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/table.h>

#include <charconv>

#include "base/check.h"
#include "base/hex.h"
#include "storage/block_codec.h"
#include "storage/log_rules.h"

namespace tally::storage {

using consensus::Block;
using consensus::ChainTip;
using consensus::HardState;
using consensus::Index;
using consensus::LogWrite;
using consensus::PersistedState;

namespace {

constexpr std::string_view kFormat = "tallystick blocks 1";
constexpr std::string_view kFormatKey = "format";
constexpr std::string_view kNetworkKey = "network";
constexpr std::string_view kNodeKey = "node";
constexpr std::string_view kTipKey = "tip";
constexpr std::string_view kHardStateKey = "hard_state";
constexpr std::size_t kReadBytes = 4 << 20;

Bytes node_bytes(std::uint32_t node) { return to_bytes(std::to_string(node)); }

}  // namespace

RocksBlockStore::RocksBlockStore(std::shared_ptr<Database> database, std::string path,
                                 std::size_t cache_bytes, bool read_only)
    : database_(std::move(database)),
      path_(std::move(path)),
      read_only_(read_only),
      cache_(cache_bytes) {
    TALLY_CHECK(database_ != nullptr);
    list_mended();
}

Status RocksBlockStore::create(const BlockStoreOptions& options) {
    rocksdb::WriteBatch batch;
    rocksdb::ColumnFamilyHandle* meta = database_->family(kMeta);
    const auto put = [&](std::string_view key, ByteView value) {
        batch.Put(meta, slice_of(view_of(key)), slice_of(value)).PermitUncheckedError();
    };
    put(kFormatKey, view_of(kFormat));
    put(kNetworkKey, options.network.view());
    put(kNodeKey, node_bytes(options.node));
    put(kTipKey, encode_tip(empty_tip(options.network)));
    put(kHardStateKey, encode_hard_state({}));
    return commit_batch(batch, true);
}

Status RocksBlockStore::check_owner(const crypto::Digest& network, std::uint32_t node) {
    const Result<Bytes> owner = require(kMeta, kNetworkKey);
    if (!owner) return owner.error();
    if (!equal(*owner, network.view())) {
        return fail(errc::wrong_network, path_ + " belongs to network " + to_hex(*owner) +
                                             ", not to " + to_hex(network.view()));
    }
    const Result<Bytes> number = require(kMeta, kNodeKey);
    if (!number) return number.error();
    if (*number != node_bytes(node)) {
        return fail(errc::wrong_node, path_ + " belongs to node " + to_string(*number) +
                                          ", not to " + std::to_string(node));
    }
    return {};
}

Status RocksBlockStore::read_node() {
    const Result<Bytes> number = require(kMeta, kNodeKey);
    if (!number) return number.error();
    const std::string digits = to_string(*number);
    const char* const last = digits.data() + digits.size();
    const auto [end, failure] = std::from_chars(digits.data(), last, node_);
    if (failure == std::errc() && end == last) return {};
    return fail(errc::corrupt_block, path_ + ": node: no number");
}

Status RocksBlockStore::recover() {
    const Result<Bytes> format = require(kMeta, kFormatKey);
    if (!format) return format.error();
    if (text_of(*format) != kFormat) {
        return fail(errc::wrong_format, path_ + " has format `" + to_string(*format) +
                                            "`, this program reads `" + std::string(kFormat) + "`");
    }
    const Result<Bytes> network = require(kMeta, kNetworkKey);
    if (!network) return network.error();
    if (network->size() != network_.bytes.size()) {
        return fail(errc::corrupt_block, path_ + ": network: not 32 bytes");
    }
    network_ = crypto::digest_from(*network);
    const Result<Bytes> tip_bytes = require(kMeta, kTipKey);
    if (!tip_bytes) return tip_bytes.error();
    const Result<ChainTip> tip = decode_tip(*tip_bytes);
    if (!tip) return tip.error();
    const Result<Bytes> state_bytes = require(kMeta, kHardStateKey);
    if (!state_bytes) return state_bytes.error();
    const Result<HardState> state = decode_hard_state(*state_bytes);
    if (!state) return state.error();
    tip_ = *tip;
    hard_state_ = *state;
    const auto mark_bytes = get(kSigning, view_of(kSigningMarkKey));
    if (!mark_bytes) return mark_bytes.error();
    if (mark_bytes->has_value()) {
        const Result<SignedMark> mark = decode_mark(**mark_bytes);
        if (!mark) return mark.error();
        mark_ = *mark;
    }
    return {};
}

Status RocksBlockStore::check_tip() const {
    if (hard_state_.commit > tip_.index) {
        return damaged_block(hard_state_.commit, "missing, though known to be committed");
    }
    // A mended one may lie where nothing can be read any more.
    if (mended_between(tip_.index, tip_.index).empty()) {
        if (Status status = check_last(); !status || tip_.index.value == 0) return status;
    }
    const Result<Block> found = block(tip_.index);
    if (!found) return found.error();
    if (found->hash == tip_.hash) return {};
    return damaged_block(tip_.index, "hash: not that of the tip");
}

Status RocksBlockStore::check_last() const {
    const std::unique_ptr<rocksdb::Iterator> last(
        database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(kBlocks)));
    last->SeekToLast();
    if (!last->Valid()) {
        const bool empty = tip_.index.value == 0;
        // The damage may be another block's; whether it is the newest one's, who reads that knows.
        if (!last->status().ok() && !empty) return {};
        if (!last->status().ok()) return rocks_error(last->status(), errc::corrupt_block, path_);
        return empty ? Status() : damaged_block(tip_.index, "missing");
    }
    if (last->key() == slice_of(key_of(tip_.index.value))) return {};
    return damaged_block(tip_.index, "not the last one stored, as the tip has it");
}

Status RocksBlockStore::write(const LogWrite& write) {
    ChainTip before;
    HardState state;
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) return failure_;
        before = tip_;
        state = hard_state_;
    }
    const Result<ChainTip> after = check_log_write(write, before, state, network_,
                                                   [this](Index index) { return tip_at(index); });
    if (!after) return refuse_from_now_on(after.error());
    if (Status status = lower_mark(write, before, *after); !status) {
        return refuse_from_now_on(status.error());
    }
    rocksdb::WriteBatch batch;
    fill_batch(write, before, *after, batch);
    if (Status status = commit_batch(batch, true); !status) return status;
    TALLY_CHECK(mark_keeper_ != nullptr);
    // Only now: a mark must never have what the log may lose.
    if (Status status = mark_keeper_->follow(*after, write.hard_state); !status) {
        return refuse_from_now_on(status.error());
    }
    if (write.ends_recovering) {
        if (Status status = mark_keeper_->end_recovering(); !status) {
            return refuse_from_now_on(status.error());
        }
    }
    const std::lock_guard lock(mutex_);
    if (write.ends_recovering) recovering_.clear();
    TALLY_CHECK(tip_.index == before.index && tip_.hash == before.hash);  // one thread writes
    TALLY_CHECK(write.hard_state.commit <= after->index);
    tip_ = *after;
    hard_state_ = write.hard_state;
    cache_.replace(write.blocks);
    return {};
}

Status RocksBlockStore::lower_mark(const LogWrite& write, const ChainTip& before,
                                   const ChainTip& after) {
    if (mark_keeper_ == nullptr || write.blocks.empty()) return {};
    const Index first = write.blocks.front().header.index;
    if (first > before.index) return {};
    const Result<ChainTip> base = tip_at(first.previous());
    if (!base) return base.error();
    TALLY_CHECK(base->index.next() == first && base->index < after.index);
    return mark_keeper_->lower(*base, after);
}

void RocksBlockStore::fill_batch(const LogWrite& write, const ChainTip& before,
                                 const ChainTip& after, rocksdb::WriteBatch& batch) const {
    rocksdb::ColumnFamilyHandle* blocks = database_->family(kBlocks);
    if (!write.blocks.empty() && write.blocks.front().header.index <= before.index) {
        const NumberKey first = key_of(write.blocks.front().header.index.value);
        const NumberKey end = key_of(before.index.next().value);
        batch.DeleteRange(blocks, slice_of(first), slice_of(end)).PermitUncheckedError();
    }
    TALLY_CHECK(write.blocks.empty() || write.blocks.back().header.index == after.index);
    for (const Block& block : write.blocks) {
        TALLY_CHECK(block.payload != nullptr);
        const NumberKey key = key_of(block.header.index.value);
        const Bytes header = block.header.encode();
        const rocksdb::Slice key_part = slice_of(key);
        const std::array<rocksdb::Slice, 2> value_parts{slice_of(header), slice_of(*block.payload)};
        batch
            .Put(blocks, rocksdb::SliceParts(&key_part, 1),
                 rocksdb::SliceParts(value_parts.data(), static_cast<int>(value_parts.size())))
            .PermitUncheckedError();
    }
    rocksdb::ColumnFamilyHandle* meta = database_->family(kMeta);
    const Bytes state_bytes = encode_hard_state(write.hard_state);
    const Bytes tip_bytes = encode_tip(after);
    batch.Put(meta, slice_of(view_of(kHardStateKey)), slice_of(state_bytes)).PermitUncheckedError();
    batch.Put(meta, slice_of(view_of(kTipKey)), slice_of(tip_bytes)).PermitUncheckedError();
}

Status RocksBlockStore::commit_batch(rocksdb::WriteBatch& batch, bool sync) {
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) return failure_;
    }
    if (read_only_) return fail(errc::io_error, path_ + " was opened for reading alone");
    // Without one while the store is being created.
    if (mark_keeper_ != nullptr) {
        const Status status = mark_keeper_->failure();
        if (!status) return refuse_from_now_on(status.error());
    }
    rocksdb::WriteOptions options;
    options.sync = sync;
    const rocksdb::Status status = database_->write(options, batch);
    if (status.ok()) return {};
    return refuse_from_now_on(rocks_error(status, errc::corrupt_block, path_));
}

Status RocksBlockStore::refuse_from_now_on(Error error) {
    const std::lock_guard lock(mutex_);
    if (failure_.has_value()) failure_ = std::move(error);
    TALLY_CHECK(!failure_.has_value());
    return failure_;
}

std::string RocksBlockStore::recovering() const {
    const std::lock_guard lock(mutex_);
    return recovering_;
}

Result<ChainTip> RocksBlockStore::tip_at(Index index) const {
    if (index.value == 0) return empty_tip(network_);
    const Result<std::vector<Block>> found = read(index, index, 0);
    if (!found) return found.error();
    TALLY_CHECK(!found->empty() && found->front().header.index == index);
    return consensus::tip_of(found->front());
}

Result<PersistedState> RocksBlockStore::load() const {
    PersistedState state;
    ChainTip tip;
    {
        const std::lock_guard lock(mutex_);
        state.hard_state = hard_state_;
        state.recovering = !recovering_.empty();
        tip = tip_;
    }
    const Result<ChainTip> base = tip_at(state.hard_state.commit);
    if (!base) return base.error();
    state.base = *base;
    ChainTip end = *base;
    while (end.index < tip.index) {
        Result<std::vector<Block>> next = read(end.index.next(), tip.index, kReadBytes);
        if (!next) return next.error();
        for (Block& block : *next) {
            if (Status status = verify_link(block, end.hash); !status) return status.error();
            end = consensus::tip_of(block);
            state.tail.push_back(std::move(block));
        }
    }
    TALLY_CHECK(end.index == tip.index && state.base.index == state.hard_state.commit);
    if (end.hash != tip.hash) return damaged_block(tip.index, "hash: not that of the tip");
    return state;
}

ChainTip RocksBlockStore::tip() const {
    const std::lock_guard lock(mutex_);
    return tip_;
}

HardState RocksBlockStore::hard_state() const {
    const std::lock_guard lock(mutex_);
    return hard_state_;
}

Result<std::optional<Bytes>> RocksBlockStore::get(Family family, ByteView key) const {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status = database_->db().Get(
        rocksdb::ReadOptions(), database_->family(family), slice_of(key), &value);
    if (status.IsNotFound()) return std::optional<Bytes>{};
    if (!status.ok()) return rocks_error(status, errc::corrupt_block, path_);
    return std::optional(to_bytes(bytes_of(value)));
}

Result<Bytes> RocksBlockStore::require(Family family, std::string_view key) const {
    auto value = get(family, view_of(key));
    if (!value) return value.error();
    if (!value->has_value()) {
        return fail(errc::corrupt_block, path_ + ": record `" + std::string(key) + "` is missing");
    }
    return std::move(**value);
}

}  // namespace tally::storage
