#include "tests/simulation/state_machine.h"

#include "ledger/submission.h"

namespace tally::simulation {

Result<node::driver::Applied> HashChain::apply(const consensus::Block& block) {
    state_ = crypto::sha256({state_.view(), block.hash.view()});
    node::driver::Applied applied;
    if (block.header.kind == consensus::BlockKind::submissions) {
        const auto submissions = ledger::decode_payload(*block.payload);
        if (submissions) applied.block.submissions.resize(submissions->size());
        for (auto& submission : applied.block.submissions) submission.header_entry = entries_++;
    }
    if (block.header.kind == consensus::BlockKind::seal) {
        seal_ = {++entries_, state_, block.header.index, block.header.time};
        applied.seal = seal_;
    }
    applied.block.index = block.header.index;
    applied.block.term = block.header.term;
    applied.block.time = block.header.time;
    applied.block.entry_count = entries_;
    applied.block.sealed_size = seal_ ? seal_->size : 0;
    return applied;
}

}  // namespace tally::simulation
