#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "consensus/block.h"
#include "consensus/types.h"

namespace tally::consensus {

/// What a node must not forget (Raft, figure 2), and how far it knew the log to be committed: a
/// hint that saves work at start, always true when written.
struct HardState {
    Term term;
    NodeId vote = kNobody;
    Index commit;

    bool operator==(const HardState&) const = default;
};

/// One unit of durable work: first everything from `blocks.front()` on is replaced, then the hard
/// state is set. All of it or nothing survives a crash.
struct LogWrite {
    std::vector<Block> blocks;  ///< consecutive; may be empty
    HardState hard_state;       ///< always written
    /// With the rest it becomes durable that this node is not recovering any more.
    bool ends_recovering = false;
};

/// What the core starts from: the hard state, and the blocks after the committed hint. `base` is
/// the tip before the first of them (the committed block, or the empty log).
struct PersistedState {
    HardState hard_state;
    ChainTip base;
    std::vector<Block> tail;
    /// What this node voted or acknowledged may be missing from the above: see RawNode.
    bool recovering = false;
};

/// The port to durable blocks. Implemented by storage/ over RocksDB and over memory.
/// `write` is called by one thread; `read` by any.
class LogStore {
public:
    virtual ~LogStore() = default;
    /// Returns only when the write is durable. After a failure the store accepts no further write.
    virtual Status write(const LogWrite& write) = 0;
    /// Blocks from `first` on, at least one; up to `bytes_max`, `last` or the next damaged one.
    /// Each is checked: storage's corrupt_block names a first one that differs from its hash.
    virtual Result<std::vector<Block>> read(Index first, Index last,
                                            std::size_t bytes_max) const = 0;
    virtual Result<PersistedState> load() const = 0;
    /// The last durable block, or the empty log.
    virtual ChainTip tip() const = 0;
};

}  // namespace tally::consensus
