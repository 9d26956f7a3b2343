#include "base/bytes.h"

#include "tests/support/catch.h"

using namespace tally;

TEST_CASE("Text and bytes convert without change, zero bytes and empty ones included") {
    // Goal: the casts of the whole project are these few lines.
    const std::string text("a\0\xff z", 5);
    CHECK_THAT(to_string(to_bytes(text)), Catch::Equals(text));
    CHECK(view_of(text).size() == 5);
    CHECK(view_of(text)[2] == 0xff);
    CHECK(text_of(view_of(text)) == text);
    CHECK(to_bytes(std::string_view{}).empty());
    CHECK(to_string(ByteView{}).empty());
}

TEST_CASE("Bytes are equal only with the same length and content") {
    // Goal: empty views, whose pointers may be null, take part.
    CHECK(equal(ByteView{}, ByteView{}));
    CHECK(equal(ByteView{}, Bytes{}));
    CHECK(equal(view_of("abc"), view_of("abc")));
    CHECK_FALSE(equal(view_of("abc"), view_of("ab")));
    CHECK_FALSE(equal(view_of("abc"), view_of("abd")));
}

TEST_CASE("Appending leaves what was there in place") {
    // Goal: order of appended parts, with an empty one among them.
    Bytes target = to_bytes("ab");
    append(target, view_of("c"));
    append(target, ByteView{});
    append(target, view_of("de"));
    CHECK(to_string(target) == "abcde");
    CHECK(to_string(*share(target)) == "abcde");
}
