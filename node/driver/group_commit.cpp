// The cost of a durable block is its sync, not its bytes, so the one thing that decides how many
// blocks a second a node can vouch for is how many of them share a sync. Nothing is timed here:
// while one group is on its way to the disk the next one gathers, and its size follows the load.
//
// Order is everything. Appends merge in the order in which the core handed them out; one that
// begins inside an earlier one (a new leader replaced a tail that was not yet on disk) cuts it,
// exactly as if both had been written one after the other. The hard state of the last one stands
// for all: terms only grow. What vouches for a group (acknowledgements, votes) is kept beside it
// and can only be had together with it, so that no caller can send it first by mistake.

#include "node/driver/group_commit.h"

#include <iterator>
#include <utility>

#include "base/check.h"
#include "node/driver/mutation.h"

namespace tally::node::driver {
namespace {

constexpr std::size_t kGroupBytesMax = 16 << 20;

std::size_t size_of(const consensus::LogWrite& write) {
    std::size_t bytes = 0;
    for (const auto& block : write.blocks) bytes += block.size_bytes();
    return bytes;
}

}  // namespace

void merge_into(consensus::LogWrite& target, consensus::LogWrite later) {
    if (!mutated(Mutation::old_hard_state)) target.hard_state = later.hard_state;
    target.ends_recovering = target.ends_recovering || later.ends_recovering;
    if (later.blocks.empty()) return;
    const consensus::Index first = later.blocks.front().header.index;
    while (!target.blocks.empty() && target.blocks.back().header.index >= first) {
        target.blocks.pop_back();
    }
    TALLY_CHECK(target.blocks.empty() || target.blocks.back().header.index.next() == first);
    target.blocks.insert(target.blocks.end(), std::make_move_iterator(later.blocks.begin()),
                         std::make_move_iterator(later.blocks.end()));
}

void GroupCommit::add(consensus::AppendTask task) {
    TALLY_CHECK(waiting_.empty() || waiting_.back().sequence < task.sequence);
    waiting_.push_back(std::move(task));
}

CommitGroup GroupCommit::take() {
    TALLY_CHECK(!waiting_.empty());
    CommitGroup group;
    while (!waiting_.empty()) {
        consensus::AppendTask& next = waiting_.front();
        const std::size_t more = size_of(next.write);
        if (!group.sequences.empty() && group.bytes + more > kGroupBytesMax) break;
        group.bytes += more;
        group.sequences.push_back(next.sequence);
        group.release.insert(group.release.end(), std::make_move_iterator(next.release.begin()),
                             std::make_move_iterator(next.release.end()));
        if (group.sequences.size() == 1) {
            group.write = std::move(next.write);
        } else {
            merge_into(group.write, std::move(next.write));
        }
        waiting_.pop_front();
    }
    group.bytes = size_of(group.write);
    return group;
}

}  // namespace tally::node::driver
