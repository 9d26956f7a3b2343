#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <variant>

#include "node/driver/keeper.h"
#include "node/pipeline/event_queue.h"
#include "storage/block_store.h"

namespace tally::node::pipeline {

/// Gives the checkpoint keeper a thread and a store, so that the sync of its memory does not hold
/// up applying.
class KeeperLoop {
public:
    /// `perform` sends and tells on the loop's thread what the actions say; what concerns the store
    /// was done before. `failed`: the store; the process must end. References outlive the loop.
    KeeperLoop(const ledger::Genesis& genesis, consensus::NodeId self, const NodeKeys& keys,
               storage::BlockStore& blocks,
               std::function<void(const driver::KeeperActions&)> perform,
               std::function<void(const Error&)> failed);
    ~KeeperLoop();

    void on_seal(const storage::SealPoint& seal);
    /// Dropped when too many wait.
    void on_signatures(consensus::NodeId from, CheckpointSignatures signatures);

    /// Size of the newest certified checkpoint; 0 for none.
    std::uint64_t certified_size() const { return certified_size_; }

private:
    struct Received {
        consensus::NodeId from;
        CheckpointSignatures signatures;
    };
    struct Stop {};
    using Event = std::variant<storage::SealPoint, Received, Stop>;

    void run();
    bool perform();

    storage::BlockStore& blocks_;
    driver::Keeper keeper_;  // the loop's thread alone
    std::function<void(const driver::KeeperActions&)> perform_;
    std::function<void(const Error&)> failed_;
    EventQueue<Event> queue_;
    std::atomic<std::uint64_t> certified_size_{0};
    std::thread thread_;  // last
};

}  // namespace tally::node::pipeline
