#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"

namespace tally::network {

/// As long as another `down` may take.
inline constexpr std::chrono::milliseconds kLockTimeout{30'000};

/// While one of these lives, nobody else starts or stops the nodes of this folder: two `up` at once
/// do not start a node twice, and an `up` beside a `down` sees it wholly up or wholly down. It is a
/// lock on the folder itself (flock), so it leaves no file, and ends with its process.
class NetworkLock {
public:
    /// Waits for it. Fails with not_ready when somebody still has
    /// it at the deadline, or io_failed.
    static Result<NetworkLock> take(const std::string& folder,
                                    std::chrono::steady_clock::time_point deadline);

private:
    explicit NetworkLock(Descriptor folder) : folder_(std::move(folder)) {}
    Descriptor folder_;
};

}  // namespace tally::network
