#pragma once

// Internal.
#include <optional>
#include <string>

#include "consensus/block.h"
#include "storage/audit.h"

namespace tally::storage {

/// The chain checks of one block after `previous`, written here a second time and apart from
/// consensus::check_block, so that the audit names the field that is wrong.
std::optional<AuditFinding> check_chain_fields(const consensus::Block& block,
                                               const consensus::ChainTip& previous,
                                               const crypto::Digest& network);

}  // namespace tally::storage
