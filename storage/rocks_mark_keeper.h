#pragma once

// Internal: included by .cpp files alone.
#include <rocksdb/env.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "storage/high_water_mark.h"

namespace tally::storage {

/// Carries the high-water mark behind the log. The log is always durable first, so the mark is
/// never ahead of it. One thread calls `follow` and `lower`; `failure` is for any.
class MarkKeeper {
public:
    /// Puts `mark`, with the identity of a new file, in the place of what `path` holds, durably.
    /// New with each start, so that an older content of the same file shows as a copy as well.
    /// `reach` is what the system calls a path. `strict`: every change is awaited.
    using Reach = std::function<std::string(const std::string&)>;
    static Result<std::unique_ptr<MarkKeeper>> begin(const std::string& path, const Reach& reach,
                                                     rocksdb::Env& env, HighWaterMark mark,
                                                     bool strict);
    MarkKeeper(const MarkKeeper&) = delete;
    MarkKeeper& operator=(const MarkKeeper&) = delete;
    /// Writes what is still to be written, then joins.
    ~MarkKeeper();

    /// What the log has durably. A change of term or vote is in the mark before this returns; a tip
    /// alone follows within 50 ms and the time of one sync, unless strict.
    Status follow(const consensus::ChainTip& tip, const consensus::HardState& state);
    /// Before blocks after `base` are replaced by a chain that ends in `after`: if `after` does not
    /// come after the mark, the mark goes back to `base`, which both chains have, and that is
    /// durable before this returns. Otherwise a crash would leave a mark ahead of a right log.
    Status lower(const consensus::ChainTip& base, const consensus::ChainTip& after);
    /// This node remembers again all that it promised: durable before it returns.
    Status end_recovering();
    /// The first failure of a write, in the background too; the mark is not written after it.
    Status failure() const;

private:
    MarkKeeper(std::string path, std::unique_ptr<rocksdb::RandomRWFile> file,
               const HighWaterMark& newest, bool strict);
    void run();
    /// Writes `pending_` if it is not written yet. On success it is durable.
    Status write_now();
    Status write_slot(const HighWaterMark& mark);
    void set_pending(const consensus::ChainTip& tip);  // holding mutex_

    const std::string path_;
    const bool strict_;

    std::mutex file_mutex_;  // one write at a time; taken before mutex_
    const std::unique_ptr<rocksdb::RandomRWFile> file_;

    mutable std::mutex mutex_;  // guards everything below
    std::condition_variable changed_;
    HighWaterMark pending_;  // its sequence is that of the newest slot written
    bool dirty_ = false;
    std::chrono::steady_clock::time_point dirty_since_;
    bool stopping_ = false;
    Status failure_;
    std::thread thread_;  // last: starts when all else is ready; none when strict
};

}  // namespace tally::storage
