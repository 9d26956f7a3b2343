// A scan over the layers of a view: three ordered walks, merged. Each layer is asked for its next
// key only when the one before it is used up, so that a scan holds three records, however many
// there are, and takes a generation's lock for one look-up at a time: whoever adds blocks waits for
// none of it.
//
// The least key is next. Where several layers have it the newest that has a version of it for the
// view's block decides, also when that version is the record's removal. A generation may have keys
// that came after that block: they have no such version, and what lies below counts.
#include <array>
#include <utility>

#include "base/check.h"
#include "storage/state_layers.h"

namespace tally::storage {
namespace {

class LayeredScan : public RecordScan {
public:
    LayeredScan(const StateLayers& layers, Bytes key) : block_(layers.applied->index.value) {
        TALLY_CHECK(layers.active != nullptr && !key.empty());
        kind_ = key.front();
        if (layers.disk) disk_ = layers.disk->records_after(key);
        memory_[0] = {.generation = layers.active, .head = {}, .last = key};
        memory_[1] = {.generation = layers.flushing, .head = {}, .last = std::move(key)};
    }

    Result<std::optional<ScannedRecord>> next() override {
        for (;;) {
            if (Status status = fill(); !status) return status.error();
            const Bytes* least = nullptr;
            for (const Layer& layer : memory_) {
                if (layer.head && (least == nullptr || layer.head->key < *least)) {
                    least = &layer.head->key;
                }
            }
            if (on_disk_ && (least == nullptr || on_disk_->key < *least)) least = &on_disk_->key;
            if (least == nullptr) return std::optional<ScannedRecord>{};
            if (auto found = take(Bytes(*least))) return found;
        }
    }

private:
    struct Layer {
        std::shared_ptr<const Generation> generation;  // null: ended, or not there
        std::optional<Generation::Found> head;
        Bytes last;  // the key that was asked for last
    };

    /// Every layer's next key, where it has one.
    Status fill() {
        for (Layer& layer : memory_) {
            if (layer.head || layer.generation == nullptr) continue;
            layer.head = layer.generation->listed_after(layer.last, block_);
            if (layer.head && layer.head->key.front() == kind_) {
                layer.last = layer.head->key;
            } else {
                layer.head.reset();
                layer.generation.reset();
            }
        }
        if (on_disk_ || disk_ == nullptr) return {};
        auto record = disk_->next();
        if (!record) return record.error();
        on_disk_ = std::move(*record);
        if (!on_disk_) disk_.reset();
        return {};
    }

    /// The record with this key, which is used up in every layer; nothing if there is none.
    std::optional<ScannedRecord> take(Bytes key) {
        std::optional<Generation::Value> decided;
        for (Layer& layer : memory_) {
            if (!layer.head || layer.head->key != key) continue;
            if (!decided) decided = std::move(layer.head->value);
            layer.head.reset();
        }
        if (on_disk_ && on_disk_->key == key) {
            if (!decided) decided.emplace(std::move(on_disk_->value));
            on_disk_.reset();
        }
        if (!decided || !decided->has_value()) return std::nullopt;
        return ScannedRecord{std::move(key), std::move(**decided)};
    }

    const std::uint64_t block_;
    std::uint8_t kind_ = 0;
    std::array<Layer, 2> memory_;  // the newer one first
    std::unique_ptr<RecordScan> disk_;
    std::optional<ScannedRecord> on_disk_;
};

}  // namespace

std::unique_ptr<RecordScan> make_layered_scan(const StateLayers& layers, Bytes key) {
    return std::make_unique<LayeredScan>(layers, std::move(key));
}

}  // namespace tally::storage
