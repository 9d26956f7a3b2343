// What a node has signed, and the checkpoints that came of it.
#include "base/check.h"
#include "storage/block_codec.h"
#include "storage/log_rules.h"
#include "storage/rocks_block_store.h"
#include "storage/salvage.h"

namespace tally::storage {
namespace {

// Two keys a checkpoint: `n` and its size hold the note, `c` and its size exist when certified. `g`
// and its size hold a note that was given up.
Bytes checkpoint_key(char kind, std::uint64_t size) {
    Bytes key{static_cast<std::uint8_t>(kind)};
    append(key, key_of(size));
    return key;
}

bool is_checkpoint_key(const rocksdb::Slice& key, char kind) {
    return key.size() == 9 && key[0] == kind;
}

}  // namespace

std::optional<SignedMark> RocksBlockStore::signed_mark() const {
    const std::lock_guard lock(mutex_);
    return mark_;
}

Status RocksBlockStore::remember_signed(const SignedMark& mark) {
    if (Status status = check_mark(signed_mark(), mark); !status) return status;
    rocksdb::WriteBatch batch;
    const Bytes value = encode_mark(mark);
    batch.Put(database_->family(kSigning), slice_of(view_of(kSigningMarkKey)), slice_of(value))
        .PermitUncheckedError();
    if (Status status = commit_batch(batch, true); !status) return status;
    const std::lock_guard lock(mutex_);
    TALLY_CHECK(!mark_ || mark_->size <= mark.size);  // one thread signs
    mark_ = mark;
    return {};
}

Status RocksBlockStore::put_checkpoint(const StoredCheckpoint& checkpoint) {
    rocksdb::WriteBatch batch;
    rocksdb::ColumnFamilyHandle* family = database_->family(kCheckpoints);
    const Bytes note_key = checkpoint_key('n', checkpoint.size);
    const Bytes certified_key = checkpoint_key('c', checkpoint.size);
    batch.Put(family, slice_of(note_key), checkpoint.note).PermitUncheckedError();
    if (checkpoint.certified) {
        batch.Put(family, slice_of(certified_key), rocksdb::Slice()).PermitUncheckedError();
    } else {
        batch.Delete(family, slice_of(certified_key)).PermitUncheckedError();
    }
    return commit_batch(batch, false);
}

Result<std::optional<StoredCheckpoint>> RocksBlockStore::checkpoint(std::uint64_t size) const {
    const auto note = get(kCheckpoints, checkpoint_key('n', size));
    if (!note) return note.error();
    if (!note->has_value()) return std::optional<StoredCheckpoint>{};
    const auto certified = get(kCheckpoints, checkpoint_key('c', size));
    if (!certified) return certified.error();
    return std::optional(StoredCheckpoint{
        .size = size, .note = to_string(**note), .certified = certified->has_value()});
}

Result<std::optional<StoredCheckpoint>> RocksBlockStore::certified_covering(
    std::uint64_t size) const {
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(kCheckpoints)));
    at->Seek(slice_of(checkpoint_key('c', size)));
    if (!at->Valid() || !is_checkpoint_key(at->key(), 'c')) {
        if (!at->status().ok()) return rocks_error(at->status(), errc::corrupt_block, path_);
        at->SeekForPrev(slice_of(checkpoint_key('c', ~std::uint64_t{0})));
    }
    if (!at->status().ok()) return rocks_error(at->status(), errc::corrupt_block, path_);
    if (!at->Valid() || !is_checkpoint_key(at->key(), 'c'))
        return std::optional<StoredCheckpoint>{};
    return checkpoint(number_of(bytes_of(at->key()).subspan(1)));
}

Result<std::vector<std::uint64_t>> RocksBlockStore::checkpoint_sizes() const {
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(kCheckpoints)));
    std::vector<std::uint64_t> sizes;
    for (at->Seek(slice_of(checkpoint_key('n', 0))); at->Valid(); at->Next()) {
        if (is_checkpoint_key(at->key(), 'n')) {
            sizes.push_back(number_of(bytes_of(at->key()).subspan(1)));
        }
    }
    if (!at->status().ok()) return rocks_error(at->status(), errc::corrupt_block, path_);
    return sizes;
}

Result<std::optional<StoredCheckpoint>> RocksBlockStore::latest_certified() const {
    return certified_covering(~std::uint64_t{0});
}

Status RocksBlockStore::give_up_signed(std::uint64_t size) {
    const auto sizes = checkpoint_sizes();
    if (!sizes) return sizes.error();
    rocksdb::ColumnFamilyHandle* family = database_->family(kCheckpoints);
    rocksdb::WriteBatch batch;
    for (const std::uint64_t each : *sizes) {
        if (each <= size) continue;
        const auto stored = checkpoint(each);
        if (!stored) return stored.error();
        const Bytes note = checkpoint_key('n', each);
        const Bytes certified = checkpoint_key('c', each);
        const Bytes given_up = checkpoint_key('g', each);
        batch.Put(family, slice_of(given_up), (*stored)->note).PermitUncheckedError();
        batch.Delete(family, slice_of(note)).PermitUncheckedError();
        batch.Delete(family, slice_of(certified)).PermitUncheckedError();
    }
    const auto mark = signed_mark();
    const bool marked = mark && mark->size > size;
    if (marked) {
        batch.Delete(database_->family(kSigning), slice_of(view_of(kSigningMarkKey)))
            .PermitUncheckedError();
    }
    if (batch.Count() == 0) return {};
    if (Status status = commit_batch(batch, true); !status) return status;
    const std::lock_guard lock(mutex_);
    if (marked) mark_.reset();
    return {};
}

Status give_up_signed(const BlockStoreOptions& options, std::uint64_t size) {
    const auto store = RocksBlockStore::open(options);
    return store ? (*store)->give_up_signed(size) : Status(store.error());
}

}  // namespace tally::storage
