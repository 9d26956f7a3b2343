#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include <boost/asio/thread_pool.hpp>

#include "node/config.h"
#include "node/pipeline/checked_cache.h"
#include "node/pipeline/condition.h"
#include "node/pipeline/core_loop.h"
#include "storage/block_store.h"
#include "storage/state_store.h"

namespace tally::node::pipeline {

/// The way of a submission from its arrival to the driver: the early refusals, the check of every
/// signature on the verify pool, and the answer to a retry of what is on record. Thread-safe.
class Admission {
public:
    using Done = std::function<void(Result<SubmitReceipt>)>;
    struct Parts {
        const NodeConfig& config;
        std::string name;           ///< of this node
        consensus::Millis created;  ///< of the network
        const storage::BlockStore& blocks;
        const storage::StateStore& state;
        const Condition& condition;
        CheckedCache& cache;
        CoreLoop& core;
        boost::asio::thread_pool& verify;
        std::function<std::uint64_t()> certified_size;
        std::function<std::uint32_t()> rules_newest;  ///< that a majority of the nodes applies
    };
    /// All that `parts` refers to outlives this.
    explicit Admission(Parts parts) : parts_(std::move(parts)) {}

    void submit(SharedBytes submission, SubmitWait wait, bool forwarded_to_us, Done done);
    /// From now on all is refused with shutting_down.
    void close() { stopping_ = true; }

    /// Bytes of what is being checked or is with the driver.
    std::uint64_t queued_bytes() const { return checking_bytes_ + parts_.core.queued_bytes(); }
    std::uint64_t refused() const { return refused_; }

private:
    void check(SharedBytes submission, SubmitWait wait, bool forwarded_to_us, Done done);

    const Parts parts_;
    std::atomic<std::uint64_t> checking_bytes_{0};
    std::atomic<std::uint64_t> refused_{0};
    std::atomic<bool> stopping_{false};
};

}  // namespace tally::node::pipeline
