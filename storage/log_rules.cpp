#include "storage/log_rules.h"

#include <string>

#include "base/check.h"
#include "base/hex.h"
#include "storage/errc.h"

namespace tally::storage {

using consensus::Block;
using consensus::ChainTip;
using consensus::HardState;
using consensus::Index;
using consensus::LogWrite;

namespace {

Error refused(Index index, const std::string& why) {
    return fail(errc::diverged, "write of block " + std::to_string(index.value) + ": " + why);
}

Result<ChainTip> check_chain(const std::vector<Block>& blocks, ChainTip tip,
                             const crypto::Digest& network) {
    for (const Block& block : blocks) {
        const Index index = tip.index.next();
        if (block.header.index != index) return refused(index, "not consecutive");
        if (block.header.network != network) return refused(index, "of another network");
        if (block.header.previous != tip.hash) return refused(index, "broken hash link");
        if (block.header.term < tip.term) return refused(index, "term goes back");
        if (!block.payload || block.payload->size() != block.header.payload_size) {
            return refused(index, "payload of another size");
        }
        tip = consensus::tip_of(block);
    }
    return tip;
}

}  // namespace

Result<ChainTip> check_log_write(const LogWrite& write, const ChainTip& tip,
                                 const HardState& before, const crypto::Digest& network,
                                 const TipAt& tip_at) {
    TALLY_CHECK(before.commit <= tip.index);
    ChainTip after = tip;
    if (!write.blocks.empty()) {
        const Index first = write.blocks.front().header.index;
        if (first.value == 0 || first > tip.index.next()) return refused(first, "leaves a gap");
        if (first <= before.commit) return refused(first, "would replace a committed block");
        ChainTip start = tip;
        if (first <= tip.index) {
            Result<ChainTip> found = tip_at(first.previous());
            if (!found) return found.error();
            start = *found;
        }
        TALLY_CHECK(start.index.next() == first);
        Result<ChainTip> checked = check_chain(write.blocks, start, network);
        if (!checked) return checked.error();
        after = *checked;
    }
    if (write.hard_state.term < before.term) {
        return fail(errc::diverged, "write of the hard state: term goes back");
    }
    if (write.hard_state.commit > after.index) {
        return fail(errc::diverged, "write of the hard state: commit " +
                                        std::to_string(write.hard_state.commit.value) +
                                        " above the tip " + std::to_string(after.index.value));
    }
    TALLY_CHECK(after.index >= before.commit);
    return after;
}

Status check_mark(const std::optional<SignedMark>& before, const SignedMark& mark) {
    if (!before || mark.size > before->size) return {};
    if (mark.size == before->size && mark.root == before->root) return {};
    const std::string size = std::to_string(mark.size);
    if (mark.size < before->size) {
        return fail(errc::diverged, "checkpoint of size " + size + ": signed up to size " +
                                        std::to_string(before->size) + " already");
    }
    return fail(errc::diverged, "checkpoint of size " + size + ": root " +
                                    to_hex(mark.root.view()) + " after signing root " +
                                    to_hex(before->root.view()));
}

}  // namespace tally::storage
