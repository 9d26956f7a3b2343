#include "base/shown_text.h"

#include <algorithm>
#include <iterator>

#include "base/utf8.h"

namespace tally {
namespace {

constexpr char32_t kNoCharacter = 0xFFFD;

struct Range {
    char32_t first;
    char32_t last;
};

/// Cc, Cf, Zl and Zp of Unicode 15, and what lies unassigned between bidirectional controls.
constexpr Range kHidden[] = {
    {0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x0600, 0x0605},
    {0x061C, 0x061C},   {0x06DD, 0x06DD},   {0x070F, 0x070F},   {0x0890, 0x0891},
    {0x08E2, 0x08E2},   {0x180E, 0x180E},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F},   {0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFB},   {0x110BD, 0x110BD},
    {0x110CD, 0x110CD}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
    {0xE0001, 0xE0001}, {0xE0020, 0xE007F},
};

void append_unit(std::string& target, unsigned unit) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    target += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) {
        target.push_back(kDigits[(unit >> static_cast<unsigned>(shift)) & 0xFU]);
    }
}

void append_escape(std::string& target, char32_t character) {
    constexpr char32_t kPlane = 0x10000;
    if (character < kPlane) return append_unit(target, character);
    append_unit(target, 0xD800U + ((character - kPlane) >> 10));
    append_unit(target, 0xDC00U + ((character - kPlane) & 0x3FFU));
}

/// Appends the character that `text` begins with, and takes it off.
void append_shown(std::string& target, std::string_view& text, bool keep_lines) {
    const Utf8Character next = first_character(text);
    const std::size_t bytes = next.bytes == 0 ? 1 : next.bytes;
    const bool kept = keep_lines && next.value == '\n';
    if (next.bytes == 0) {
        append_escape(target, kNoCharacter);
    } else if (is_hidden(next.value) && !kept) {
        append_escape(target, next.value);
    } else {
        target += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
}

}  // namespace

bool is_hidden(char32_t character) {
    const auto* range =
        std::find_if(std::begin(kHidden), std::end(kHidden),
                     [character](const Range& one) { return character <= one.last; });
    return range != std::end(kHidden) && character >= range->first;
}

std::optional<char32_t> first_hidden(std::string_view text) {
    while (!text.empty()) {
        const Utf8Character next = first_character(text);
        if (next.bytes == 0) return kNoCharacter;
        if (is_hidden(next.value)) return next.value;
        text.remove_prefix(next.bytes);
    }
    return std::nullopt;
}

std::string code_point_text(char32_t character) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string text = "U+";
    for (int shift = character > 0xFFFF ? 20 : 12; shift >= 0; shift -= 4) {
        text.push_back(kDigits[(character >> static_cast<unsigned>(shift)) & 0xFU]);
    }
    return text;
}

std::string escaped(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) append_shown(shown, text, false);
    return shown;
}

std::string escape_lines(std::string_view& text) {
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty() && !first_character(text).incomplete) append_shown(shown, text, true);
    return shown;
}

}  // namespace tally
