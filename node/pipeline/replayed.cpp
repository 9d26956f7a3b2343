#include "node/pipeline/replayed.h"

#include <algorithm>

#include "ledger/queries.h"
#include "storage/applier.h"

namespace tally::node::pipeline {

std::optional<Result<SubmitReceipt>> replayed_answer(const ledger::CheckedSubmission& checked,
                                                     const storage::StateView& view,
                                                     const storage::BlockStore& blocks,
                                                     std::uint64_t certified_size) {
    SubmitReceipt receipt;
    receipt.replayed = true;
    receipt.applied_index = view.applied().index.value;
    const ledger::MemberId& submitter = checked.header.signers.front().member;
    std::optional<ledger::TransactionView> first;
    std::uint64_t last_entry = 0;
    for (std::size_t number = 0; number < checked.transactions.size(); ++number) {
        const auto id = ledger::transaction_id_of(checked.transactions[number]);
        if (!id) return std::nullopt;
        const auto known = ledger::find_transaction(view, submitter, *id);
        if (!known) return known.error();
        if (!*known || (*known)->leaf_hash != checked.transaction_hashes[number]) {
            return std::nullopt;
        }
        if (!first) first = **known;
        last_entry = std::max(last_entry, (*known)->entry);
        receipt.result.transactions.push_back({*id, (*known)->outcome, (*known)->entry, true});
    }
    if (!first) return std::nullopt;
    receipt.block = first->block_index;
    const consensus::Index index(first->block_index);
    const auto block = blocks.read(index, index, 1);
    if (!block) return block.error();
    receipt.block_time = block->front().header.time;
    const auto leaf = storage::read_entry(blocks, view, first->entry);
    if (!leaf) return leaf.error();
    const auto entry = ledger::decode_entry(*leaf);
    if (!entry) return entry.error();
    if (const auto* transaction = std::get_if<ledger::TransactionEntry>(&*entry)) {
        receipt.result.header_entry = transaction->header_entry;
    }
    if (certified_size > last_entry) receipt.certified_size = certified_size;
    return receipt;
}

}  // namespace tally::node::pipeline
