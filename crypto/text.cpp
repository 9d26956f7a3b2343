#include "crypto/text.h"

#include <algorithm>
#include <charconv>

#include "base/utf8.h"

namespace tally::crypto {

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
