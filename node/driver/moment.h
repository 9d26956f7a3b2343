#pragma once

#include <chrono>

#include "consensus/types.h"

namespace tally::node::driver {

using Clock = std::chrono::steady_clock;

/// What time it is, told by whoever drives: nothing in this folder reads a clock. Deadlines and
/// intervals follow `steady`, which never goes back; `wall` is for block times alone.
struct Moment {
    Clock::time_point steady;
    consensus::Millis wall{0};
};

}  // namespace tally::node::driver
