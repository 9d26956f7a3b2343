#include <algorithm>

#include "api/errc.h"
#include "network/folder_contents.h"
#include "network/process.h"

// The order matters: look before anything is stopped, stop, look again at what a node wrote as it
// ended, remove. Whatever stands in the way, nothing is removed and no node that was stopped for
// it is hidden: the error says what it is.

namespace tally::network {
namespace {

constexpr std::chrono::milliseconds kGrace{5000};
constexpr std::size_t kNamedMax = 5;

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
                        "; nothing was removed. `network down` stops its nodes");
    }
    return contents;
}

}  // namespace

Status network_cleanable(const NetworkFolder& network) {
    const auto contents = removable(network);
    return contents ? Status() : Status(contents.error());
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
    if (const Status down = network_down(*network, kGrace); !down) return down;
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
    return Error{removed.error().code,
                 removed.error().context + "; put that right and `network clean` goes on"};
}

}  // namespace tally::network
