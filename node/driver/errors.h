#pragma once

#include <cstdint>
#include <string>

#include "api/errc.h"
#include "base/result.h"

// The refusals that admission and the driver share, so that both say the same.
namespace tally::node::driver {

inline Error shutting_down_error() {
    return fail(api::errc::shutting_down, "the node is shutting down: use another one");
}
inline Error halted_error(const std::string& reason) {
    return fail(api::errc::halted, "this node stopped applying: " + reason);
}
inline Error storage_full_error(std::uint64_t free_bytes_min) {
    return fail(api::errc::storage_full,
                "free space is below the floor of " + std::to_string(free_bytes_min) +
                    " bytes (limits.free_bytes_min): free some, then retry");
}

}  // namespace tally::node::driver
