#pragma once

#include <cstddef>
#include <deque>

#include "consensus/types.h"

namespace tally::consensus {

/// Appends sent to one follower and not answered, oldest first: bounds the pipeline in bytes.
class Inflights {
public:
    /// An append whose last block is `last`. Requires that it lies after those recorded before.
    void add(Index last, std::size_t bytes);
    /// Forgets all appends up to and including `match`.
    void acknowledge(Index match);
    void clear();

    bool empty() const { return entries_.empty(); }
    std::size_t bytes() const { return bytes_; }
    /// True when nothing more may be sent. A single append may exceed the bound: otherwise a
    /// block larger than the window could never leave.
    bool full(std::size_t bytes_max) const { return !empty() && bytes_ >= bytes_max; }

private:
    struct Entry {
        Index last;
        std::size_t bytes;
    };
    std::deque<Entry> entries_;
    std::size_t bytes_ = 0;  // sum over entries_
};

}  // namespace tally::consensus
