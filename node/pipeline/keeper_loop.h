#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <variant>

#include "node/driver/keeper.h"
#include "node/pipeline/accusations.h"
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
               storage::BlockStore& blocks, Accusations& accusations,
               std::function<void(const driver::KeeperActions&)> perform,
               std::function<void(const Error&)> failed);
    ~KeeperLoop();

    void on_seal(const storage::SealPoint& seal);
    /// Dropped when too many of that node wait: whoever lacks an answer asks again.
    void on_signatures(consensus::NodeId from, CheckpointSignatures signatures);

    /// Size of the newest certified checkpoint; 0 for none.
    std::uint64_t certified_size() const { return certified_size_; }
    /// As of the last event.
    driver::KeeperView view() const;

private:
    struct Received {
        consensus::NodeId from;
        CheckpointSignatures signatures;
    };
    struct Stop {};
    using Event = std::variant<storage::SealPoint, Received, Stop>;

    void run();
    void take(Event event);
    bool perform();
    Status store(const driver::KeeperActions& actions);

    storage::BlockStore& blocks_;
    Accusations& accusations_;
    driver::Keeper keeper_;  // the loop's thread alone
    std::function<void(const driver::KeeperActions&)> perform_;
    std::function<void(const Error&)> failed_;
    EventQueue<Event> queue_;
    std::atomic<std::uint64_t> certified_size_{0};
    mutable std::mutex mutex_;  // guards what follows
    driver::KeeperView view_;
    std::map<consensus::NodeId, std::size_t> waiting_;  // received and not yet taken
    std::thread thread_;                                // last
};

}  // namespace tally::node::pipeline
