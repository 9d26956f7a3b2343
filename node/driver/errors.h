#pragma once

#include <cstdint>
#include <string>

#include "api/errc.h"
#include "base/result.h"
#include "storage/errc.h"

// The refusals that admission and the driver share, so that both say the same.
namespace tally::node::driver {

inline Error shutting_down_error() {
    return fail(api::errc::shutting_down, "the node is shutting down: use another one");
}
inline Error halted_error(const std::string& reason) {
    return fail(api::errc::halted, "this node stopped applying: " + reason);
}
inline Error diverged_error(const std::string& reason) {
    return fail(storage::errc::diverged,
                "this node and its leader hold different histories: " + reason);
}
inline Error overloaded_error(std::uint64_t bytes) {
    return fail(api::errc::overloaded, "more waits than can be applied in time (" +
                                           std::to_string(bytes) + " bytes): retry later");
}
inline Error storage_full_error(const std::string& node, std::uint64_t free_bytes_min) {
    return fail(api::errc::storage_full,
                "node " + node + ": free space is below the floor of " +
                    std::to_string(free_bytes_min) +
                    " bytes (limits.free_bytes_min): free some there, or use another node");
}
/// The leader has room, most of the others have not.
inline Error majority_full_error() {
    return fail(api::errc::storage_full,
                "a majority of the nodes has no room on its disks: `network status` names them; "
                "free some there");
}

}  // namespace tally::node::driver
