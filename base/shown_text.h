#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// True for a character that nobody sees as one, or that changes how its neighbours are shown:
/// Unicode's categories Cc (controls: C0, DEL, C1), Cf (format: bidirectional controls, zero
/// width, tags, ...), Zl and Zp (separators of lines and paragraphs).
bool is_hidden(char32_t character);

/// The first hidden character of a text, or U+FFFD for a byte that is no UTF-8; nothing in a text
/// that people see as it is.
std::optional<char32_t> first_hidden(std::string_view text);

/// `U+202E`
std::string code_point_text(char32_t character);

/// The text as it may be shown to people, on one line: each hidden character is written as JSON
/// writes it (`\u202e`, a surrogate pair above U+FFFF), each byte that is no UTF-8 as `\ufffd`. In
/// a JSON text, whose strings are all that can hold such characters, the meaning stays the same.
std::string escaped(std::string_view text);

/// The same for a text of several lines, whose line feeds stay. Takes what is whole off the front
/// of `text`; up to three bytes of a character that is not complete remain.
std::string escape_lines(std::string_view& text);

}  // namespace tally
