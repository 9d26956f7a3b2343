#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "consensus/raw_node.h"
#include "node/pipeline/event_queue.h"
#include "storage/block_store.h"

namespace tally::node::pipeline {

/// The one thread that makes blocks durable. Whatever waits when a sync ends goes into the next
/// one: group commit. Messages that vouch for a write leave only after it.
class LogWriter {
public:
    struct Hooks {
        std::function<void(consensus::Message)> send;
        std::function<void(std::vector<std::uint64_t> sequences)> done;
        std::function<void(const Error&)> failed;  ///< the process must end; called once
    };

    LogWriter(storage::BlockStore& blocks, Hooks hooks);
    /// Writes what is queued, then joins.
    ~LogWriter();

    void append(consensus::AppendTask task);
    std::uint64_t syncs() const { return syncs_; }
    std::uint64_t bytes() const { return bytes_; }

private:
    struct Stop {};
    using Event = std::variant<consensus::AppendTask, Stop>;

    void run();
    bool write(std::vector<consensus::AppendTask>& tasks);

    storage::BlockStore& blocks_;
    Hooks hooks_;
    EventQueue<Event> queue_;
    std::atomic<std::uint64_t> syncs_{0};
    std::atomic<std::uint64_t> bytes_{0};
    std::thread thread_;  // last: starts when all else is ready
};

/// One write with the effect of both in order: a later write that begins inside the earlier one
/// replaces its end.
void merge_into(consensus::LogWrite& target, consensus::LogWrite later);

}  // namespace tally::node::pipeline
