#pragma once

// What `find_package(Tallystick)` and `tallystick::testing` give: LocalCluster, and all of the
// client.
#include <tallystick/client.h>

#include "testing/local_cluster.h"

namespace tallystick {

using namespace tally::testing;

#ifdef TALLYSTICK_INSTALLED_BINARY
/// The package says where it was installed; the library itself cannot know.
inline const bool kInstalledBinaryIsSet = (set_installed_binary(TALLYSTICK_INSTALLED_BINARY), true);
#endif

}  // namespace tallystick
