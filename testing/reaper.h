#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace tally::testing {

/// A small process that outlives this one only to clean up after it: it waits on a pipe, and when
/// this process has ended, in whatever way (Ctrl-C, abort, SIGKILL), it kills the nodes with these
/// configurations and removes the folder. It is in a session of its own, so that a signal to our
/// group does not reach it.
class Reaper {
public:
    /// With an empty `folder` nothing is removed. Fails with io_failed.
    static Result<Reaper> start(const std::string& folder,
                                const std::vector<std::string>& config_paths);
    Reaper(Reaper&& other) noexcept;
    Reaper& operator=(Reaper&& other) noexcept;
    Reaper(const Reaper&) = delete;
    Reaper& operator=(const Reaper&) = delete;
    /// Lets it do its work now and waits for its end.
    ~Reaper();

private:
    Reaper(pid_t pid, int pipe) : pid_(pid), pipe_(pipe) {}
    void finish();

    pid_t pid_ = 0;
    int pipe_ = -1;  // our end: closed by us or by the system
};

}  // namespace tally::testing
