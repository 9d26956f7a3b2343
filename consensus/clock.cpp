// Whose clock dates a block. A single wrong clock must not move the network's time, so a leader
// takes the lower median of what the voters' answers carry, and never goes back.

#include <algorithm>
#include <vector>

#include "consensus/core.h"

namespace tally::consensus {

void RawNode::Core::note_clock(NodeId from, Millis time) { clocks_[from] = {time, ticks_}; }

Millis RawNode::Core::block_time() const {
    std::vector<Millis> fresh{now_};
    for (const auto& [id, clock] : clocks_) {
        if (ticks_ - clock.tick < config_.election_ticks) fresh.push_back(clock.time);
    }
    const Millis previous = log_.last_tip().time;
    // Fewer than a majority prove nothing: time stands still until more are heard.
    if (fresh.size() < majority()) return previous;
    return std::max(previous, lower_median(std::move(fresh)));
}

}  // namespace tally::consensus
