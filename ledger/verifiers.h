#pragma once

#include <vector>

#include "crypto/note.h"
#include "ledger/genesis.h"

namespace tally::ledger {

/// A node's two verifier keys on checkpoints, in this order: the 0x01 key named as the origin, the
/// 0x04 key named `origin/node` (C2SP signed-note and tlog-cosignature; docs/FORMAT.md).
std::vector<crypto::NoteVerifier> verifiers_of(const Genesis& genesis, const GenesisNode& node);
/// Those of all nodes, node after node as genesis lists them: number i belongs to node i / 2.
std::vector<crypto::NoteVerifier> verifiers_of(const Genesis& genesis);

}  // namespace tally::ledger
