#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "tests/support/catch.h"

namespace tally::cli::testing {

/// What a process says on standard error that does `work` (and exits with what that gives) and gets
/// this signal once `begun` holds. It must end by the signal.
inline std::string said_by_interrupted(int signal, const std::function<int()>& work,
                                       const std::function<bool()>& begun) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[0]);
        (void)::signal(SIGHUP, SIG_DFL);
        ::_exit(work());
    }
    REQUIRE(child > 0);
    ::close(ends[1]);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!begun() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    CHECK(::kill(child, signal) == 0);
    std::string said;
    char part[1024];
    for (ssize_t size = 0; (size = ::read(ends[0], part, sizeof part)) > 0;) {
        said.append(part, static_cast<std::size_t>(size));
    }
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    INFO(said);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == signal);
    return said;
}

}  // namespace tally::cli::testing
