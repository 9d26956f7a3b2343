#include "crypto/base64.h"

#include "tests/crypto/support.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::crypto;

TEST_CASE("Base64 gives the texts of RFC 4648, section 10") {
    // Goal: each length of the last group, both ways.
    const std::pair<const char*, const char*> published[] = {{"", ""},
                                                             {"f", "Zg=="},
                                                             {"fo", "Zm8="},
                                                             {"foo", "Zm9v"},
                                                             {"foob", "Zm9vYg=="},
                                                             {"fooba", "Zm9vYmE="},
                                                             {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : published) {
        CHECK(to_base64(view_of(bytes)) == text);
        CHECK(from_base64(text) == to_bytes(std::string_view(bytes)));
    }
    CHECK(to_base64(Bytes{0xfb, 0xef, 0xff}) == "++//");
}

TEST_CASE("Base64 round-trips bytes of every length up to 300") {
    // Goal: sizes and padding agree with the library's buffer arithmetic.
    testing::Random random(7);
    for (std::size_t size = 0; size <= 300; ++size) {
        Bytes bytes(size);
        for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
        CHECK(from_base64(to_base64(bytes)) == bytes);
    }
}

TEST_CASE("Base64 is refused unless it is the one spelling of its bytes") {
    // Goal: two texts for one value would let a signed text be changed without notice.
    const char* const refused[] = {
        "Zg",       "Zg=",   "Zg===",  "Z",        "Zh==",      "Zm9=",   "====",
        "Zg==Zg==", " Zg==", "Zg==\n", "Zg= =",    "Zm9v\n",    "Z-9v",   "Z_9v",
        "Zm9v=",    "=Zm9",  "Zm=v",   "Zm 9vYg=", "Zm9vYg=\n", "Zm9\xc3"};
    for (const char* text : refused) {
        CAPTURE(text);
        CHECK_FALSE(from_base64(text).has_value());
    }
    CHECK_FALSE(from_base64(std::string_view("Zm9\0", 4)).has_value());
}

TEST_CASE("Only the 64 letters of the alphabet stand for bits, at any position") {
    // Goal: all 256 byte values, because libsodium alone takes some above 0x7f for letters.
    const std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t position = 0; position < 4; ++position) {
        for (int value = 0; value < 256; ++value) {
            CAPTURE(position, value);
            std::string text = "AAAA";
            text[position] = static_cast<char>(value);
            const bool is_letter = alphabet.find(text[position]) != std::string_view::npos;
            const bool is_padding = position == 3 && value == '=';
            CHECK(from_base64(text).has_value() == (is_letter || is_padding));
        }
    }
}
