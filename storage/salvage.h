#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "consensus/types.h"
#include "ledger/genesis.h"
#include "storage/block_store.h"
#include "storage/high_water_mark.h"

namespace tally::storage {

/// What became of a folder that is to recover.
struct Salvaged {
    consensus::Index kept;      ///< its blocks up to here are good
    consensus::Index own_kept;  ///< of them, those that were its own before; the others were taken
    std::string damage;         ///< what was wrong with its blocks; empty: nothing
    bool signing_set_aside = false;  ///< what it had signed of another history counts no more
    std::string set_aside;  ///< the folder that holds the old ones now; empty: they stay in place
};

/// Blocks of another node of the network, from its data folder or a copy of its `blocks/` alone.
struct TakenBlocks {
    std::string folder;  ///< of a node that does not run; only read
    /// The first block of its own that the node gives up for another one; none: it gives up only
    /// what was never known to be committed, for newer blocks.
    std::optional<consensus::Index> give_up_from;
    /// Whose entries these are. With it, what the node has signed is held against that history, and
    /// where it is of another one, that has to be given up as blocks have.
    const ledger::Genesis* genesis = nullptr;
};

/// Makes of a node's folder, whatever became of its blocks and its mark, one that starts
/// recovering: the good blocks from the first on stay, damaged ones are set aside, and the mark
/// says so; what the mark had had beyond them stays in kLostMarkFile. For whoever runs the node: it
/// gives up what a refusal to start protects. The folder must be held. With `taken`, what the other
/// folder has beyond what both have in common takes its place after that, and the blocks that were
/// there are set aside. Fails with wrong_network, wrong_node, wrong_format, in_use, io_error,
/// not_found where the other folder has no good block, or diverged where more would be given up
/// than was said; what was there is there still, in the folder or set aside.
Result<Salvaged> make_recovering(const BlockStoreOptions& options,
                                 const std::optional<TakenBlocks>& taken = std::nullopt);

/// Which of what was signed is given up; without a root: of a checkpoint that cannot be read.
using GivenUp = std::function<bool(std::uint64_t size, const crypto::Digest* root)>;

/// Of a node that goes on below what it has signed, or in another history, because that was given
/// up: its checkpoints of that are kept aside and count no more, nor does the evidence that it
/// keeps against itself, and it may sign another root in their place. Otherwise it would hold what
/// it signs next against itself. Nothing is deleted: what it signed stays to be proved.
Status give_up_signed(const BlockStoreOptions& options, const GivenUp& gone);

/// Beside a node's mark: what the mark of a start before had, and the blocks had no more.
inline constexpr std::string_view kLostMarkFile = "high_water_mark.lost";
/// The farthest block that any mark of the node named which can still be read; nothing where none
/// can.
std::optional<HighWaterMark> farthest_mark(const std::string& folder,
                                           const std::string& mark_folder = {});

}  // namespace tally::storage
