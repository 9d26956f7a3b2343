#include "base/hex.h"

#include "tests/support/catch.h"

using namespace tally;

TEST_CASE("Hexadecimal text round-trips every byte value") {
    // Goal: all 256 values, in lower case on the way out and in either case on the way in.
    Bytes all(256);
    for (std::size_t value = 0; value < all.size(); ++value) {
        all[value] = static_cast<std::uint8_t>(value);
    }
    const std::string text = to_hex(all);
    CHECK(text.substr(0, 8) == "00010203");
    CHECK(text.substr(504) == "fcfdfeff");
    CHECK(from_hex(text) == all);
    CHECK(from_hex("FCfdFe") == Bytes{0xfc, 0xfd, 0xfe});
    CHECK(from_hex("") == Bytes{});
}

TEST_CASE("Text that is not hexadecimal gives nothing") {
    // Goal: odd lengths, and the characters next to the allowed ranges.
    for (const char* text : {"0", "000", "0g", "g0", "/0", "0:", "@0", "0`", " 00", "0x", "-1"}) {
        CAPTURE(text);
        CHECK_FALSE(from_hex(text).has_value());
    }
    CHECK_FALSE(from_hex(std::string_view("0\0", 2)).has_value());
}
