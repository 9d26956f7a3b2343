#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tally::crypto {

/// True if the bytes are UTF-8 without control characters below U+0020 other than LF: what every
/// signed text consists of (C2SP signed-note).
bool is_plain_text(std::string_view text);

/// An unsigned decimal number in its one canonical spelling: digits only, no leading zero, at most
/// 2^64 - 1.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

/// Takes lines off the front of a text that the caller keeps alive.
class LineReader {
public:
    explicit LineReader(std::string_view text) : rest_(text) {}

    /// The next line without its LF; nothing at the end, or if the rest has no LF.
    std::optional<std::string_view> next();
    /// What no line was taken from yet.
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

}  // namespace tally::crypto
