#include "base/shell_word.h"

#include <filesystem>
#include <string_view>

#include "base/shown_text.h"

namespace tally {
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

std::string shell_command(const std::vector<std::string>& words) {
    std::string text = "tallystick";
    for (const std::string& word : words) text += " " + shell_word(word);
    return text;
}

std::string move_command(const std::string& from, const std::string& to) {
    std::error_code ignored;
    const auto parent = std::filesystem::path(to).parent_path();
    const bool there = parent.empty() || std::filesystem::exists(parent, ignored);
    return (there ? "" : "mkdir -p " + shell_word(parent.string()) + " && ") + "mv -T " +
           shell_word(from) + " " + shell_word(to);
}

}  // namespace tally
