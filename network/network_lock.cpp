#include "network/network_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "api/errc.h"
#include "network/proc.h"

namespace tally::network {

Result<NetworkLock> NetworkLock::take(const std::string& folder,
                                      std::chrono::steady_clock::time_point deadline) {
    constexpr std::chrono::milliseconds kPoll{10};
    NetworkLock lock(Descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
    const int held = lock.folder_.number();
    if (held < 0) {
        return fail(api::errc::io_failed, folder + ": " + std::strerror(errno));
    }
    while (::flock(held, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return fail(api::errc::io_failed, folder + ": cannot lock: " + std::strerror(errno));
        }
        if (HeldSignals::waiting()) return fail(api::errc::shutting_down, "interrupted");
        if (std::chrono::steady_clock::now() >= deadline) {
            return fail(api::errc::not_ready,
                        folder +
                            ": another command that starts or ends its nodes is at work on it; "
                            "wait for its end, then try again");
        }
        std::this_thread::sleep_for(kPoll);
    }
    return lock;
}

}  // namespace tally::network
