// Evidence against nodes, beside the checkpoints: `e`, kind, node and place hold one record.
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

}  // namespace

Result<bool> RocksBlockStore::keep_evidence(const Evidence& evidence) {
    const std::lock_guard one_at_a_time(evidence_mutex_);
    const EvidenceKey key = key_of(evidence);
    const Bytes stored_at = stored_key(key);
    const auto stored = get(kCheckpoints, stored_at);
    if (!stored) return stored.error();
    Bytes value = encode_evidence(evidence);
    if (stored->has_value()) {
        const auto kept = decode_evidence(**stored);
        if (!kept) return kept.error();
        const auto both = merged(*kept, evidence);
        if (!both) return false;
        value = encode_evidence(*both);
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

Result<std::vector<Evidence>> RocksBlockStore::evidence() const {
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(kCheckpoints)));
    std::vector<Evidence> all;
    for (at->Seek(slice_of(Bytes{kPrefix})); at->Valid(); at->Next()) {
        if (at->key().empty() || at->key()[0] != kPrefix) break;
        auto decoded = decode_evidence(bytes_of(at->value()));
        if (!decoded) return decoded.error();
        all.push_back(std::move(*decoded));
    }
    if (!at->status().ok()) return rocks_error(at->status(), errc::corrupt_block, path_);
    return all;
}

Result<std::vector<Evidence>> read_evidence(const std::string& folder) {
    const auto store = RocksBlockStore::open_readonly(folder, RocksBlockStore::Checking::none);
    if (!store) return store.error();
    return (*store)->evidence();
}

}  // namespace tally::storage
