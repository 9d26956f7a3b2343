#include <mutex>

#include "base/check.h"
#include "storage/errc.h"
#include "storage/state_layers.h"
#include "storage/state_store.h"

namespace tally::storage {
namespace {

/// The twin of RocksStateStore: one generation that never ends, and nothing below it.
class MemoryStateStore : public StateStore {
public:
    explicit MemoryStateStore(const ledger::Genesis& genesis) { begin(genesis); }

    std::shared_ptr<const StateView> view() const override {
        const std::lock_guard lock(mutex_);
        return make_layered_view(
            {.applied = applied_, .active = active_, .flushing = nullptr, .disk = nullptr},
            registry_);
    }

    Status publish(AppliedBlock block) override {
        // The publisher is the only one to change `applied_` and `active_`.
        if (Status status = check_follows(block, *applied_); !status) return status;
        auto point = std::make_shared<const AppliedPoint>(block.point);
        active_->add(std::move(block), edge_, registry_->oldest(applied_->index.value));
        const std::lock_guard lock(mutex_);
        TALLY_CHECK(point->index == applied_->index.next());
        applied_ = std::move(point);
        return {};
    }

    Status flush() override { return {}; }

    Status reset(const ledger::Genesis& genesis) override {
        const std::lock_guard lock(mutex_);
        begin(genesis);
        return {};
    }

private:
    void begin(const ledger::Genesis& genesis) {
        AppliedBlock first = genesis_block(genesis);
        applied_ = std::make_shared<const AppliedPoint>(first.point);
        edge_ = {};
        // Views of what is forgotten keep their own registry.
        registry_ = std::make_shared<ViewRegistry>();
        active_ = std::make_shared<Generation>();
        active_->add(std::move(first), edge_, 0);
    }

    EdgeTiles edge_;            // the publisher's alone
    mutable std::mutex mutex_;  // guards what follows against readers
    std::shared_ptr<ViewRegistry> registry_;
    std::shared_ptr<const AppliedPoint> applied_;
    std::shared_ptr<Generation> active_;
};

}  // namespace

std::unique_ptr<StateStore> make_memory_state_store(const ledger::Genesis& genesis) {
    return std::make_unique<MemoryStateStore>(genesis);
}

}  // namespace tally::storage
