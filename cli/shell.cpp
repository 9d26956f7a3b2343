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

std::string sign_command(const std::string& path, const std::string& key, const Target& target) {
    std::vector<std::string> words{"sign", path, "--key", key};
    Target place;  // signing asks no node
    place.dir = target.dir;
    place.trust = target.trust;
    for (std::string& word : target_words(place, place.timeout_s)) {
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

}  // namespace tally::cli
