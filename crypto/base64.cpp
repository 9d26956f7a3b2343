#include "crypto/base64.h"

#include <sodium.h>

#include "base/check.h"

namespace tally::crypto {

std::string to_base64(ByteView bytes) {
    const std::size_t size_with_zero =
        sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    std::string text(size_with_zero, '\0');
    TALLY_CHECK(sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                                  sodium_base64_VARIANT_ORIGINAL) != nullptr);
    text.resize(size_with_zero - 1);
    return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    if (text.empty()) return Bytes{};
    // libsodium compares signed values and takes some bytes above 0x7f for letters (seen in
    // 1.0.18), so they are refused here.
    for (const char letter : text) {
        if (static_cast<unsigned char>(letter) > 0x7f) return std::nullopt;
    }
    Bytes bytes(text.size() / 4 * 3);
    std::size_t size = 0;
    // Without a place to report where it stopped, the decoder fails unless it consumed all of it.
    if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size,
                          nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return std::nullopt;
    }
    bytes.resize(size);
    return bytes;
}

}  // namespace tally::crypto
