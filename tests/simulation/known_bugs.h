#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "consensus/mutation.h"
#include "node/driver/mutation.h"
#include "tests/simulation/sim_node.h"

namespace tally::simulation {

/// A bug that can be switched on in this build: exactly one of the three switches is. Where it is
/// found is in the table of docs/TESTING.md.
struct KnownBug {
    std::string_view name;  ///< of its switch: TALLY_MUTATION=name replays it
    consensus::Mutation core = consensus::Mutation::none;
    node::driver::Mutation driver = node::driver::Mutation::none;
    bool SimNodeFaults::*disk = nullptr;
};

/// Sorted by where the bug is: core, driver, keeper, disk.
std::span<const KnownBug> known_bugs();
const KnownBug* find_bug(std::string_view name);

/// Switches the bug on in this thread, or all off.
void switch_on(const KnownBug* bug);

}  // namespace tally::simulation
