// What a node has signed, and the checkpoints that came of it.
#include <algorithm>

#include "base/check.h"
#include "crypto/checkpoint.h"
#include "crypto/note.h"
#include "storage/block_codec.h"
#include "storage/log_rules.h"
#include "storage/rocks_block_store.h"
#include "storage/salvage.h"

namespace tally::storage {
namespace {

// Two keys a checkpoint: `n` and its size hold the note, `c` and its size exist when certified. `g`
// and its size hold a note that was given up; what was signed there once more, of the other
// history, has the others again. In the signing family `g` and a size hold what was remembered of
// it.
Bytes checkpoint_key(char kind, std::uint64_t size) {
    Bytes key{static_cast<std::uint8_t>(kind)};
    append(key, key_of(size));
    return key;
}

bool is_checkpoint_key(const rocksdb::Slice& key, char kind) {
    return key.size() == 9 && key[0] == kind;
}

std::optional<crypto::Digest> root_of(const StoredCheckpoint& checkpoint) {
    const auto note = crypto::Note::decode(checkpoint.note);
    const auto read =
        note ? crypto::Checkpoint::decode(note->text) : Result<crypto::Checkpoint>(note.error());
    return read && read->size == checkpoint.size ? std::optional(read->root) : std::nullopt;
}

/// Of which one was signed by the node, if it is this one that the record is kept against.
std::vector<SignedMark> proved_roots(const Evidence& record, std::uint32_t node) {
    std::vector<SignedMark> roots;
    const auto* conflict = std::get_if<RootConflict>(&record.what);
    if (conflict == nullptr || conflict->node != node) return roots;
    for (const std::string& note : conflict->notes) {
        const auto root = root_of({conflict->size, note, false});
        if (root) roots.push_back({conflict->size, *root});
    }
    return roots;
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

Result<std::vector<SignedMark>> RocksBlockStore::signed_roots(std::uint32_t node) const {
    const auto sizes = checkpoint_sizes();
    if (!sizes) return sizes.error();
    std::vector<SignedMark> roots;
    if (const auto mark = signed_mark()) roots.push_back(*mark);
    for (const std::uint64_t size : *sizes) {
        const auto stored = checkpoint(size);
        if (!stored) return stored.error();
        if (const auto root = *stored ? root_of(**stored) : std::nullopt) {
            roots.push_back({size, *root});
        }
    }
    const auto kept = evidence();
    if (!kept) return kept.error();
    for (const Evidence& record : kept->records) {
        const auto proved = proved_roots(record, node);
        if (proved.empty() || gave_up_signed(proved.front().size)) continue;
        roots.insert(roots.end(), proved.begin(), proved.end());
    }
    return roots;
}

bool RocksBlockStore::gave_up_signed(std::uint64_t size) const {
    const auto given_up = get(kCheckpoints, checkpoint_key('g', size));
    return given_up && given_up->has_value();
}

/// Where what was given up is kept: of one size that may have happened more than once.
Result<Bytes> RocksBlockStore::given_up_key(Family family, std::uint64_t size) const {
    Bytes key = checkpoint_key('g', size);
    for (std::uint8_t times = 1;; ++times) {
        const auto there = get(family, key);
        if (!there) return there.error();
        if (!there->has_value() || (*there)->empty() || times == 0xff) return key;
        key.resize(checkpoint_key('g', size).size());
        key.push_back(times);
    }
}

Status RocksBlockStore::set_signed_aside(const GivenUp& gone, rocksdb::WriteBatch& batch,
                                         bool& marked) const {
    const auto sizes = checkpoint_sizes();
    if (!sizes) return sizes.error();
    rocksdb::ColumnFamilyHandle* family = database_->family(kCheckpoints);
    for (const std::uint64_t each : *sizes) {
        const auto stored = checkpoint(each);
        if (!stored) return stored.error();
        const auto root = root_of(**stored);
        if (!gone(each, root ? &*root : nullptr)) continue;
        const Bytes note = checkpoint_key('n', each);
        const Bytes certified = checkpoint_key('c', each);
        const auto given_up = given_up_key(kCheckpoints, each);
        if (!given_up) return given_up.error();
        batch.Put(family, slice_of(*given_up), (*stored)->note).PermitUncheckedError();
        batch.Delete(family, slice_of(note)).PermitUncheckedError();
        batch.Delete(family, slice_of(certified)).PermitUncheckedError();
    }
    const auto mark = signed_mark();
    marked = mark && gone(mark->size, &mark->root);
    if (!marked) return {};
    const auto given_up = given_up_key(kSigning, mark->size);
    if (!given_up) return given_up.error();
    const Bytes value = encode_mark(*mark);
    batch.Put(database_->family(kSigning), slice_of(*given_up), slice_of(value))
        .PermitUncheckedError();
    batch.Delete(database_->family(kSigning), slice_of(view_of(kSigningMarkKey)))
        .PermitUncheckedError();
    return {};
}

Status RocksBlockStore::give_up_signed(const GivenUp& gone, std::uint32_t node) {
    rocksdb::WriteBatch batch;
    bool marked = false;
    if (Status status = set_signed_aside(gone, batch, marked); !status) return status;
    // What proves that it had signed so stays, and halts it no more.
    const auto kept = evidence();
    if (!kept) return kept.error();
    for (const Evidence& record : kept->records) {
        const auto proved = proved_roots(record, node);
        const bool of_it = std::ranges::any_of(
            proved, [&](const SignedMark& root) { return gone(root.size, &root.root); });
        if (!of_it || gave_up_signed(proved.front().size)) continue;
        const auto own = checkpoint(proved.front().size);
        if (!own) return own.error();
        const auto own_root = *own ? root_of(**own) : std::nullopt;
        // Its checkpoint of that size is set aside above, under the same key.
        if (own_root && gone(proved.front().size, &*own_root)) continue;
        const Bytes given_up = checkpoint_key('g', proved.front().size);
        batch.Put(database_->family(kCheckpoints), slice_of(given_up), rocksdb::Slice())
            .PermitUncheckedError();
    }
    if (batch.Count() == 0) return {};
    if (Status status = commit_batch(batch, true); !status) return status;
    const std::lock_guard lock(mutex_);
    if (marked) mark_.reset();
    return {};
}

Status give_up_signed(const BlockStoreOptions& options, const GivenUp& gone) {
    const auto store = RocksBlockStore::open(options);
    return store ? (*store)->give_up_signed(gone, options.node) : Status(store.error());
}

}  // namespace tally::storage
