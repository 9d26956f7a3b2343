#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "consensus/block.h"
#include "consensus/log_store.h"
#include "ledger/genesis.h"
#include "ledger/ledger.h"
#include "storage/state_store.h"

namespace tally::storage {

/// Checks a block's submissions, or remembers having done so. Called with each submission's bytes;
/// must equal ledger::check_submission.
using SubmissionChecker = std::function<ledger::CheckedSubmission(ByteView submission)>;

/// What became of an applied block, for answers and checkpoints.
struct Applied {
    ledger::BlockResult result;
    AppliedPoint point;
};

/// Turns committed blocks into derived data, the same way in the node, the simulator and the audit:
/// rules, leaves, tiles, one publication per block. One thread only.
class Applier {
public:
    /// `rules_newest`: see ledger::BlockInput.
    Applier(ledger::Genesis genesis, StateStore& state,
            std::uint32_t rules_newest = ledger::kRulesVersion);

    /// The next block: its index must follow the applied point and its previous hash must match
    /// (diverged otherwise). A payload that does not decode yields no entries but is kept.
    Result<Applied> apply(const consensus::Block& block, const SubmissionChecker& check);

    const ledger::Genesis& genesis() const { return genesis_; }

private:
    ledger::Genesis genesis_;
    StateStore& state_;
    std::uint32_t rules_newest_;
};

/// The default checker: parse, hash, verify, every time.
SubmissionChecker plain_checker(const ledger::Genesis& genesis);

/// Brings derived data up to `target`, reading blocks in bounded batches; discards it first if its
/// applied block is not in the log: state never runs ahead of blocks. `check` is called on several
/// threads.
Status replay(const consensus::LogStore& blocks, StateStore& state, Applier& applier,
              consensus::Index target, const SubmissionChecker& check,
              const std::function<void(consensus::Index)>& progress = {});

/// The bytes of an entry, rebuilt from its block.
Result<Bytes> read_entry(const consensus::LogStore& blocks, const StateView& view,
                         std::uint64_t entry);

}  // namespace tally::storage
