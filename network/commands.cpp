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

std::string move_command(const std::string& from, const std::string& to) {
    std::error_code ignored;
    const auto parent = std::filesystem::path(to).parent_path();
    const bool there = parent.empty() || std::filesystem::exists(parent, ignored);
    return (there ? "" : "mkdir -p " + shell_word(parent.string()) + " && ") + "mv -T " +
           shell_word(from) + " " + shell_word(to);
}

}  // namespace tally::network
