// Brings derived data up to the log. Applying has an order, reading and checking have none: while
// one batch of blocks is applied, the next is read, its hashes are checked and the signatures of
// its submissions verified on other threads. At a restart those are most of the work.
#include <algorithm>
#include <future>
#include <string>
#include <thread>

#include "base/check.h"
#include "storage/applier.h"
#include "storage/errc.h"

namespace tally::storage {

using consensus::Block;
using consensus::Index;

namespace {

constexpr std::size_t kBatchBytes = 1 << 20;
constexpr std::size_t kThreadsMax = 4;
// Below this a thread costs more than it saves.
constexpr std::size_t kChecksPerThread = 32;

/// Consecutive blocks, and their submissions checked, in the order in which they are applied.
struct Batch {
    std::vector<Block> blocks;
    std::vector<ledger::CheckedSubmission> checked;
};

void check_all(const std::vector<ByteView>& submissions, const SubmissionChecker& check,
               std::vector<ledger::CheckedSubmission>& checked) {
    checked.resize(submissions.size());
    const std::size_t cores = std::max<std::size_t>(1, std::thread::hardware_concurrency());
    const std::size_t threads =
        std::min({cores, kThreadsMax, submissions.size() / kChecksPerThread + 1});
    TALLY_CHECK(threads > 0 && threads <= kThreadsMax);
    const auto check_share = [&](std::size_t thread) {
        for (std::size_t i = thread; i < submissions.size(); i += threads) {
            checked[i] = check(submissions[i]);
        }
    };
    std::vector<std::future<void>> others;
    for (std::size_t thread = 1; thread < threads; ++thread) {
        others.push_back(std::async(std::launch::async, check_share, thread));
    }
    check_share(0);
    for (std::future<void>& other : others) other.get();
}

Result<Batch> prepare(const consensus::LogStore& blocks, Index first, Index last,
                      const SubmissionChecker& check) {
    auto found = blocks.read(first, last, kBatchBytes);
    if (!found) return found.error();
    TALLY_CHECK(!found->empty() && found->front().header.index == first);
    Batch batch;
    batch.blocks = std::move(*found);
    std::vector<ByteView> submissions;
    for (const Block& block : batch.blocks) {
        if (block.header.kind != consensus::BlockKind::submissions) continue;
        const auto views = ledger::decode_payload(*block.payload);
        if (views) submissions.insert(submissions.end(), views->begin(), views->end());
    }
    check_all(submissions, check, batch.checked);
    return batch;
}

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

/// The applied index to go on from, after discarding a state of no use.
Result<Index> start_of(const consensus::LogStore& blocks, StateStore& state,
                       const ledger::Genesis& genesis) {
    {
        const auto view = state.view();
        const auto usable = stands_in_log(blocks, view->applied(), genesis.network_id());
        if (!usable) return usable.error();
        if (*usable) return view->applied().index;
    }
    if (Status status = state.reset(genesis); !status) return status.error();
    return Index(0);
}

Status apply_batch(Batch batch, Applier& applier) {
    std::size_t next = 0;
    const SubmissionChecker take = [&batch, &next](ByteView) {
        return std::move(batch.checked.at(next++));
    };
    for (const Block& block : batch.blocks) {
        const auto applied = applier.apply(block, take);
        if (!applied) return applied.error();
    }
    TALLY_CHECK(next == batch.checked.size());  // each submission was judged by its own check
    return {};
}

}  // namespace

Status replay(const consensus::LogStore& blocks, StateStore& state, Applier& applier, Index target,
              const SubmissionChecker& check, const std::function<void(Index)>& progress) {
    if (target > blocks.tip().index) {
        return fail(errc::not_found, "block " + std::to_string(target.value) +
                                         " to replay to: the log ends at block " +
                                         std::to_string(blocks.tip().index.value));
    }
    const Result<Index> start = start_of(blocks, state, applier.genesis());
    if (!start) return start.error();
    if (*start >= target) return {};
    Result<Batch> batch = prepare(blocks, start->next(), target, check);
    while (batch) {
        const Index end = batch->blocks.back().header.index;
        std::future<Result<Batch>> next;
        if (end < target) {
            next = std::async(std::launch::async, [&blocks, &check, end, target] {
                return prepare(blocks, end.next(), target, check);
            });
        }
        if (Status status = apply_batch(std::move(*batch), applier); !status) return status;
        if (progress) progress(end);
        if (end >= target) return {};
        batch = next.get();
    }
    return batch.error();
}

}  // namespace tally::storage
