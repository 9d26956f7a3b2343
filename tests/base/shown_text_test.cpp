#include "base/shown_text.h"

#include "tests/support/catch.h"

using namespace tally;

// Goal: whatever can move a cursor, colour a line, turn it round or hide in it is written out.
TEST_CASE("Controls, bidirectional controls and separators are shown as escapes") {
    CHECK(escaped("\x1b[2J") == "\\u001b[2J");
    CHECK(escaped("a\nVERIFIED\r\t") == "a\\u000aVERIFIED\\u000d\\u0009");
    CHECK(escaped(std::string_view("\0\x7f", 2)) == "\\u0000\\u007f");
    CHECK(escaped("\xc2\x9b"
                  "2J") == "\\u009b2J");  // CSI in C1
    CHECK(escaped("\xe2\x80\xae"
                  "txt.exe") == "\\u202etxt.exe");  // right-to-left override
    CHECK(escaped("\xe2\x81\xa6\xd8\x9c\xe2\x80\x8e") == "\\u2066\\u061c\\u200e");
    CHECK(escaped("\xe2\x80\xa8\xe2\x80\xa9") == "\\u2028\\u2029");
    CHECK(escaped("\xef\xbb\xbf") == "\\ufeff");
    CHECK(escaped("\xf3\xa0\x81\xa1") == "\\udb40\\udc61");  // a tag character
    CHECK(escaped("a\xff\xe2") == "a\\ufffd\\ufffd");
}

TEST_CASE("What people can see stays as it is") {
    const std::string text =
        "Amount 338.33 \xe5\xbc\xa0 caf\xc3\xa9 \xf0\x9f\x98\x80 \"\\u202e\" ~";
    CHECK(escaped(text) == text);
    CHECK_FALSE(first_hidden(text));
}

TEST_CASE("The first hidden character is named") {
    CHECK(first_hidden("ab\xe2\x80\xaf\xe2\x80\xae\x01") == U'\u202e');  // a narrow space is seen
    CHECK(first_hidden("\xff") == U'\ufffd');
    CHECK(code_point_text(0x1b) == "U+001B");
    CHECK(code_point_text(0x202e) == "U+202E");
    CHECK(code_point_text(0xe0061) == "U+0E0061");
}

TEST_CASE("Lines keep their line feeds, and a character that is cut off waits for its rest") {
    std::string_view text = "a\n\x1b\xe2\x80";
    CHECK(escape_lines(text) == "a\n\\u001b");
    CHECK(text == "\xe2\x80");
    std::string_view wrong = "\xe2\x80!";
    CHECK(escape_lines(wrong) == "\\ufffd\\ufffd!");
    CHECK(wrong.empty());
}
