// How blocks are read: from where they were written or, once a damaged one was mended, from where
// that was put. Whatever is given was proved by its hash and its neighbours first.
#include <rocksdb/db.h>

#include <algorithm>

#include "base/check.h"
#include "storage/block_codec.h"
#include "storage/rocks_block_store.h"

namespace tally::storage {

using consensus::Block;
using consensus::ChainTip;
using consensus::Index;

namespace {

/// To the record after `index`. From a damaged place, or from before one that was passed over, only
/// a search leads on.
void move_on(rocksdb::Iterator& at, Index index) {
    if (at.Valid() && at.key() == slice_of(key_of(index.value))) return at.Next();
    at.Seek(slice_of(key_of(index.next().value)));
}

}  // namespace

Result<std::vector<Block>> RocksBlockStore::read(Index first, Index last,
                                                 std::size_t bytes_max) const {
    Index failed;
    auto found = read_checked(first, last, bytes_max, failed);
    if (!found && found.error().code != errc::not_found) note_damage(failed, found.error());
    return found;
}

Result<std::vector<Block>> RocksBlockStore::read_checked(Index first, Index last,
                                                         std::size_t bytes_max,
                                                         Index& failed) const {
    ChainTip tip;
    {
        const std::lock_guard lock(mutex_);
        if (auto found = cache_.read(first, last, bytes_max); found && !found->empty()) {
            return std::move(*found);
        }
        tip = tip_;
    }
    if (first.value == 0 || first > tip.index || last < first) {
        return fail(errc::not_found, "block " + std::to_string(first.value));
    }
    return scan({.first = first, .last = std::min(last, tip.index), .bytes_max = bytes_max},
                failed);
}

Result<std::vector<Block>> RocksBlockStore::read_stored(Index first, Index last,
                                                        std::size_t bytes_max) const {
    Index failed;
    return scan({.first = first,
                 .last = std::min(last, tip().index),
                 .bytes_max = bytes_max,
                 .checking = Checking::none},
                failed);
}

Result<Block> RocksBlockStore::block(Index index) const {
    Index failed;
    auto found = scan({.first = index, .last = index}, failed);
    if (!found) return found.error();
    return std::move(found->front());
}

void RocksBlockStore::list_mended() {
    if (!database_->has_family(kMended)) return;
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(kMended)));
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
        if (at->key().size() == sizeof(NumberKey)) mended_.emplace(number_of(bytes_of(at->key())));
    }
    // What is damaged here as well counts as not mended, and is mended once more.
    at->status().PermitUncheckedError();
}

std::set<Index> RocksBlockStore::mended_between(Index first, Index last) const {
    const std::lock_guard lock(mutex_);
    return {mended_.lower_bound(first), mended_.upper_bound(last)};
}

Result<Block> RocksBlockStore::judged(ByteView value, Index expected, Checking checking) const {
    Result<Block> block = decode_stored_block(value, expected);
    if (!block || checking == Checking::none) return block;
    const Status status = verify_block(*block, expected, network_, nullptr);
    return status ? std::move(block) : Result<Block>(status.error());
}

Result<Block> RocksBlockStore::looked_up(Family family, Index expected, Checking checking) const {
    const auto value = get(family, key_of(expected.value));
    if (!value) {
        return Error{value.error().code,
                     "block " + std::to_string(expected.value) + ": " + value.error().context};
    }
    if (!value->has_value()) return damaged_block(expected, "missing");
    return judged(**value, expected, checking);
}

Result<Block> RocksBlockStore::block_at(const rocksdb::Iterator& at, Index expected,
                                        Checking checking) const {
    // It meets the damage of all that lies around the block as well; a look-up reads it alone.
    if (!at.Valid() && !at.status().ok()) return looked_up(kBlocks, expected, checking);
    if (!at.Valid() && tip().index < expected) {  // a concurrent write cut the log here
        return fail(errc::not_found, "block " + std::to_string(expected.value));
    }
    if (!at.Valid() || at.key() != slice_of(key_of(expected.value))) {
        return damaged_block(expected, "missing");
    }
    return judged(bytes_of(at.value()), expected, checking);
}

Result<Block> RocksBlockStore::stored(const rocksdb::Iterator& at, Index expected, bool is_mended,
                                      Checking checking) const {
    if (!is_mended) return block_at(at, expected, checking);
    Result<Block> block = looked_up(kMended, expected, checking);
    // Also what is mended may be damaged later.
    return block ? std::move(block) : block_at(at, expected, checking);
}

/// What is whole before the damage is given: whoever asks on learns of the damage.
Result<std::vector<Block>> RocksBlockStore::scan(const Scan& wanted, Index& failed) const {
    // Taken first: what is mended meanwhile is found damaged once more, and mended the next time.
    const std::set<Index> mended = mended_between(wanted.first, wanted.last);
    // An iterator, not Get: it sees one moment, and a read-only database resolves blob values in
    // iterators alone.
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(kBlocks)));
    std::vector<Block> found;
    std::size_t bytes = 0;
    const crypto::Digest* previous = wanted.first.value == 1 ? &network_ : wanted.previous;
    at->Seek(slice_of(key_of(wanted.first.value)));
    for (failed = wanted.first;; failed = failed.next()) {
        const bool is_mended = mended.contains(failed);
        if (!is_mended && at->Valid()) bytes += at->value().size();
        if (!found.empty() && bytes > wanted.bytes_max) return found;
        Result<Block> block = stored(*at, failed, is_mended, wanted.checking);
        if (!block && found.empty()) return block.error();
        if (!block) return found;
        const bool linked = previous == nullptr || wanted.checking == Checking::none;
        // As the first of the next read it would pass.
        if (Status links = linked ? Status() : verify_link(*block, *previous); !links) {
            return links.error();
        }
        if (is_mended) bytes += block->size_bytes();
        found.push_back(std::move(*block));
        if (failed == wanted.last) return found;
        previous = &found.back().hash;
        move_on(*at, failed);
    }
}

}  // namespace tally::storage
