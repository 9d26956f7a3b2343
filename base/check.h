#pragma once

#include <cstdio>
#include <cstdlib>

namespace tally {

/// Prints where a condition of our own failed and aborts. Used by TALLY_CHECK alone.
[[noreturn]] inline void check_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "check failed: %s at %s:%d\n", expression, file, line);
    std::abort();
}

}  // namespace tally

/// States what must be true if this program has no bug. On in every build. Never used to judge
/// outside input: that returns an Error.
/// The name is our own: a bare CHECK is Catch2's, and whoever tests against our headers has both.
#define TALLY_CHECK(condition)                           \
    (static_cast<bool>(condition) ? static_cast<void>(0) \
                                  : ::tally::check_failed(#condition, __FILE__, __LINE__))
