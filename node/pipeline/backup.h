#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "ledger/genesis.h"
#include "storage/audit.h"

namespace tally::node::pipeline {

/// What a backup has after another look at its source.
struct BackedUp {
    std::uint64_t before = 0;                  ///< blocks that it had
    std::uint64_t blocks = 0;                  ///< that it has now
    std::optional<storage::Anchor> certified;  ///< the newest checkpoint that the source gave
};

/// Brings the blocks of a backup up to what the source knows to be committed, with its newest
/// certified checkpoint; `folder` must exist, and may hold an earlier state of the same backup. The
/// source may be a node that runs. Every block is checked on the way, in the chain and against its
/// hashes; what was written before an error stays, and the next run goes on from there. Fails with
/// diverged where source and backup are two histories (nothing is written then), in_use, as the
/// source fails, or as the stores do. `progress` is called with the last block written.
Result<BackedUp> back_up(const storage::AuditSource& source, const ledger::Genesis& genesis,
                         const std::string& folder,
                         const std::function<void(std::uint64_t)>& progress = {});

}  // namespace tally::node::pipeline
