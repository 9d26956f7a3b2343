#include "tests/simulation/sim_log.h"

#include <utility>

#include "base/check.h"

namespace tally::simulation {

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

SimLog::SimLog(const crypto::Digest& network)
    : network_(network), twin_(storage::make_memory_block_store(network)) {}

void SimLog::note_append(const consensus::LogWrite& write) { overlay(view_, write.blocks); }

void SimLog::begin(node::driver::CommitGroup group) {
    TALLY_CHECK(!group_);
    group_ = std::move(group);
}

Result<node::driver::CommitGroup> SimLog::finish() {
    TALLY_CHECK(group_);
    node::driver::CommitGroup group = std::move(*group_);
    group_.reset();
    blocks_before_ = blocks_;
    hard_state_before_ = hard_state_;
    const Status written = write(group.write);
    if (!written) return written.error();
    return group;
}

Status SimLog::crash(std::size_t kept) {
    Status written;
    if (group_ && kept > 0) written = write(group_->write);
    group_.reset();
    view_ = blocks_;
    return written;
}

Status SimLog::put_back(const Copy& copy) {
    TALLY_CHECK(!group_);
    twin_ = storage::make_memory_block_store(network_);
    const Status written = twin_->write({copy.blocks, copy.hard_state});
    if (!written) return written;
    blocks_ = view_ = copy.blocks;
    hard_state_ = copy.hard_state;
    recovering_ = true;
    return {};
}

Status SimLog::crash_torn() {
    Status written;
    if (group_) {
        consensus::LogWrite torn = group_->write;
        torn.hard_state = hard_state_;
        written = write(torn);
    }
    group_.reset();
    view_ = blocks_;
    return written;
}

void SimLog::crash_lying() {
    const auto mark = twin_->signed_mark();
    blocks_ = blocks_before_;
    hard_state_ = hard_state_before_;
    twin_ = storage::make_memory_block_store(network_);
    TALLY_CHECK(twin_->write({blocks_, hard_state_}).has_value());
    if (mark) TALLY_CHECK(twin_->remember_signed(*mark).has_value());
    group_.reset();
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
    Status written = twin_->write(write);
    if (!written) return written;
    overlay(blocks_, write.blocks);
    hard_state_ = write.hard_state;
    if (write.ends_recovering) recovering_ = false;
    return written;
}

Result<std::vector<Block>> SimLog::read(Index first, Index last, std::size_t bytes_max) const {
    return twin_->read(first, last, bytes_max);
}

Result<consensus::PersistedState> SimLog::load() const {
    auto state = twin_->load();
    if (state) state->recovering = recovering_;
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
