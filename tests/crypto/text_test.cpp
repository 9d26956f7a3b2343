#include "crypto/text.h"

#include "tests/support/catch.h"

using namespace tally::crypto;

TEST_CASE("UTF-8 is accepted in its shortest form only") {
    // Goal: the ends of each range of RFC 3629, section 4, and what lies just outside.
    for (const char* text :
         {"", "a\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
          "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xe2\x80\x94 \xe8\xaf\xba"}) {
        CHECK(is_utf8(text));
    }
    for (const char* text :
         {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x7f", "\xc2\xc0", "\xe0\x9f\xbf",
          "\xed\xa0\x80", "\xe2\x80", "\xe2\x80 ", "\xe2\x80\xc0", "\xf0\x8f\xbf\xbf",
          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xf0\x90\x80", "a\xe2"}) {
        CHECK_FALSE(is_utf8(text));
    }
}

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
