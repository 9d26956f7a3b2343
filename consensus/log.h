#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "consensus/block.h"
#include "consensus/types.h"

namespace tally::consensus {

/// The part of the replicated log that the core keeps in memory: everything not committed or not
/// durable yet, and before it a bounded cache of committed blocks for followers.
///
///     base | cache ......... | uncommitted ........ |
///          ^first            ^commit                ^last
///                       durable and written lie anywhere in [base, last]
///
/// `written` is what has been handed out for writing, `durable` what is known to have survived:
/// always base <= durable <= written <= last, and base <= commit <= last.
class Log {
public:
    /// Starts from durable blocks: `tail` follows `base`. Requires a checked chain and
    /// base.index <= commit <= last.
    Log(ChainTip base, std::vector<Block> tail, Index commit, Index applied);

    const ChainTip& base() const { return base_; }
    Index last() const { return Index(base_.index.value + blocks_.size()); }
    ChainTip last_tip() const { return *tip_at(last()); }
    Index commit() const { return commit_; }
    Index durable() const { return durable_; }
    Index applied() const { return applied_; }

    /// The tip at `index`; none below base or above last.
    std::optional<ChainTip> tip_at(Index index) const;
    std::optional<Term> term_at(Index index) const;
    /// The last place up to `from` whose term is at most `term`, or base. Terms never fall along a
    /// log. Requires base <= from <= last.
    Index last_with_term_at_most(Index from, Term term) const;
    /// Requires base < index <= last.
    const Block& at(Index index) const;
    /// Blocks from `first` until `bytes_max` is passed, at least one if there is one. Requires
    /// first > base. Payloads are shared, not copied.
    std::vector<Block> slice(Index first, std::size_t bytes_max) const;

    /// Requires a block that continues the last tip; check_block has been passed.
    void append(Block block);
    /// Drops everything after `keep`. Requires commit <= keep: committed history never changes.
    void truncate_after(Index keep);
    /// Requires commit <= index <= last.
    void commit_to(Index index);
    /// Requires index <= commit.
    void apply_to(Index index);

    bool has_unwritten() const { return written_ < last(); }
    /// Hands out what has not been handed out, to be written under `sequence` (ascending).
    std::vector<Block> start_write(std::uint64_t sequence);
    /// The write under `sequence` is durable. What was truncated since then is not counted: its
    /// place may hold other blocks now, which a later write carries.
    void finish_write(std::uint64_t sequence);
    /// The sequence that must be durable before `index` is, or 0 if it is already. Requires
    /// index <= written.
    std::uint64_t sequence_covering(Index index) const;
    Index written() const { return written_; }

    /// Drops committed and durable blocks from the front until the cache is within the bound.
    void trim(std::size_t cache_bytes_max);

    std::size_t uncommitted_bytes() const { return uncommitted_bytes_; }
    /// Bytes committed but not applied, as far as they passed through this log since its start.
    std::size_t unapplied_bytes() const { return unapplied_bytes_; }

    void check_invariants() const;

private:
    struct Write {
        std::uint64_t sequence;
        Index last;      // clipped by truncation
        Term last_term;  // of the block at `last`
    };
    struct Unapplied {
        Index index;
        std::size_t bytes;
    };
    std::size_t offset_of(Index index) const;

    ChainTip base_;
    std::deque<Block> blocks_;  // base_.index + 1 and on
    std::deque<Write> writes_;  // handed out, not finished, ascending
    std::deque<Unapplied> unapplied_;
    Index commit_;
    Index durable_;
    Index written_;
    Index applied_;
    std::size_t bytes_ = 0;              // over blocks_
    std::size_t uncommitted_bytes_ = 0;  // over blocks after commit_
    std::size_t unapplied_bytes_ = 0;    // over unapplied_
};

}  // namespace tally::consensus
