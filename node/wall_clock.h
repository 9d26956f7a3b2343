#pragma once

#include <chrono>

#include "consensus/types.h"

namespace tally::node {

/// This machine's wall clock. Only the process reads it: the cores get the time as an argument.
inline consensus::Millis wall_now() {
    return std::chrono::duration_cast<consensus::Millis>(
        std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace tally::node
