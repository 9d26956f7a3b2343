// Whose clock dates a block. A single wrong clock must not move the network's time, so a leader
// takes the lower median of what the voters' answers carry, and never goes back.

#include <algorithm>
#include <vector>

#include "consensus/core.h"
#include "consensus/mutation.h"

namespace tally::consensus {

namespace {

/// A clock that was not heard of for longer says nothing any more.
constexpr Millis kClockAgeMax{60'000};

}  // namespace

void RawNode::Core::note_clock(NodeId from, Millis time) { clocks_[from] = {time, steady_}; }

Millis RawNode::Core::block_time() const {
    std::vector<Millis> fresh{now_};
    for (const auto& [id, clock] : clocks_) {
        // Aged by what the steady clock counted: a process that was paused for seconds sees no
        // ticks, and would date blocks before what they hold was submitted.
        const Millis age = steady_ - clock.heard;
        if (age <= kClockAgeMax) fresh.push_back(clock.time + age);
    }
    const Millis previous = log_.last_tip().time;
    if (mutated(Mutation::own_clock)) return std::max(previous, now_);
    // Fewer than a majority prove nothing: time stands still until more are heard.
    if (fresh.size() < majority()) return previous;
    if (mutated(Mutation::time_backwards)) return lower_median(std::move(fresh));
    return std::max(previous, lower_median(std::move(fresh)));
}

}  // namespace tally::consensus
