#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/catch.h"

namespace tally::testing {

struct Ended {
    int code = -1;
    std::string output;
};

/// Runs the built binary to its end.
inline Ended run_binary(const std::string& arguments) {
    const char* chosen = std::getenv("TALLYSTICK_BINARY");
    const std::string binary = chosen != nullptr ? chosen : TALLY_BINARY_DIR "/tallystick";
    FILE* pipe = ::popen((binary + " " + arguments + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    Ended ended;
    std::array<char, 4096> part{};
    std::size_t count = 0;
    while ((count = std::fread(part.data(), 1, part.size(), pipe)) > 0) {
        ended.output.append(part.data(), count);
    }
    const int status = ::pclose(pipe);
    ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ended;
}

}  // namespace tally::testing
