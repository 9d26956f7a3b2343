#include "crypto/text.h"

#include "tests/support/catch.h"

using namespace tally::crypto;

TEST_CASE("Plain text has no control character but the line feed") {
    // Goal: each byte below a space, and DEL, which the specification leaves allowed.
    for (char letter = 0; letter < 0x20; ++letter) {
        CAPTURE(static_cast<int>(letter));
        const std::string text{'a', letter, 'b'};
        CHECK(is_plain_text(text) == (letter == '\n'));
    }
    CHECK(is_plain_text("a\x7f"));
    CHECK_FALSE(is_plain_text("\xff"));
}

TEST_CASE("A decimal number has one spelling") {
    // Goal: signs, zeroes in front, spaces and overflow are refused; both ends of the range pass.
    CHECK(parse_decimal("0") == 0);
    CHECK(parse_decimal("10") == 10);
    CHECK(parse_decimal("18446744073709551615") == ~std::uint64_t{0});
    for (const char* text : {"", "00", "01", "+1", "-1", "-0", " 1", "1 ", "1a", "0x1", "1.0",
                             "1e3", "18446744073709551616", "99999999999999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_decimal(text).has_value());
    }
}

TEST_CASE("Lines come off the front until no line feed is left") {
    // Goal: an unfinished line is never taken for a line.
    LineReader lines("a\n\nb");
    CHECK(lines.next() == "a");
    CHECK(lines.next() == "");
    CHECK_FALSE(lines.next().has_value());
    CHECK(lines.rest() == "b");
}
