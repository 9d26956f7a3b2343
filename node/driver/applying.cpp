// Committed blocks become derived data here, one after the other, in the order of the log, each
// exactly once. It is the only writer of derived data while a node runs.
//
// Thread: one of its own in the process. It reads blocks from the store, not from the core: only
// what is durable here is ever applied, so derived data never runs ahead of the log.
//
// Invariants:
//   - The index of an applied block is the one before it plus one.
//   - A block is published as a whole before anybody hears of it.
//   - Of one block, the keeper hears of the seal first and the driver of the block afterwards.
//   - A block that cannot be read or applied halts the node for good; skipping it is never right.

#include "node/driver/applying.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace tally::node::driver {
namespace {

constexpr std::size_t kReadBytesMax = 8 << 20;

}  // namespace

void Applying::apply_to(consensus::Index target) { target_ = std::max(target_, target); }

Result<Applied> Applying::step() {
    TALLY_CHECK(!idle());
    if (read_.empty()) {
        auto blocks = blocks_.read(applied_.next(), target_, kReadBytesMax);
        if (!blocks) {
            failed_ = true;
            return blocks.error();
        }
        read_ = std::move(*blocks);
        std::reverse(read_.begin(), read_.end());
    }
    const consensus::Block block = std::move(read_.back());
    read_.pop_back();
    TALLY_CHECK(block.header.index == applied_.next());
    auto applied = machine_.apply(block);
    if (!applied) {
        failed_ = true;
        return applied.error();
    }
    applied_ = block.header.index;
    return applied;
}

}  // namespace tally::node::driver
