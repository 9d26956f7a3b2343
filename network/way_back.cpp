// How folders get back to where their nodes were made: they may have been renamed, also while their
// nodes run, or exchanged.

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/shell_word.h"
#include "network/commands.h"
#include "network/network_state.h"
#include "network/proc.h"

namespace tally::network {
namespace {

namespace fs = std::filesystem;

/// By where a folder stands now.
using Homes = std::map<std::string, std::string>;

/// None of a node whose own place holds its folder: then what stands elsewhere is a copy.
Homes homes_of(const NetworkFolder& network, const std::vector<NodeProcess>& nodes) {
    Homes homes;
    for (const auto& node : network.nodes()) {
        if (!node.stands_in.empty())
            homes[plain(node.stands_in).string()] = plain(node.folder).string();
    }
    for (const auto& node : nodes) {
        if (!node.moved_to.empty())
            homes[plain(node.moved_to).string()] = plain(node.folder).string();
    }
    std::map<std::string, std::size_t> claims;
    for (const auto& [place, home] : homes) {
        if (++claims[home] > 1) return {};
    }
    return homes;
}

bool exists(const std::string& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

/// Every home is made free first: the folder of another one may stand there.
std::vector<std::string> moves(const Homes& homes) {
    if (homes.size() == 1 && !exists(homes.begin()->second)) {
        return {move_command(homes.begin()->first, homes.begin()->second)};
    }
    std::vector<std::string> steps;
    for (const auto& [place, home] : homes) {
        if (!homes.contains(home) && exists(home))
            steps.push_back(move_command(home, home + ".other"));
        steps.push_back(move_command(place, home + ".moved"));
    }
    for (const auto& [place, home] : homes) steps.push_back(move_command(home + ".moved", home));
    return steps;
}

}  // namespace

std::string way_back(const NetworkFolder& network, const std::vector<NodeProcess>& nodes) {
    const Homes homes = homes_of(network, nodes);
    if (homes.empty()) return {};
    std::string line;
    for (const auto& step : moves(homes)) line += (line.empty() ? "" : " && ") + step;
    return "folders stand where they do not belong; this puts them back, also while their nodes "
           "run: `" +
           line + "`";
}

}  // namespace tally::network
