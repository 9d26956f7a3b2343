#pragma once

#include <chrono>

namespace tally {

/// This machine's wall clock, in milliseconds since 1970-01-01 UTC. Only processes read it: the
/// cores, the rules and the driver get the time as an argument (tests/tidy holds that).
inline std::chrono::milliseconds wall_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace tally
