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

/// Runs a shell's command line to its end, with the built binary for `tallystick`, and for $TALLY
/// in commands that are run below it.
inline Ended run_shell(const std::string& command) {
    const char* chosen = std::getenv("TALLYSTICK_BINARY");
    const std::string binary = chosen != nullptr ? chosen : TALLY_BINARY_DIR "/tallystick";
    const std::string line = "export TALLY='" + binary +
                             "'; tallystick() { \"$TALLY\" \"$@\"; }; { " + command + "; } 2>&1";
    FILE* pipe = ::popen(line.c_str(), "r");
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

/// Runs the built binary to its end.
inline Ended run_binary(const std::string& arguments) {
    return run_shell("tallystick " + arguments);
}

/// The arguments of the first command that is printed in backquotes and begins with these words.
inline std::string printed_command(const std::string& text, const std::string& begin) {
    const std::string whole = "`tallystick " + begin;
    const auto from = text.find(whole);
    INFO(text);
    REQUIRE(from != std::string::npos);
    const auto first = from + std::string("`tallystick ").size();
    return text.substr(first, text.find('`', first) - first);
}

/// The same, with the exit code and words that it must have. No library's assertion ends it.
inline Ended check_ends(const std::string& arguments, int code, const std::string& words) {
    Ended ended = run_binary(arguments);
    INFO(arguments << "\n" << ended.output);
    CHECK(ended.code == code);
    CHECK(ended.output.find(words) != std::string::npos);
    CHECK(ended.output.find("Assertion") == std::string::npos);
    return ended;
}

}  // namespace tally::testing
