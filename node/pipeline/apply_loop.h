#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "node/pipeline/checked_cache.h"
#include "node/pipeline/event_queue.h"
#include "storage/applier.h"
#include "storage/block_store.h"
#include "storage/state_store.h"

namespace tally::node::pipeline {

/// What the core thread hears of an applied block.
struct AppliedNotice {
    consensus::Index index;
    consensus::Term term;
    consensus::Millis time{0};
    std::uint64_t entry_count = 0;  ///< leaves of the log after the block
    std::vector<ledger::SubmissionResult> submissions;
};

/// The one thread that turns committed blocks into derived data, in order. A block that cannot be
/// read or applied halts it for good: the node then answers from what it has and says why.
class ApplyLoop {
public:
    struct Hooks {
        std::function<void(AppliedNotice)> applied;
        std::function<void(const storage::SealPoint&)> seal;
        std::function<void(const std::string& reason)> halted;
        std::function<void(const Error&)> failed;  ///< the disk; the process must end
    };

    /// Brings derived data up to `committed` first, on its own thread.
    ApplyLoop(storage::BlockStore& blocks, storage::StateStore& state, storage::Applier& applier,
              CheckedCache& cache, consensus::Index committed, Hooks hooks);
    /// Stops after the block in hand.
    ~ApplyLoop();

    void apply_to(consensus::Index target);
    std::uint64_t accepted() const { return accepted_; }
    std::uint64_t refused() const { return refused_; }
    std::uint64_t blocks_applied() const { return blocks_applied_; }
    std::uint64_t seals() const { return seals_; }

private:
    struct Stop {};
    using Event = std::variant<consensus::Index, Stop>;

    void run();
    bool advance(consensus::Index target);
    bool apply(const consensus::Block& block);
    void stop_with(const Error& error);
    void count(const storage::Applied& applied);

    storage::BlockStore& blocks_;
    storage::StateStore& state_;
    storage::Applier& applier_;
    storage::SubmissionChecker check_;
    const consensus::Index committed_;
    Hooks hooks_;
    EventQueue<Event> queue_;
    consensus::Index applied_;  // apply thread only
    std::atomic<bool> stopping_{false};
    std::atomic<std::uint64_t> accepted_{0};
    std::atomic<std::uint64_t> refused_{0};
    std::atomic<std::uint64_t> blocks_applied_{0};
    std::atomic<std::uint64_t> seals_{0};
    std::thread thread_;  // last
};

}  // namespace tally::node::pipeline
