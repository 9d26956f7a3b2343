#include "cli/shell.h"

#include <filesystem>

#include "base/shell_word.h"

namespace tally::cli {

std::string shell_word(const std::string& word) { return tally::shell_word(word); }

std::string shell_command(const std::vector<std::string>& words) {
    return tally::shell_command(words);
}
std::string absolute_name(const std::string& path) {
    std::error_code failure;
    const auto absolute = std::filesystem::absolute(path, failure).lexically_normal();
    return failure ? path : absolute.string();
}

std::string sign_command(const std::string& path, const ListedSigner& listed,
                         const Target& target) {
    std::vector<std::string> words{"sign", absolute_name(path), "--key",
                                   listed.is_named ? listed.key_name : "KEY-FILE"};
    Target place;  // signing asks no node
    place.dir = target.dir;
    place.trust = target.trust;
    for (std::string& word : target_words_anywhere(place, place.timeout_s)) {
        words.push_back(std::move(word));
    }
    return shell_command(words);
}

std::string first_typed(const Console& console, const std::vector<std::string>& names) {
    for (const std::string& word : console.typed) {
        for (const std::string& name : names) {
            if (word == name || word.starts_with(name + "=")) return name;
        }
    }
    return {};
}

std::string file_anywhere(const std::string& key) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(key, ignored) ? absolute_name(key) : key;
}

std::string from_file(const std::string& file) {
    if (file != "-") return " < " + shell_word(absolute_name(file));
    constexpr const char* kStandardInput = "/proc/self/fd/0";
    std::error_code failure;
    const bool regular = std::filesystem::is_regular_file(kStandardInput, failure);
    const auto name = std::filesystem::read_symlink(kStandardInput, failure);
    if (regular && !failure) return " < " + shell_word(name.string());
    return " (with the same text on standard input)";
}

}  // namespace tally::cli
