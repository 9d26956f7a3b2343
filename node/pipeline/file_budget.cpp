#include "node/pipeline/file_budget.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include <spdlog/spdlog.h>

#include "api/errc.h"
#include "base/open_files.h"
#include "node/http/server.h"
#include "node/peer/limits.h"
#include "storage/open_files.h"

namespace tally::node::pipeline {
namespace {

/// Standard streams, event loops and timers, listening sockets, locks, logs and manifests of the
/// databases, the high-water mark, files read and written for a moment.
constexpr std::size_t kOwnFiles = 48;
/// Two channels in each direction, and what replaces a connection that is not yet closed.
constexpr std::size_t kFilesPerPeer = 8;
/// A database opens some beyond its bound while it compacts or flushes.
constexpr std::size_t kStoreMargin = 16;
constexpr std::size_t kConnectionsMin = 32;

}  // namespace

Result<std::size_t> connections_for(std::size_t limit, std::size_t peers) {
    const std::size_t reserved = kOwnFiles + peers * kFilesPerPeer +
                                 peer::PeerLimits{}.unknown_connections_max +
                                 http::HttpLimits{}.turned_away_max + 2 * kStoreMargin;
    const std::size_t store_files = storage::database_files(limit);
    const std::size_t least = reserved + 2 * store_files + kConnectionsMin;
    if (limit < least) {
        return fail(api::errc::bad_config,
                    "this process may open " + std::to_string(limit) + " files, and a node with " +
                        std::to_string(peers) + " peers needs " + std::to_string(least) +
                        ": raise the hard limit (`ulimit -Hn 4096` as root, or LimitNOFILE= of "
                        "its service) and start it again");
    }
    return std::min(http::HttpLimits{}.connections_max, limit - reserved - 2 * store_files);
}

void FileShortage::look() {
    const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const bool lacks = file < 0 && (errno == EMFILE || errno == ENFILE);
    if (file >= 0) ::close(file);
    if (lacks && !lacks_) {
        spdlog::error(
            "no file can be opened: this process may have {} open, and has them, or the machine "
            "has none left. Until then it takes no connections and may not write; raise the limit "
            "(`prlimit --pid {} --nofile=4096`, LimitNOFILE= of its service)",
            open_files_limit(), ::getpid());
    }
    if (!lacks && lacks_) spdlog::info("files can be opened again");
    lacks_ = lacks;
}

}  // namespace tally::node::pipeline
