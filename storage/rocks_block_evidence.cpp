// Evidence against nodes, beside the checkpoints: `e`, kind, node and place hold one record.
#include <algorithm>
#include <utility>

#include "base/hex.h"
#include "storage/evidence.h"
#include "storage/rocks_block_store.h"

namespace tally::storage {
namespace {

constexpr std::uint8_t kPrefix = 'e';

Bytes stored_key(const EvidenceKey& key) {
    const auto node = key_of(key.node);
    const auto place = key_of(key.place);
    Bytes bytes{kPrefix, key.kind};
    bytes.insert(bytes.end(), node.begin(), node.end());
    bytes.insert(bytes.end(), place.begin(), place.end());
    return bytes;
}

/// Which record that is, for people.
std::string stored_description(ByteView key) {
    constexpr std::size_t kNumber = sizeof(std::uint64_t);
    const std::uint64_t node =
        key.size() == 2 + 2 * kNumber ? number_of(key.subspan(2, kNumber)) : ~std::uint64_t{0};
    if (!std::in_range<std::uint32_t>(node)) return "the record under key " + to_hex(key);
    return description_of(
        {key[1], static_cast<std::uint32_t>(node), number_of(key.subspan(2 + kNumber))});
}

/// A record as its key names it: one that lies under another's key was put there by no node.
Result<Evidence> stored_record(ByteView key, ByteView value) {
    auto record = decode_evidence(value);
    if (!record) return record.error();
    if (const Bytes own = stored_key(key_of(*record)); !std::ranges::equal(own, key)) {
        return fail(errc::corrupt_block, "evidence: the record is of " +
                                             description_of(key_of(*record)) +
                                             ", and lies under another's key");
    }
    return record;
}

}  // namespace

Result<bool> RocksBlockStore::keep_evidence(const Evidence& evidence) {
    const std::lock_guard one_at_a_time(evidence_mutex_);
    const EvidenceKey key = key_of(evidence);
    const Bytes stored_at = stored_key(key);
    const auto stored = get(kCheckpoints, stored_at);
    if (!stored) return stored.error();
    Bytes value = encode_evidence(evidence);
    if (stored->has_value()) {
        // One that cannot be read proves nothing to anybody, and must not keep out what does.
        if (const auto kept = stored_record(stored_at, **stored)) {
            const auto both = merged(*kept, evidence);
            if (!both) return false;
            value = encode_evidence(*both);
        }
    } else {
        const auto count = count_evidence(stored_key({key.kind, key.node, 0}),
                                          stored_key({key.kind, key.node, ~std::uint64_t{0}}));
        if (!count) return count.error();
        if (*count >= kEvidencePerNodeMax) return false;
    }
    rocksdb::WriteBatch batch;
    batch.Put(database_->family(kCheckpoints), slice_of(stored_at), slice_of(value))
        .PermitUncheckedError();
    if (Status status = commit_batch(batch, true); !status) return status.error();
    return true;
}

Result<std::size_t> RocksBlockStore::count_evidence(ByteView first, ByteView last) const {
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(kCheckpoints)));
    std::size_t count = 0;
    for (at->Seek(slice_of(first)); at->Valid() && at->key().compare(slice_of(last)) <= 0;
         at->Next()) {
        ++count;
    }
    if (!at->status().ok()) return rocks_error(at->status(), errc::corrupt_block, path_);
    return count;
}

Result<KeptEvidence> RocksBlockStore::evidence() const {
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(kCheckpoints)));
    KeptEvidence all;
    std::string last;
    for (at->Seek(slice_of(Bytes{kPrefix})); at->Valid(); at->Next()) {
        if (at->key().empty() || at->key()[0] != kPrefix) break;
        last = stored_description(bytes_of(at->key()));
        auto record = stored_record(bytes_of(at->key()), bytes_of(at->value()));
        if (record) {
            if (auto* roots = std::get_if<RootConflict>(&record->what)) {
                const auto own = checkpoint(roots->size);
                if (own && *own) add_certified(*roots, **own);
            }
            all.records.push_back(std::move(*record));
        } else {
            all.damaged.push_back({last, record.error().context});
        }
    }
    if (!at->status().ok()) {
        // The disk gives no more; what it gave stands.
        all.damaged.push_back({last.empty() ? "all records" : "all records after " + last,
                               rocks_error(at->status(), errc::corrupt_block, path_).context});
    }
    return all;
}

Result<FolderEvidence> read_evidence(const std::string& folder) {
    const auto store = RocksBlockStore::open_readonly(folder, RocksBlockStore::Checking::none);
    if (!store) return store.error();
    auto kept = (*store)->evidence();
    if (!kept) return kept.error();
    return FolderEvidence{(*store)->network(), std::move(*kept)};
}

}  // namespace tally::storage
