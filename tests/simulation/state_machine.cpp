#include "tests/simulation/state_machine.h"

#include "ledger/submission.h"

namespace tally::simulation {

std::uint64_t operation_of(ByteView submission) {
    std::uint64_t operation = 0;
    for (const std::uint8_t byte : submission) {
        if (byte < '0' || byte > '9') break;
        operation = operation * 10 + (byte - '0');
    }
    return operation;
}

void HashChain::note_operation(ByteView submission) {
    const std::uint64_t operation = operation_of(submission);
    if (operation >= seen_.size()) seen_.resize(operation + 1);
    if (seen_[operation]) return;
    seen_[operation] = true;
    logs_[History::key_of(operation)].append(operation);
}

Result<node::driver::Applied> HashChain::apply(const consensus::Block& block) {
    state_ = crypto::sha256({state_.view(), block.hash.view()});
    node::driver::Applied applied;
    if (block.header.kind == consensus::BlockKind::submissions) {
        const auto submissions = ledger::decode_payload(*block.payload);
        if (submissions) applied.block.submissions.resize(submissions->size());
        if (submissions) {
            for (const ByteView one : *submissions) note_operation(one);
        }
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
