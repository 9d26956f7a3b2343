// One moment of the state, looked up through at most three layers: the active generation, the one
// that is being written to the disk, and the disk. The newest that has an answer wins.
//
// What makes this right is that the layers are consecutive and a view knows its block. The disk is
// a snapshot of one block, which is never after the view's. A generation may go on growing after
// the view was taken, so records are asked for by version, tiles and entries are cut at the size of
// the view's own tree, and seals at its block. A view of block n thus gives the same answers for as
// long as it lives.
//
// Thread: any may read a view; whoever makes one holds the lock under which blocks become visible,
// or it could pin a generation without the layer under it. The registry is what lets a generation
// forget: it keeps the versions that the oldest live view may ask for, and no older ones.
//
// What must never happen: a view that sees part of a block, or a version dropped under a view.
#include "storage/state_layers.h"

#include <algorithm>
#include <string>

#include "base/check.h"
#include "storage/errc.h"

namespace tally::storage {
namespace {

/// Looks into the newest layer first. As of its block a layer above the disk shows nothing newer:
/// records by their version, tiles and entries by the size of the view's own tree.
class LayeredView : public StateView {
public:
    LayeredView(StateLayers layers, std::shared_ptr<ViewRegistry> registry)
        : layers_(std::move(layers)),
          registry_(std::move(registry)),
          block_(layers_.applied->index.value) {
        TALLY_CHECK(layers_.active != nullptr);
        TALLY_CHECK(!layers_.disk || layers_.disk->applied().index <= layers_.applied->index);
        registry_->add(block_);
    }
    LayeredView(const LayeredView&) = delete;
    LayeredView& operator=(const LayeredView&) = delete;
    ~LayeredView() override { registry_->remove(block_); }

    const AppliedPoint& applied() const override { return *layers_.applied; }

    Result<std::optional<Bytes>> get(ByteView key) const override {
        if (auto found = layers_.active->record(key, block_)) return std::move(*found);
        if (layers_.flushing) {
            if (auto found = layers_.flushing->record(key, block_)) return std::move(*found);
        }
        if (layers_.disk) return layers_.disk->record(key);
        return std::optional<Bytes>{};
    }

    Result<std::vector<crypto::Digest>> tile(int level, std::uint64_t number,
                                             int width) const override {
        const TileKey key{level, number};
        const std::string name = "tile " + std::to_string(level) + "/" + std::to_string(number);
        const std::uint64_t hashes = tile_hashes_at(level, layers_.applied->frontier.size());
        if (width < 1 || width > static_cast<int>(kTileWidth) || number > hashes / kTileWidth ||
            number * kTileWidth + static_cast<std::uint64_t>(width) > hashes) {
            return fail(errc::not_found, name);
        }
        const auto wanted = static_cast<std::size_t>(width);
        if (auto found = layers_.active->tile(key, wanted)) return std::move(*found);
        if (layers_.flushing) {
            if (auto found = layers_.flushing->tile(key, wanted)) return std::move(*found);
        }
        if (!layers_.disk) return fail(errc::corrupt_state, name + " is missing");
        Result<std::vector<crypto::Digest>> stored = layers_.disk->tile(key);
        if (!stored) return stored.error();
        if (stored->size() < wanted) return fail(errc::corrupt_state, name + " is too short");
        stored->resize(wanted);
        return stored;
    }

    Result<EntryPlace> locate_entry(std::uint64_t entry) const override {
        if (entry >= layers_.applied->head.entry_count) {
            return fail(errc::not_found, "entry " + std::to_string(entry));
        }
        if (auto found = layers_.active->entries_at(entry)) return place_in(*found, entry);
        if (layers_.flushing) {
            if (auto found = layers_.flushing->entries_at(entry)) return place_in(*found, entry);
        }
        if (!layers_.disk) return fail(errc::not_found, "entry " + std::to_string(entry));
        const Result<EntryRange> stored = layers_.disk->entries_at(entry);
        if (!stored) return stored.error();
        return place_in(*stored, entry);
    }

    Result<std::optional<SealPoint>> seal_covering(std::uint64_t entry) const override {
        // Oldest layer first: the smallest size is asked for.
        if (layers_.disk) {
            const std::optional<SealPoint>& last = layers_.disk->applied().last_seal;
            if (last && last->size > entry) return layers_.disk->seal_above(entry);
        }
        if (layers_.flushing) {
            if (auto found = layers_.flushing->seal_above(entry, block_)) return found;
        }
        return layers_.active->seal_above(entry, block_);
    }

    std::unique_ptr<RecordScan> listed(
        std::uint8_t kind,
        const std::optional<std::array<std::uint8_t, 16>>& after) const override {
        Bytes key{kind};
        if (after) append(key, *after);
        return make_layered_scan(layers_, std::move(key));
    }

    const StateLayers layers_;
    const std::shared_ptr<ViewRegistry> registry_;
    const std::uint64_t block_;
};

}  // namespace

void ViewRegistry::add(std::uint64_t block) {
    const std::lock_guard lock(mutex_);
    blocks_.insert(block);
}

void ViewRegistry::remove(std::uint64_t block) {
    const std::lock_guard lock(mutex_);
    const auto found = blocks_.find(block);
    TALLY_CHECK(found != blocks_.end());
    blocks_.erase(found);
}

std::uint64_t ViewRegistry::oldest(std::uint64_t applied) const {
    const std::lock_guard lock(mutex_);
    return blocks_.empty() ? applied : std::min(applied, *blocks_.begin());
}

std::shared_ptr<const StateView> make_layered_view(StateLayers layers,
                                                   std::shared_ptr<ViewRegistry> registry) {
    TALLY_CHECK(layers.applied != nullptr && registry != nullptr);
    return std::make_shared<LayeredView>(std::move(layers), std::move(registry));
}

AppliedBlock genesis_block(const ledger::Genesis& genesis) {
    ledger::GenesisState state = ledger::initial_state(genesis);
    AppliedBlock block;
    block.point.block_hash = genesis.network_id();
    block.point.head = state.head;
    block.changes = std::move(state.changes);
    TALLY_CHECK(block.point.frontier.size() == block.point.head.entry_count);
    return block;
}

Status check_follows(const AppliedBlock& block, const AppliedPoint& applied) {
    const std::string name = "block " + std::to_string(block.point.index.value);
    if (block.point.index != applied.index.next()) {
        return fail(errc::diverged,
                    name + " applied after block " + std::to_string(applied.index.value));
    }
    const std::uint64_t entries = applied.head.entry_count + block.entry_count;
    if (block.point.head.entry_count != entries || block.point.frontier.size() != entries ||
        (block.entry_count > 0 && block.first_entry != applied.head.entry_count)) {
        return fail(errc::diverged, name + ": its entries do not follow those before it");
    }
    if (block.seal && block.seal->size != entries) {
        return fail(errc::diverged, name + ": its seal is not of the log's size");
    }
    return {};
}

}  // namespace tally::storage
