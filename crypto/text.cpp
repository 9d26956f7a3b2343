#include "crypto/text.h"

#include <algorithm>
#include <charconv>

namespace tally::crypto {
namespace {

/// What the first byte of a UTF-8 sequence says: how many bytes follow, and the range that the
/// second one must lie in (RFC 3629, section 4), which rules out longer forms and surrogates.
struct Lead {
    std::size_t following;
    unsigned char second_min;
    unsigned char second_max;
};

std::optional<Lead> lead_of(unsigned char byte) {
    if (byte < 0x80) return Lead{0, 0, 0};
    if (byte >= 0xC2 && byte <= 0xDF) return Lead{1, 0x80, 0xBF};
    if (byte == 0xE0) return Lead{2, 0xA0, 0xBF};
    if (byte == 0xED) return Lead{2, 0x80, 0x9F};
    if (byte >= 0xE1 && byte <= 0xEF) return Lead{2, 0x80, 0xBF};
    if (byte == 0xF0) return Lead{3, 0x90, 0xBF};
    if (byte >= 0xF1 && byte <= 0xF3) return Lead{3, 0x80, 0xBF};
    if (byte == 0xF4) return Lead{3, 0x80, 0x8F};
    return std::nullopt;
}

}  // namespace

bool is_utf8(std::string_view text) {
    std::size_t position = 0;
    while (position < text.size()) {
        const std::optional<Lead> lead = lead_of(static_cast<unsigned char>(text[position]));
        if (!lead || lead->following >= text.size() - position) return false;
        for (std::size_t next = 1; next <= lead->following; ++next) {
            const auto byte = static_cast<unsigned char>(text[position + next]);
            const unsigned char byte_min = next == 1 ? lead->second_min : 0x80;
            const unsigned char byte_max = next == 1 ? lead->second_max : 0xBF;
            if (byte < byte_min || byte > byte_max) return false;
        }
        position += 1 + lead->following;
    }
    return true;
}

bool is_plain_text(std::string_view text) {
    const bool has_control = std::any_of(text.begin(), text.end(), [](char letter) {
        return static_cast<unsigned char>(letter) < 0x20 && letter != '\n';
    });
    return !has_control && is_utf8(text);
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
    if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return value;
}

std::optional<std::string_view> LineReader::next() {
    const std::size_t size = rest_.find('\n');
    if (size == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest_.substr(0, size);
    rest_.remove_prefix(size + 1);
    return line;
}

}  // namespace tally::crypto
