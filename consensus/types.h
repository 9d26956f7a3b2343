#pragma once

#include <chrono>
#include <cstdint>

#include "base/strong_id.h"

namespace tally::consensus {

/// A voter or learner, as numbered in genesis; 0 means nobody.
using NodeId = StrongInt<struct NodeIdTag, std::uint32_t>;
/// An election period (Raft, section 5.1). 0 before the first election.
using Term = StrongInt<struct TermTag>;
/// A place in the replicated log. The first block has index 1; 0 is the empty log, whose hash is
/// the network id.
using Index = StrongInt<struct IndexTag>;
/// Wall time, milliseconds since 1970-01-01 UTC. The core never reads a clock: it is an argument.
using Millis = std::chrono::milliseconds;

/// What time it is, told by the caller. `wall` dates blocks and may be wrong or set back; `steady`
/// only grows, from any beginning, and ages what was heard of other clocks.
struct Moment {
    Millis wall{0};
    Millis steady{0};

    /// Both from one clock that never goes back, as tests have it.
    Moment(Millis both) : wall(both), steady(both) {}
    Moment(Millis wall_time, Millis steady_time) : wall(wall_time), steady(steady_time) {}
};

inline constexpr NodeId kNobody{0};

}  // namespace tally::consensus
