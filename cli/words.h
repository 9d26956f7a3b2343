#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/output.h"

namespace tally::cli {

enum class Language : std::uint8_t { english, chinese };

/// `en` or `zh`; for anything else what LC_ALL, or without it LANG, asks for: Chinese if it begins
/// with zh, else English.
Language language_of(const std::string& chosen);
/// --lang en|zh.
void add_language_option(const Command& command, std::string& lang);

/// Headings, labels and status words as people read them. Each is known by what it is in English or
/// in the API, with `_` and a leading `>` (Table) as they are. Errors are not translated.
class Words {
public:
    explicit Words(Language language) : language_(language) {}

    /// The word in the language; itself where there is none.
    std::string operator()(std::string_view word) const;
    /// For a table; a leading '>' stays.
    std::vector<std::string> headers(std::vector<std::string> names) const;

private:
    Language language_;
};

using Fields = std::vector<std::pair<std::string, std::string>>;

}  // namespace tally::cli
