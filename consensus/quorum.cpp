#include "consensus/quorum.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "base/check.h"

namespace tally::consensus {

std::uint64_t majority_reached(std::vector<std::uint64_t> values) {
    if (values.empty()) return std::numeric_limits<std::uint64_t>::max();
    // Sorted downwards, a majority has reached what stands at the place of its last member.
    std::sort(values.begin(), values.end(), std::greater<>());
    return values[majority_of(values.size()) - 1];
}

VoteResult majority_vote(std::size_t voters, std::size_t yes, std::size_t no) {
    TALLY_CHECK(yes + no <= voters);
    if (voters == 0) return VoteResult::won;
    if (yes >= majority_of(voters)) return VoteResult::won;
    if (voters - no < majority_of(voters)) return VoteResult::lost;
    return VoteResult::pending;
}

Millis lower_median(std::vector<Millis> values) {
    TALLY_CHECK(!values.empty());
    std::sort(values.begin(), values.end());
    return values[(values.size() - 1) / 2];
}

}  // namespace tally::consensus
