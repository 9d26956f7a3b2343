#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "consensus/types.h"

namespace tally::consensus {

/// Quorum arithmetic as pure functions, so that a second configuration (joint consensus, Raft
/// thesis, section 4.3) can be combined from the same parts later.

/// How many of `voters` are a majority. Of none it is one: nobody is never a majority.
constexpr std::size_t majority_of(std::size_t voters) { return voters / 2 + 1; }

/// The largest value that a majority has reached; `values` holds one per voter. No voters reach
/// everything: the identity of taking the smaller of two configurations.
std::uint64_t majority_reached(std::vector<std::uint64_t> values);

enum class VoteResult : std::uint8_t { pending, won, lost };

/// What `yes` and `no` answers of `voters` amount to. No voters win.
VoteResult majority_vote(std::size_t voters, std::size_t yes, std::size_t no);

/// The median, the lower one of the two in the middle. Requires at least one value.
Millis lower_median(std::vector<Millis> values);

}  // namespace tally::consensus
