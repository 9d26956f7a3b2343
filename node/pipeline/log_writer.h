#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <variant>

#include "node/driver/group_commit.h"
#include "node/pipeline/event_queue.h"
#include "storage/block_store.h"

namespace tally::node::pipeline {

/// Gives the group commit a thread: the only one that writes blocks. After a failed write nothing
/// is said any more but the failure, once.
class LogWriter {
public:
    /// `written` gets each group once it is durable, on the writer's thread: its messages may leave
    /// now, its sequences be reported. `failed`: the process must end.
    LogWriter(storage::BlockStore& blocks, std::function<void(driver::CommitGroup)> written,
              std::function<void(const Error&)> failed);
    /// Writes what is queued, then joins.
    ~LogWriter();

    void append(consensus::AppendTask task);
    std::uint64_t syncs() const { return syncs_; }
    std::uint64_t bytes() const { return bytes_; }

private:
    struct Stop {};
    using Event = std::variant<consensus::AppendTask, Stop>;

    void run();
    bool write_all();

    storage::BlockStore& blocks_;
    std::function<void(driver::CommitGroup)> written_;
    std::function<void(const Error&)> failed_;
    EventQueue<Event> queue_;
    driver::GroupCommit groups_;  // the writer's thread alone
    std::atomic<std::uint64_t> syncs_{0};
    std::atomic<std::uint64_t> bytes_{0};
    std::thread thread_;  // last: starts when all else is ready
};

}  // namespace tally::node::pipeline
