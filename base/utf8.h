#pragma once

#include <cstddef>
#include <string_view>

namespace tally {

/// The first character of a text.
struct Utf8Character {
    char32_t value = 0;
    std::size_t bytes = 0;    ///< 0: the text begins with no well-formed character
    bool incomplete = false;  ///< it ends within what may become one
};

/// Reads one character of UTF-8 (RFC 3629): shortest forms only, no surrogates, at most U+10FFFF.
/// Total; an empty text is incomplete.
Utf8Character first_character(std::string_view text);

/// True if the bytes are UTF-8 and nothing else.
bool is_utf8(std::string_view text);

}  // namespace tally
