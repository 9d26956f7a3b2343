#pragma once

// Internal: what every block store asks of a write, whatever it is kept on.
#include <functional>

#include "base/result.h"
#include "consensus/log_store.h"
#include "storage/block_store.h"

namespace tally::storage {

/// The tip at an index that the store holds.
using TipAt = std::function<Result<consensus::ChainTip>(consensus::Index)>;

/// A write must carry a chain on from what is there, replace nothing that was known to be
/// committed and never lower the term. Anything else is a caller's fault and is refused (diverged)
/// before a byte is written. Returns the tip after the write.
Result<consensus::ChainTip> check_log_write(const consensus::LogWrite& write,
                                            const consensus::ChainTip& tip,
                                            const consensus::HardState& before,
                                            const crypto::Digest& network, const TipAt& tip_at);

/// A signing mark only grows; for an equal size the root is the same.
Status check_mark(const std::optional<SignedMark>& before, const SignedMark& mark);

}  // namespace tally::storage
