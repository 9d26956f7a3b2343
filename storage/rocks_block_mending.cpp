// Blocks that the disk does not give back any more, and what is put in their place.
//
// A mended block goes into a family of its own. Put over the damaged one it would make RocksDB's
// compaction read the damaged table, and a compaction that fails ends all writing; the keys of
// blocks ascend, so that compactions of their family move files and do not read them.
//
// Which of two blocks is damaged that do not follow from each other, only the one after them can
// say: a header is covered by its hash alone, which the next one names.
#include <rocksdb/db.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "storage/block_codec.h"
#include "storage/rocks_block_store.h"

namespace tally::storage {

using consensus::Block;
using consensus::ChainTip;
using consensus::Index;

std::vector<DamagedBlock> RocksBlockStore::damaged(Index first, Index last) const {
    std::vector<DamagedBlock> some;
    const std::lock_guard lock(mutex_);
    const auto end = damaged_.upper_bound(last);
    for (auto one = damaged_.lower_bound(first); one != end; ++one) {
        some.push_back({one->first, one->second});
    }
    return some;
}

Result<crypto::Digest> RocksBlockStore::shown_hash(Index index) const {
    const ChainTip last = tip();
    if (index == last.index) return last.hash;
    const Result<Block> after = block(index.next());
    if (!after) return after.error();
    return after->header.previous;
}

Index RocksBlockStore::damaged_of(Index index) const {
    if (index.value <= 1) return index;
    const auto at = block(index);
    if (!at) return index;
    const auto before = block(index.previous());
    if (!before || verify_link(*at, before->hash)) return index;
    const auto shown = shown_hash(index);
    return shown && *shown == at->hash ? index.previous() : index;
}

void RocksBlockStore::note_damage(Index failed, const Error& error) const {
    const Index index = damaged_of(failed);
    const std::lock_guard lock(mutex_);
    if (damaged_.size() >= kDamagedMax) return;
    damaged_.emplace(index, error.code.message() + ": " + error.context);
}

Result<Scrubbed> RocksBlockStore::scrub(Index first, Index last, std::size_t bytes_max) {
    last = std::min(last, tip().index);
    if (first.value == 0 || last < first) {
        return fail(errc::not_found, "block " + std::to_string(first.value));
    }
    Scan wanted{.first = first, .last = last, .bytes_max = bytes_max};
    // One that is damaged, or known to be, says nothing of what follows from it.
    Result<Block> before = fail(errc::not_found);
    if (first.value > 1) before = block(first.previous());
    {
        const std::lock_guard lock(mutex_);
        if (before && !damaged_.contains(first.previous())) wanted.previous = &before->hash;
    }
    Index failed;
    const auto found = scan(wanted, failed);
    Scrubbed scrubbed{.next = first, .damaged = {}};
    if (!found && found.error().code == errc::not_found) return found.error();
    if (!found) {
        note_damage(failed, found.error());
        scrubbed.damaged = {damaged_of(failed), found.error().context};
        scrubbed.next = failed;
        return scrubbed;
    }
    for (const Block& block : *found) scrubbed.bytes += block.size_bytes();
    const Block& end = found->back();
    scrubbed.next = end.header.index.next();
    const auto shown = shown_hash(end.header.index);
    const bool good = !shown || *shown == end.hash;
    const std::lock_guard lock(mutex_);
    damaged_.erase(damaged_.lower_bound(first), good ? damaged_.upper_bound(end.header.index)
                                                     : damaged_.lower_bound(end.header.index));
    return scrubbed;
}

Status RocksBlockStore::mend(const Block& block) {
    TALLY_CHECK(block.payload != nullptr);
    const Index index = block.header.index;
    const std::string name = "block " + std::to_string(index.value);
    if (index.value == 0 || index > committed()) {
        return fail(errc::not_found, name + " is not known to be committed here");
    }
    const Status whole = verify_block(block, index, network_, nullptr);
    if (!whole) return fail(errc::diverged, whole.error().context);
    const auto shown = shown_hash(index);
    // Also where the disk failed to read it: nothing was written, and the store goes on.
    if (!shown) return fail(errc::corrupt_block, shown.error().context);
    if (block.header.hash() != *shown) {
        return fail(errc::diverged, name + ": not the one that the block after it names");
    }
    const NumberKey key = key_of(index.value);
    const rocksdb::Slice key_part = slice_of(key);
    const Bytes header = block.header.encode();
    const std::array<rocksdb::Slice, 2> value_parts{slice_of(header), slice_of(*block.payload)};
    rocksdb::WriteBatch batch;
    batch
        .Put(database_->family(kMended), rocksdb::SliceParts(&key_part, 1),
             rocksdb::SliceParts(value_parts.data(), static_cast<int>(value_parts.size())))
        .PermitUncheckedError();
    if (Status status = commit_batch(batch, true); !status) return status;
    const std::lock_guard lock(mutex_);
    mended_.insert(index);
    return {};
}

}  // namespace tally::storage
