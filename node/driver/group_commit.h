#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "consensus/raw_node.h"

namespace tally::node::driver {

/// Appends that share one write and one sync.
struct CommitGroup {
    consensus::LogWrite write;
    /// What vouches for the write: to be sent once it is durable, never before.
    std::vector<consensus::Message> release;
    std::vector<std::uint64_t> sequences;  ///< to be reported once it is durable
    std::size_t bytes = 0;                 ///< of the blocks that are written
};

/// Group commit: whatever waits when a sync ends goes into the next one, in order, up to 16 MiB
/// (at least one append). Whoever owns it writes one group after the other; after a failed write
/// nothing of that group or of a later one may be released or reported.
class GroupCommit {
public:
    void add(consensus::AppendTask task);
    bool empty() const { return waiting_.empty(); }
    std::size_t waiting() const { return waiting_.size(); }
    /// The next group. Requires that something waits.
    CommitGroup take();

private:
    std::deque<consensus::AppendTask> waiting_;
};

/// One write with the effect of both in order: a later write that begins inside the earlier one
/// replaces its end.
void merge_into(consensus::LogWrite& target, consensus::LogWrite later);

}  // namespace tally::node::driver
