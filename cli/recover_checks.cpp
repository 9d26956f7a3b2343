#ifdef TALLY_CLI_HAS_PIPELINE
#include "cli/recover_checks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <system_error>
#include <vector>

#include "api/errc.h"
#include "cli/output.h"
#include "network/commands.h"
#include "network/folder_contents.h"
#include "network/process.h"

namespace tally::cli {
namespace {

namespace fs = std::filesystem;
using network::NodeFolder;

/// Beside what is copied: manifests, marks, RocksDB's own files.
constexpr std::uintmax_t kSpareBytes = 4 << 20;

Status refused(api::errc code, const NodeFolder& node, const std::string& why) {
    return fail(code, node.name + ": " + why + "; nothing was changed in any node's folder");
}

/// Whether a file can be made there. Leaves no trace; not every file system can do that, and then
/// what the permissions say has to do.
Status folder_writable(const NodeFolder& node, const std::string& folder) {
    const int file = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    int error = errno;
    if (file >= 0) {
        ::close(file);
        error = 0;
    } else if (error == EOPNOTSUPP || error == EISDIR || error == ENOENT || error == EINVAL) {
        error = ::access(folder.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
    }
    if (error == 0) return {};
    return refused(api::errc::io_failed, node,
                   folder + " cannot be written: " + std::strerror(error) +
                       ". Let whoever owns it run this, or mend that first");
}

Status file_replaceable(const NodeFolder& node, const std::string& path) {
    if (network::is_mount_point(path)) {
        return refused(
            api::errc::io_failed, node,
            "something is mounted at " + path + ", which has to be replaced. Unmount it");
    }
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return {};
    if (::access(path.c_str(), R_OK | W_OK) == 0) return {};
    return refused(api::errc::io_failed, node,
                   path + " cannot be written: " + std::strerror(errno));
}

/// A folder of the node's, and what lies in it.
Status contents_writable(const NodeFolder& node, const std::string& folder) {
    std::error_code failure;
    if (!fs::exists(folder, failure)) return {};
    if (Status status = folder_writable(node, folder); !status) return status;
    for (const auto& entry : fs::directory_iterator(folder, failure)) {
        Status status = file_replaceable(node, entry.path().string());
        if (!status) return status;
    }
    return {};
}

Status node_reachable(const NodeFolder& node) {
    if (Status status = folder_writable(node, node.folder); !status) return status;
    for (const char* part : {"/blocks", "/state"}) {
        if (Status status = contents_writable(node, node.folder + part); !status) return status;
    }
    for (const char* file : {"/recovery.json", "/high_water_mark", "/high_water_mark.lost"}) {
        if (Status status = file_replaceable(node, node.folder + file); !status) return status;
    }
    const std::string marks = node::pipeline::mark_folder_of(node.folder);
    return marks.empty() ? Status() : contents_writable(node, marks);
}

std::uintmax_t bytes_of(const std::string& folder) {
    std::uintmax_t bytes = 0;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(folder, failure)) {
        std::error_code gone;
        const std::uintmax_t size = entry.is_regular_file(gone) ? entry.file_size(gone) : 0;
        if (!gone) bytes += size;
    }
    return bytes;
}

std::uintmax_t above(std::uintmax_t wanted, std::uintmax_t there) {
    return wanted > there ? wanted - there : 0;
}

/// What the node's folder grows by: blocks that come from the chosen log, and what follows from
/// them. Those that are set aside stay.
std::uintmax_t growth(const LeftLogs& left, const LeftLog& log) {
    const std::string& from = left.chosen().node->folder;
    const std::string& to = log.node->folder;
    const std::uintmax_t own = left.contradicts(log) ? 0 : bytes_of(to + "/blocks");
    return kSpareBytes + above(bytes_of(from + "/blocks"), own) +
           above(bytes_of(from + "/state"), bytes_of(to + "/state"));
}

/// Of nodes that share a disk together.
struct Disk {
    std::string nodes;
    std::string folder;
    std::uintmax_t wanted = 0;
};

}  // namespace

Status check_reachable(const network::NetworkFolder& network) {
    for (const NodeFolder& node : network.nodes()) {
        if (network::inspect(node).pid == 0) continue;
        return fail(api::errc::invalid_argument,
                    node.name + " runs; " +
                        network::command_on(network.path(), {"network", "down"}) +
                        " ends all of them first");
    }
    for (const NodeFolder& node : network.nodes()) {
        if (!node.fault.empty()) continue;
        if (Status status = node_reachable(node); !status) return status;
    }
    return {};
}

Status check_going_on(const LeftLogs& left) {
    std::map<dev_t, Disk> disks;
    for (const LeftLog& log : left.logs()) {
        if (!left.goes_on(log)) continue;
        const std::string blocks = log.node->folder + "/blocks";
        if (left.contradicts(log) && network::is_mount_point(blocks)) {
            return refused(api::errc::io_failed, *log.node,
                           "its blocks have to be set aside, and something is mounted at " +
                               blocks + ". Move them into a folder that is none");
        }
        struct stat found {};
        if (::stat(blocks.c_str(), &found) != 0) continue;
        Disk& disk = disks[found.st_dev];
        disk.nodes += (disk.nodes.empty() ? "" : ", ") + log.node->name;
        disk.folder = blocks;
        if (&log != &left.chosen()) disk.wanted += growth(left, log);
    }
    for (const auto& [device, disk] : disks) {
        std::error_code unknown;
        const fs::space_info space = fs::space(disk.folder, unknown);
        if (unknown || space.available >= disk.wanted) continue;
        return fail(api::errc::storage_full,
                    disk.nodes + ": the disk of " + disk.folder + " has " +
                        grouped(space.available) + " bytes free, and " + grouped(disk.wanted) +
                        " are needed; nothing was changed in any node's folder. Make room on it, "
                        "and run the same again");
    }
    return {};
}

}  // namespace tally::cli
#endif
