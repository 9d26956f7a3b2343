#pragma once

#include <cstdint>

#include "base/result.h"

namespace tally {

/// The last place up to `end` at which two chains, which both reach it, are the same; 0: nowhere. A
/// hash stands for all that comes before it, so that halving finds where they part. `alike(place)`
/// gives Result<bool>: whether both have the same there; its error ends the search.
template <typename Alike>
Result<std::uint64_t> last_in_common(std::uint64_t end, Alike alike) {
    std::uint64_t same = 0;
    std::uint64_t differ = end + 1;
    while (same + 1 < differ) {
        const std::uint64_t middle = same + (differ - same) / 2;
        const Result<bool> equal = alike(middle);
        if (!equal) return equal.error();
        (*equal ? same : differ) = middle;
    }
    return same;
}

}  // namespace tally
