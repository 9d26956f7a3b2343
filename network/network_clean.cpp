#include <algorithm>
#include <filesystem>

#include "api/errc.h"
#include "base/shell_word.h"
#include "network/commands.h"
#include "network/folder_contents.h"
#include "network/network_lock.h"
#include "network/proc.h"
#include "network/process.h"

// The order matters: look before anything is stopped, stop, look again at what a node wrote as it
// ended, remove. Whatever stands in the way, nothing is removed and no node that was stopped for
// it is hidden: the error says what it is.

namespace tally::network {
namespace {

constexpr std::chrono::milliseconds kGrace{5000};
constexpr std::chrono::milliseconds kLockTimeout{30'000};  // as long as another `down` may take
constexpr std::size_t kNamedMax = 5;
constexpr const char* kRemovalMark = "clean.begun";  // NetworkFolder::removal_path

std::string named(const std::vector<std::string>& paths) {
    std::string text;
    for (std::size_t i = 0; i < std::min(paths.size(), kNamedMax); ++i) {
        text += (text.empty() ? "" : ", ") + paths[i];
    }
    if (paths.size() > kNamedMax) {
        text += " and " + std::to_string(paths.size() - kNamedMax) + " more";
    }
    return text;
}

/// What is there, if it is a whole network and nothing else.
Result<FolderContents> removable(const NetworkFolder& network) {
    auto contents = contents_of(network);
    if (!contents) return contents;
    if (!contents->mounts.empty()) {
        return fail(api::errc::bad_config,
                    network.path() + ": something is mounted at " + named(contents->mounts) +
                        "; nothing was removed. Unmount it, then clean again");
    }
    if (!contents->foreign.empty()) {
        return fail(api::errc::bad_config,
                    network.path() + ": holds what no network made: " + named(contents->foreign) +
                        "; nothing was removed. Move it elsewhere, then clean again");
    }
    if (!contents->missing.empty() && !contents->continued) {
        return fail(api::errc::bad_config,
                    network.path() + ": is no whole network, it lacks " + named(contents->missing) +
                        "; nothing was removed. " +
                        command_on(network.path(), {"network", "down"}) +
                        " stops its nodes; if nobody wants its keys and data any more, `rm -r " +
                        shell_word(network.path()) + "` removes it");
    }
    return contents;
}

}  // namespace

Status network_cleanable(const NetworkFolder& network) {
    const auto contents = removable(network);
    return contents ? Status() : Status(contents.error());
}

std::vector<NodeFolder> running_nodes(const std::string& folder) {
    std::error_code failure;
    auto path = std::filesystem::absolute(folder, failure).lexically_normal();
    if (failure) return {};
    if (!path.has_filename()) path = path.parent_path();
    std::vector<NodeFolder> nodes;
    for (const std::string& name : running_below(path.string())) {
        NodeFolder node;
        node.name = name;
        node.folder = (path / name).string();
        node.fault = path.string() + " does not open";
        nodes.push_back(std::move(node));
    }
    return nodes;
}

Error with_running(const std::string& folder, Error error) {
    std::string running;
    for (const NodeFolder& node : running_nodes(folder)) {
        const pid_t pid = inspect(node).pid;
        if (pid == 0) continue;
        running +=
            (running.empty() ? "" : ", ") + node.name + " (process " + std::to_string(pid) + ")";
    }
    if (running.empty()) return error;
    return {error.code, error.context + "; of it run still " + running + ", and " +
                            command_on(folder, {"network", "down"}) + " ends that"};
}

Result<bool> end_removal(const std::string& folder) {
    namespace fs = std::filesystem;
    const fs::path mark = fs::path(folder) / kRemovalMark;
    std::error_code failure;
    if (!fs::is_regular_file(fs::symlink_status(mark, failure))) return false;
    for (fs::directory_iterator at(folder, failure), end; !failure && at != end;
         at.increment(failure)) {
        if (at->path().filename() != kRemovalMark) return false;
    }
    if (failure) return fail(api::errc::io_failed, folder + ": " + failure.message());
    fs::remove(mark, failure);
    if (!failure && !is_mount_point(folder)) fs::remove(folder, failure);
    if (failure) return fail(api::errc::io_failed, folder + ": " + failure.message());
    return true;
}

Status network_clean(const std::string& folder) {
    const auto holds = NetworkFolder::holds_network(folder);
    if (!holds) return holds.error();
    if (!*holds) {
        return fail(api::errc::bad_config, folder + ": holds no network; nothing was removed");
    }
    const auto network = NetworkFolder::open_to_remove(folder);
    if (!network) {
        return Error{network.error().code, network.error().context + "; nothing was removed"};
    }
    if (const Status whole = network_cleanable(*network); !whole) return whole;
    // Held to the end: nobody starts a node in a folder that is going.
    const auto lock =
        NetworkLock::take(network->path(), std::chrono::steady_clock::now() + kLockTimeout);
    if (!lock) return lock.error();
    if (const Status down = end_nodes(network->nodes(), kGrace); !down) return down;
    for (const NodeFolder& node : network->nodes()) {
        const NodeProcess process = inspect(node);
        if (process.pid == 0) continue;
        return fail(api::errc::io_failed, node.name + " runs still, process " +
                                              std::to_string(process.pid) +
                                              "; nothing was removed");
    }
    const auto contents = removable(*network);
    if (!contents) return contents.error();
    const Status removed = remove_contents(*contents);
    if (removed) return removed;
    return Error{removed.error().code, removed.error().context + "; put that right, and " +
                                           command_on(network->path(), {"network", "clean"}) +
                                           " goes on"};
}

}  // namespace tally::network
