#include "storage/how_to_end.h"

#include <filesystem>

#include "base/presence.h"
#include "base/shell_word.h"

namespace tally::storage {

std::string how_to_end(const std::string& folder) {
    std::error_code unknown;
    const auto whole = std::filesystem::absolute(folder, unknown).lexically_normal();
    const auto node = whole.has_filename() ? whole : whole.parent_path();
    const std::string network = node.parent_path().string();
    const auto there = is_there(network + "/network.pub");
    if (!there || !*there) return "stop that one first: SIGTERM to the process that run.json names";
    const std::string command =
        shell_command({"network", "down", "--node", node.filename().string(), "--dir", network});
    return "`" + command + "` ends that one first";
}

}  // namespace tally::storage
