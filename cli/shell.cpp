#include "cli/shell.h"

#include <string_view>

namespace tally::cli {

std::string shell_word(const std::string& word) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=+,@%-";
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
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

}  // namespace tally::cli
