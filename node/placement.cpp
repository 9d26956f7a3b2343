#include "node/placement.h"

#include <filesystem>

#include "api/errc.h"
#include "base/shell_word.h"

namespace tally::node {
namespace {

namespace fs = std::filesystem;

std::string whole_name(const std::string& folder) {
    std::error_code failure;
    const fs::path path = fs::absolute(folder, failure).lexically_normal();
    if (failure) return folder;
    return (path.has_filename() ? path : path.parent_path()).string();
}

}  // namespace

std::string misplaced(const std::string& folder, const NodeConfig& config) {
    std::error_code ignored;
    const bool same = fs::equivalent(config.folder, folder, ignored);  // by way of a link
    const std::string stands = whole_name(folder);
    if (same || whole_name(config.folder) == stands) return {};
    const fs::path network = fs::path(stands).parent_path();
    const fs::path made = fs::path(config.folder).parent_path();
    // Free, it may be taken again, also while nodes work in what was moved.
    const std::string back = made == network || fs::exists(made, ignored)
                                 ? std::string()
                                 : ": `" + move_command(network.string(), made.string()) +
                                       "` puts the network back, also while it runs";
    return stands + "/node.toml: says folder = \"" + config.folder + "\", but stands in " + stands +
           back + "; if the network was moved, nothing of it runs (`" +
           shell_command({"network", "down", "--dir", network.string()}) +
           "`), and nothing is left at the old place, change `folder` there. A copy is never "
           "started: two "
           "processes under one node's keys are two histories "
           "(docs/OPERATIONS.md)";
}

Result<NodeConfig> load_at_home(const std::string& folder) {
    auto config = NodeConfig::load(folder + "/node.toml");
    if (!config) return config.error();
    if (std::string wrong = misplaced(folder, *config); !wrong.empty()) {
        return fail(api::errc::bad_config, wrong);
    }
    return config;
}

}  // namespace tally::node
