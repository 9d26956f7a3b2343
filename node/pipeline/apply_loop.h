#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <variant>

#include "node/driver/applying.h"
#include "node/pipeline/checked_cache.h"
#include "node/pipeline/event_queue.h"
#include "storage/applier.h"
#include "storage/block_store.h"
#include "storage/state_store.h"

namespace tally::node::pipeline {

/// Applying over the credit rules and the stored state.
class LedgerMachine final : public driver::BlockMachine {
public:
    LedgerMachine(storage::Applier& applier, storage::SubmissionChecker check)
        : applier_(applier), check_(std::move(check)) {}
    Result<driver::Applied> apply(const consensus::Block& block) override;

private:
    storage::Applier& applier_;
    storage::SubmissionChecker check_;
};

/// Gives applying a thread: the only one that changes derived data. An error ends it for good: the
/// node then answers from what it has and says why.
class ApplyLoop {
public:
    struct Parts {
        storage::BlockStore& blocks;
        storage::StateStore& state;
        storage::Applier& applier;
        CheckedCache& cache;
        consensus::Index committed;  ///< derived data is brought up to here first
    };
    /// Both are called on the loop's thread. `stopped` at most once; an io_error or no_space there
    /// means that the process must end.
    ApplyLoop(const Parts& parts, std::function<void(driver::Applied)> applied,
              std::function<void(const Error&)> stopped);
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
    void stop_with(const Error& error);
    void count(const driver::Applied& applied);

    const Parts parts_;
    const storage::SubmissionChecker check_;
    std::function<void(driver::Applied)> applied_;
    std::function<void(const Error&)> stopped_;
    EventQueue<Event> queue_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> ended_{false};  // after an error: what is asked is dropped
    std::atomic<std::uint64_t> accepted_{0};
    std::atomic<std::uint64_t> refused_{0};
    std::atomic<std::uint64_t> blocks_applied_{0};
    std::atomic<std::uint64_t> seals_{0};
    std::thread thread_;  // last
};

}  // namespace tally::node::pipeline
