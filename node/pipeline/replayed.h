#pragma once

#include <optional>

#include "ledger/submission.h"
#include "node/service.h"
#include "storage/block_store.h"
#include "storage/state_store.h"

namespace tally::node::pipeline {

/// The first answers, when every transaction is on record with these bytes: a retry costs no block.
/// Nothing if one is new or differs. `certified_size`: of the newest certified checkpoint.
std::optional<Result<SubmitReceipt>> replayed_answer(const ledger::CheckedSubmission& checked,
                                                     const storage::StateView& view,
                                                     const storage::BlockStore& blocks,
                                                     std::uint64_t certified_size);

}  // namespace tally::node::pipeline
