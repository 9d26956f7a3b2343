#include "consensus/quorum.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "base/check.h"
#include "consensus/mutation.h"

namespace tally::consensus {

std::uint64_t majority_reached(std::vector<std::uint64_t> values) {
    if (values.empty()) return std::numeric_limits<std::uint64_t>::max();
    // Sorted downwards, a majority has reached what stands at the place of its last member.
    std::sort(values.begin(), values.end(), std::greater<>());
    const std::size_t majority = majority_of(values.size());
    const bool half = mutated(Mutation::half_commits) && majority > 1;
    return values[majority - (half ? 2 : 1)];
}

VoteResult majority_vote(std::size_t voters, std::size_t yes, std::size_t no) {
    TALLY_CHECK(yes + no <= voters);
    if (voters == 0) return VoteResult::won;
    const bool half = mutated(Mutation::half_elects) && voters > 1;
    if (yes >= majority_of(voters) - (half ? 1 : 0)) return VoteResult::won;
    if (voters - no < majority_of(voters)) return VoteResult::lost;
    return VoteResult::pending;
}

Millis lower_median(std::vector<Millis> values) {
    TALLY_CHECK(!values.empty());
    std::sort(values.begin(), values.end());
    return values[(values.size() - 1) / 2];
}

}  // namespace tally::consensus
