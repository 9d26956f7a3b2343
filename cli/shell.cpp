#include "cli/shell.h"

#include <filesystem>
#include <string_view>

#include "base/shown_text.h"

namespace tally::cli {
namespace {

/// All of it in ASCII that people see.
std::string ansi_quoted(const std::string& word) {
    std::string quoted = "$'";
    for (const char letter : word) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '\'' || letter == '\\') quoted += '\\';
        if (byte >= 0x20 && byte < 0x7f) {
            quoted += letter;
            continue;
        }
        quoted += '\\';
        for (const int shift : {6, 3, 0}) quoted += static_cast<char>('0' + ((byte >> shift) & 7));
    }
    return quoted + "'";
}

}  // namespace

std::string shell_word(const std::string& word) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=+,@%-";
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
    if (first_hidden(word)) return ansi_quoted(word);
    std::string quoted = "'";
    for (const char letter : word) {
        // Nothing is special between single quotes but the quote itself.
        if (letter == '\'') {
            quoted += R"('\'')";
        } else {
            quoted += letter;
        }
    }
    return quoted + "'";
}

std::string absolute_name(const std::string& path) {
    std::error_code failure;
    const auto absolute = std::filesystem::absolute(path, failure).lexically_normal();
    return failure ? path : absolute.string();
}

std::string shell_command(const std::vector<std::string>& words) {
    std::string text = "tallystick";
    for (const std::string& word : words) text += " " + shell_word(word);
    return text;
}

std::string sign_command(const std::string& path, const std::string& key, const Target& target) {
    std::vector<std::string> words{"sign", absolute_name(path), "--key", key};
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
