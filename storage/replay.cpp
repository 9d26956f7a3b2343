// Brings derived data up to the log. While one batch of blocks is applied, the next is read and its
// hashes are checked on another thread: at a restart both are most of the work.
#include <future>
#include <string>

#include "storage/applier.h"
#include "storage/errc.h"

namespace tally::storage {

using consensus::Block;
using consensus::Index;

namespace {

using Batch = Result<std::vector<Block>>;

constexpr std::size_t kBatchBytes = 4 << 20;

/// The state may stand ahead of the blocks after a crash (it is flushed on its own), or on a block
/// that was replaced since: then it is of no use.
Result<bool> stands_in_log(const consensus::LogStore& blocks, const AppliedPoint& point,
                           const crypto::Digest& network) {
    if (point.index.value == 0) return point.block_hash == network;
    if (point.index > blocks.tip().index) return false;
    const auto found = blocks.read(point.index, point.index, 0);
    if (!found) return found.error();
    return found->front().hash == point.block_hash;
}

}  // namespace

Status replay(const consensus::LogStore& blocks, StateStore& state, Applier& applier, Index target,
              const SubmissionChecker& check, const std::function<void(Index)>& progress) {
    if (target > blocks.tip().index) {
        return fail(errc::not_found, "block " + std::to_string(target.value) +
                                         " to replay to: the log ends at block " +
                                         std::to_string(blocks.tip().index.value));
    }
    Index applied;
    {
        const auto view = state.view();
        const auto usable = stands_in_log(blocks, view->applied(), applier.genesis().network_id());
        if (!usable) return usable.error();
        if (*usable) applied = view->applied().index;
        if (!*usable) {
            if (Status status = state.reset(applier.genesis()); !status) return status;
        }
    }
    if (applied >= target) return {};
    Batch batch = blocks.read(applied.next(), target, kBatchBytes);
    while (applied < target) {
        if (!batch) return batch.error();
        const Index end = batch->back().header.index;
        std::future<Batch> next;
        if (end < target) {
            next = std::async(std::launch::async, [&blocks, end, target]() -> Batch {
                return blocks.read(end.next(), target, kBatchBytes);
            });
        }
        for (const Block& block : *batch) {
            const auto result = applier.apply(block, check);
            if (!result) return result.error();
        }
        applied = end;
        if (progress) progress(applied);
        if (next.valid()) batch = next.get();
    }
    return {};
}

}  // namespace tally::storage
