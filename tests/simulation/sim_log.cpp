#include "tests/simulation/sim_log.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace tally::simulation {

using consensus::AppendTask;
using consensus::Block;
using consensus::ChainTip;
using consensus::Index;

void SimLog::overlay(std::vector<Block>& blocks, const std::vector<Block>& written) {
    if (written.empty()) return;
    const std::size_t keep = static_cast<std::size_t>(written.front().header.index.value - 1);
    TALLY_CHECK(keep <= blocks.size());
    blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(keep), blocks.end());
    blocks.insert(blocks.end(), written.begin(), written.end());
}

void SimLog::enqueue(AppendTask task) {
    overlay(view_, task.write.blocks);
    waiting_.push_back(std::move(task));
}

std::vector<AppendTask> SimLog::sync(std::size_t count) {
    std::vector<AppendTask> done;
    while (count-- > 0 && !waiting_.empty()) {
        overlay(blocks_, waiting_.front().write.blocks);
        hard_state_ = waiting_.front().write.hard_state;
        TALLY_CHECK(hard_state_.commit <= Index(blocks_.size()));
        done.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return done;
}

void SimLog::crash(std::size_t kept) {
    sync(kept);
    waiting_.clear();
    view_ = blocks_;
}

const Block* SimLog::durable_block(Index index) const {
    if (index == Index(0) || index > Index(blocks_.size())) return nullptr;
    return &blocks_[static_cast<std::size_t>(index.value - 1)];
}

const Block* SimLog::block(Index index) const {
    if (index == Index(0) || index > last()) return nullptr;
    return &view_[static_cast<std::size_t>(index.value - 1)];
}

Status SimLog::write(const consensus::LogWrite& write) {
    AppendTask task;
    task.write = write;
    enqueue(std::move(task));
    sync(waiting_.size());
    return {};
}

Result<std::vector<Block>> SimLog::read(Index first, Index last, std::size_t bytes_max) const {
    std::vector<Block> result;
    std::size_t bytes = 0;
    for (Index index = first; index <= last; index = index.next()) {
        const Block* block = durable_block(index);
        if (block == nullptr) break;
        result.push_back(*block);
        bytes += block->size_bytes();
        if (bytes > bytes_max) break;
    }
    if (result.empty()) return fail(consensus::errc::not_found, "no such block");
    return result;
}

Result<consensus::PersistedState> SimLog::load() const {
    consensus::PersistedState state;
    state.hard_state = hard_state_;
    state.base = tip_before(hard_state_.commit.next());
    const auto begin = blocks_.begin() + static_cast<std::ptrdiff_t>(hard_state_.commit.value);
    state.tail.assign(begin, blocks_.end());
    return state;
}

ChainTip SimLog::tip() const { return tip_before(Index(blocks_.size() + 1)); }

ChainTip SimLog::tip_before(Index index) const {
    const Block* block = durable_block(index.previous());
    if (block != nullptr) return consensus::tip_of(*block);
    TALLY_CHECK(index == Index(1));
    return {Index(0), consensus::Term(0), consensus::Millis(0), network_};
}

}  // namespace tally::simulation
