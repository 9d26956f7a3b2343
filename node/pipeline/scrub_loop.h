#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "node/driver/scrubber.h"
#include "node/pipeline/event_queue.h"
#include "storage/block_store.h"

namespace tally::node::pipeline {

/// Gives the scrubber a thread, for it waits for the disk all the time.
class ScrubLoop {
public:
    struct Duties {
        std::function<void(consensus::NodeId, const BlocksWanted&)> send;
        /// After each step: the first block that the disk does not give; empty: it gives all.
        std::function<void(const std::string&)> unreadable;
        std::function<void(const Error&)> failed;  ///< the store; the process must end
    };
    /// The duties are done on the loop's thread. `blocks` outlives the loop.
    ScrubLoop(driver::ScrubConfig config, storage::BlockStore& blocks, Duties duties);
    ~ScrubLoop();

    /// Dropped when too many wait.
    void on_given(consensus::NodeId from, BlocksGiven given);
    /// As of the last step.
    driver::ScrubView view() const;

private:
    struct Stop {};
    using Event = std::variant<std::pair<consensus::NodeId, BlocksGiven>, Stop>;

    void run();
    bool perform();

    storage::BlockStore& blocks_;
    driver::Scrubber scrubber_;  // the loop's thread alone
    const Duties duties_;
    EventQueue<Event> queue_;
    mutable std::mutex mutex_;  // guards what follows
    driver::ScrubView view_;
    std::thread thread_;  // last
};

}  // namespace tally::node::pipeline
