#include "network/commands.h"

#include <filesystem>

#include "base/shell_word.h"

namespace tally::network {

std::string command_on(const std::string& network_folder, std::vector<std::string> words) {
    std::error_code failure;
    const auto folder = std::filesystem::absolute(network_folder, failure).lexically_normal();
    words.insert(words.end(), {"--dir", failure ? network_folder : folder.string()});
    return "`" + shell_command(words) + "`";
}

}  // namespace tally::network
