#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "consensus/types.h"

namespace tally::consensus {

/// A linearisable read on its way through the leader (Raft thesis, section 6.4).
struct PendingRead {
    NodeId from;                ///< who asked: the leader itself or a follower
    std::uint64_t context = 0;  ///< the asker's
    Index index;                ///< the commit index when it was registered
    std::uint64_t round = 0;    ///< a majority must echo this round or a later one
};

/// The leader's side. A read may be answered with the commit index of its registration once a
/// majority has answered a heartbeat that was sent after it: then nobody else can have committed
/// more before the read was asked. Rounds are numbers that are never used twice in a term, so an
/// old answer proves nothing for a new read.
class ReadOnly {
public:
    /// Keeps a read until the term has a commit of its own: before that the leader may not know
    /// how far its predecessors committed.
    void wait(NodeId from, std::uint64_t context);
    /// Registers a read at `index`, to be confirmed by `round`. Rounds never go back.
    void add(NodeId from, std::uint64_t context, Index index, std::uint64_t round);
    /// Registers all that waited.
    void open(Index index, std::uint64_t round);
    /// Removes and returns what `round` confirms, oldest first.
    std::vector<PendingRead> take_confirmed(std::uint64_t round);
    /// Removes and returns everything: leadership ended.
    std::vector<PendingRead> take_all();

    std::size_t size() const { return waiting_.size() + pending_.size(); }
    bool has_waiting() const { return !waiting_.empty(); }

private:
    std::deque<PendingRead> waiting_;  // for a commit of the own term
    std::deque<PendingRead> pending_;  // ascending by round
};

/// A follower's side: reads forwarded to the leader. What travels is a number of our own, so that
/// an answer to an earlier start of this node cannot pass for one to this.
class ForwardedReads {
public:
    explicit ForwardedReads(std::uint64_t incarnation);

    /// Remembers a read, returns the number to send.
    std::uint64_t add(std::uint64_t context, std::uint64_t deadline_tick);
    /// Removes the read that was sent as `number`; false if there is none. Sets its context.
    bool take(std::uint64_t number, std::uint64_t& context);
    /// Removes and returns the contexts whose deadline has passed.
    std::vector<std::uint64_t> take_expired(std::uint64_t tick);
    std::vector<std::uint64_t> take_all();

    std::size_t size() const { return reads_.size(); }

private:
    struct Read {
        std::uint64_t context;
        std::uint64_t deadline_tick;
    };
    std::uint64_t next_;
    std::map<std::uint64_t, Read> reads_;
};

}  // namespace tally::consensus
