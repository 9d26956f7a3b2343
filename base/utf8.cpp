#include "base/utf8.h"

namespace tally {
namespace {

/// What the first byte of a sequence says: its length, its own bits, and the range of the second
/// byte (RFC 3629, section 4), which rules out longer forms, surrogates and the end of the code
/// space. Length 0: no character begins with it.
struct Lead {
    std::size_t bytes = 0;
    unsigned char bits = 0;
    unsigned char second_min = 0x80;
    unsigned char second_max = 0xBF;
};

Lead lead_of(unsigned char byte) {
    const auto bits = [byte](unsigned mask) { return static_cast<unsigned char>(byte & mask); };
    if (byte < 0x80) return {1, byte};
    if (byte >= 0xC2 && byte <= 0xDF) return {2, bits(0x1F)};
    if (byte == 0xE0) return {3, bits(0x0F), 0xA0, 0xBF};
    if (byte == 0xED) return {3, bits(0x0F), 0x80, 0x9F};
    if (byte >= 0xE1 && byte <= 0xEF) return {3, bits(0x0F)};
    if (byte == 0xF0) return {4, bits(0x07), 0x90, 0xBF};
    if (byte >= 0xF1 && byte <= 0xF3) return {4, bits(0x07)};
    if (byte == 0xF4) return {4, bits(0x07), 0x80, 0x8F};
    return {};
}

}  // namespace

Utf8Character first_character(std::string_view text) {
    if (text.empty()) return {0, 0, true};
    const Lead lead = lead_of(static_cast<unsigned char>(text.front()));
    char32_t value = lead.bits;
    for (std::size_t place = 1; place < lead.bytes; ++place) {
        if (place == text.size()) return {0, 0, true};
        const auto byte = static_cast<unsigned char>(text[place]);
        const unsigned char byte_min = place == 1 ? lead.second_min : 0x80;
        const unsigned char byte_max = place == 1 ? lead.second_max : 0xBF;
        if (byte < byte_min || byte > byte_max) return {};
        value = (value << 6) | (byte & 0x3FU);
    }
    return {value, lead.bytes, false};
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t bytes = first_character(text).bytes;
        if (bytes == 0) return false;
        text.remove_prefix(bytes);
    }
    return true;
}

}  // namespace tally
