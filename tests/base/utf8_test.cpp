#include "base/utf8.h"

#include <string>

#include "tests/support/catch.h"

using namespace tally;

TEST_CASE("UTF-8 is accepted in its shortest form only") {
    // Goal: the ends of each range of RFC 3629, section 4, and each kind of fault beside them.
    for (const char* text :
         {"", "a\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
          "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xe2\x80\x94 \xe8\xaf\xba"}) {
        CHECK(is_utf8(text));
    }
    for (const char* text : {"\x80",
                             "\xbf",
                             "\xc0\x80",
                             "\xc0\xaf",
                             "\xc1\xbf",
                             "\xc2",
                             "\xc2\x41",
                             "\xc2\x7f",
                             "\xc2\xc0",
                             "\xe0\x9f\xbf",
                             "\xe0\xa0",
                             "\xed\xa0\x80",
                             "\xed\xbf\xbf",
                             "\xe2\x80",
                             "\xe2\x80 ",
                             "\xe2\x80\xc0",
                             "\xf0\x8f\xbf\xbf",
                             "\xf4\x90\x80\x80",
                             "\xf5\x80\x80\x80",
                             "\xfe",
                             "\xff",
                             "\xf0\x90\x80",
                             "a\xe2",
                             "\xe4\xba\xac\x80"}) {
        CHECK_FALSE(is_utf8(text));
    }
}

TEST_CASE("A character has its number, and one that is cut off is told from one that is wrong") {
    CHECK(first_character("a").value == U'a');
    CHECK(first_character("\xc2\xa0x").value == 0xA0);
    CHECK(first_character("\xe8\xaf\xba").value == 0x8BFA);
    CHECK(first_character("\xf0\x9f\x98\x80z").value == 0x1F600);
    CHECK(first_character("\xf0\x9f\x98\x80z").bytes == 4);
    for (const char* begun : {"", "\xf0", "\xf0\x9f\x98", "\xe2\x80"}) {
        CHECK(first_character(begun).incomplete);
        CHECK(first_character(begun).bytes == 0);
    }
    for (const char* wrong : {"\xff", "\xe2 ", "\x80"}) {
        CHECK_FALSE(first_character(wrong).incomplete);
        CHECK(first_character(wrong).bytes == 0);
    }
}
