// A backup is a data folder that no node runs in: the committed blocks of the network and its
// newest certified checkpoint, and nothing that anybody could sign or promise with. So it can be
// audited as it is, and a node takes its blocks from there as from another node's folder; that such
// a node has forgotten what it promised since, it is told by the way in which it takes them
// (storage/salvage.h).
//
// The checkpoint is asked for before the end of the log: what it covers is committed then, and the
// backup reaches it whatever happens meanwhile.

#include "node/pipeline/backup.h"

#include <algorithm>
#include <memory>

#include "base/presence.h"
#include "storage/block_store.h"
#include "storage/errc.h"
#include "storage/held_folder.h"
#include "storage/high_water_mark.h"

namespace tally::node::pipeline {
namespace {

using consensus::ChainTip;
using consensus::Index;
using consensus::Term;

/// No node's: those are numbered from 1 on.
constexpr std::uint32_t kNoNode = 0;

Result<std::unique_ptr<storage::BlockStore>> open(const ledger::Genesis& genesis,
                                                  const std::string& folder) {
    auto held = storage::HeldFolder::open(folder);
    if (!held) return held.error();
    const auto marked = is_there(storage::high_water_mark_path(folder));
    if (!marked) return marked.error();
    const auto begun = is_there(folder + "/blocks");
    if (!begun) return begun.error();
    if (!*marked && !*begun) {
        const Status made = storage::create_high_water_mark(folder, genesis.network_id(), kNoNode);
        if (!made) return made.error();
    }
    storage::BlockStoreOptions options;
    options.folder = folder;
    options.network = genesis.network_id();
    options.node = kNoNode;
    options.held = *std::move(held);
    return storage::open_block_store(options);
}

/// How far the source goes.
struct Extent {
    crypto::Digest network;
    Index committed;  ///< as it knows
    Index stored;     ///< its hint may be older than its checkpoint: what is behind it goes along
};

Result<Extent> extent_of(const storage::AuditSource& source, const crypto::Digest& network) {
    const auto committed = source.last();
    if (!committed) return committed.error();
    const auto stored = source.stored();
    if (!stored) return stored.error();
    return Extent{network, *committed, std::max(*committed, *stored)};
}

/// The newest certified checkpoint of the source, as it gave it.
struct Newest {
    storage::Anchor anchor;
    std::string note;
};

Result<std::optional<Newest>> newest_of(const storage::AuditSource& source,
                                        const ledger::Genesis& genesis) {
    const auto anchor = storage::newest_anchor(source, genesis);
    if (!anchor) return anchor.error();
    if (!*anchor) return std::optional<Newest>();
    auto note = source.checkpoint((*anchor)->size);
    if (!note) return note.error();
    // A source may show by its newest what it does not have by its size.
    if (!*note) note = source.newest_certified();
    if (!note) return note.error();
    if (!*note) return std::optional<Newest>();
    const auto read = storage::read_anchor(**note, genesis, {});
    if (!read) return read.error();
    return std::optional(Newest{*read, **std::move(note)});
}

/// Whether both have the same block there.
Result<bool> alike(const storage::AuditSource& source, const storage::BlockStore& backup,
                   Index index) {
    if (index == Index(0)) return true;
    const auto here = backup.read(index, index, 0);
    if (!here) return here.error();
    const auto there = source.read(index, index);
    if (!there) return there.error();
    return !there->empty() && there->front().hash == here->front().hash;
}

/// The first block to copy: after what both have alike. What is known to be committed in both is
/// so, or they are two histories; an end that was not may have been replaced since.
Result<Index> first_to_copy(const storage::AuditSource& source, const storage::BlockStore& backup,
                            const Extent& extent, const std::string& folder) {
    const auto state = backup.load();
    if (!state) return state.error();
    const Index commit = state->hard_state.commit;
    const Index certain = std::min(commit, extent.committed);
    const auto same = alike(source, backup, certain);
    if (!same) return same.error();
    if (!*same) {
        return fail(storage::errc::diverged,
                    "block " + std::to_string(certain.value) +
                        " of the source is another one than in " + folder +
                        ": two histories; nothing was written. See which one is certified: "
                        "`tallystick audit` of each");
    }
    const Index end = std::min(backup.tip().index, extent.stored);
    const auto whole = alike(source, backup, end);
    if (!whole) return whole.error();
    return *whole ? end.next() : std::min(commit, end).next();
}

/// What is in front of a block that is to be written.
Result<ChainTip> tip_before(const storage::BlockStore& backup, Index index,
                            const crypto::Digest& network) {
    if (index == Index(1)) return ChainTip{Index(0), Term(0), consensus::Millis{0}, network};
    const auto read = backup.read(index.previous(), index.previous(), 0);
    if (!read) return read.error();
    return consensus::tip_of(read->front());
}

/// The blocks that came, of which each follows from the one before.
Status check_chain(const std::vector<consensus::Block>& blocks, ChainTip tip,
                   const crypto::Digest& network) {
    for (const consensus::Block& block : blocks) {
        if (Status follows = consensus::check_block(block, tip, network); !follows) {
            return fail(storage::errc::corrupt_block, "the source's block " +
                                                          std::to_string(tip.index.value + 1) +
                                                          ": " + follows.error().context);
        }
        tip = consensus::tip_of(block);
    }
    return {};
}

Status copy(const storage::AuditSource& source, storage::BlockStore& backup, Index first,
            const Extent& extent, const std::function<void(std::uint64_t)>& progress) {
    while (first <= extent.stored) {
        auto blocks = source.read(first, extent.stored);
        if (!blocks) return blocks.error();
        if (blocks->empty()) {
            return fail(storage::errc::io_error,
                        "the source gave no block " + std::to_string(first.value));
        }
        const auto before = tip_before(backup, first, extent.network);
        if (!before) return before.error();
        if (Status chained = check_chain(*blocks, *before, extent.network); !chained) {
            return chained;
        }
        const auto state = backup.load();
        if (!state) return state.error();
        consensus::HardState hard = state->hard_state;
        const Index last = blocks->back().header.index;
        hard.term = std::max(hard.term, blocks->back().header.term);
        hard.commit = std::max(hard.commit, std::min(last, extent.committed));
        first = last.next();
        if (Status written = backup.write({*std::move(blocks), hard}); !written) return written;
        if (progress) progress(last.value);
    }
    return {};
}

/// With a write behind it, which makes it durable.
Status keep(storage::BlockStore& backup, const Newest& newest) {
    const auto kept = backup.latest_certified();
    if (!kept) return kept.error();
    if (*kept && (*kept)->size >= newest.anchor.size) return {};
    const Status put = backup.put_checkpoint({newest.anchor.size, newest.note, true});
    if (!put) return put;
    const auto state = backup.load();
    if (!state) return state.error();
    return backup.write({{}, state->hard_state});
}

}  // namespace

Result<BackedUp> back_up(const storage::AuditSource& source, const ledger::Genesis& genesis,
                         const std::string& folder,
                         const std::function<void(std::uint64_t)>& progress) {
    const auto newest = newest_of(source, genesis);
    if (!newest) return newest.error();
    const auto extent = extent_of(source, genesis.network_id());
    if (!extent) return extent.error();
    const auto backup = open(genesis, folder);
    if (!backup) return backup.error();
    const auto first = first_to_copy(source, **backup, *extent, folder);
    if (!first) return first.error();
    BackedUp done;
    done.before = (*backup)->tip().index.value;
    if (Status copied = copy(source, **backup, *first, *extent, progress); !copied) {
        return copied.error();
    }
    done.blocks = (*backup)->tip().index.value;
    if (*newest) {
        if (Status kept = keep(**backup, **newest); !kept) return kept.error();
        done.certified = (*newest)->anchor;
    }
    return done;
}

}  // namespace tally::node::pipeline
