#include "api/json_text.h"

#include <string>

#include "api/errc.h"
#include "api/object_reader.h"
#include "tests/support/catch.h"

using namespace tally;

// Goal: one parser for all texts, which refuses what is no JSON and what is nested too deep.
TEST_CASE("JSON texts are read to a depth and no further") {
    CHECK(api::json_from_text(R"({"a":[1,2]})"));
    CHECK(api::json_from_text("7"));
    for (const std::string wrong : {"", "{", R"({"a":1} x)", "{'a':1}", R"({"a":1,})"}) {
        INFO(wrong);
        const auto value = api::json_from_text(wrong);
        REQUIRE_FALSE(value);
        CHECK(value.error().code == api::errc::invalid_argument);
        CHECK(value.error().context.starts_with("not JSON: "));
    }
    const std::string deep = std::string(5, '[') + std::string(5, ']');
    CHECK(api::json_from_text(deep, 5));
    CHECK_FALSE(api::json_from_text(deep, 4));
    const std::string deeper(api::kJsonDepthMax + 1, '[');
    CHECK_FALSE(api::json_from_text(deeper + std::string(deeper.size(), ']')));
}

// Goal: a text has one meaning: no reader can take another member than the one that was shown.
TEST_CASE("a name that stands twice in one object is refused at any depth") {
    for (const char* wrong :
         {R"({"amount":1,"amount":1})", R"([{"a":{"b":[{"x":1,"y":2,"x":3}]}}])",
          R"({"amount":1,"a\u006dount":2})", R"({"":1,"":2})"}) {
        INFO(wrong);
        const auto value = api::json_from_text(wrong);
        REQUIRE_FALSE(value);
        CHECK(value.error().code == api::errc::invalid_argument);
        CHECK(value.error().context.find("stands twice in one object at column ") !=
              std::string::npos);
    }
    CHECK(api::json_from_text(R"([{"a":1,"b":{"a":1}},{"a":1,"A":2}])"));
    // A name in parts, as the parser hands out what has escapes in it.
    const std::string name = std::string(5000, 'n') + "\\n" + std::string(5000, 'n');
    CHECK(api::json_from_text("{\"" + name + "\":1,\"" + name + "m\":2}"));
    CHECK_FALSE(api::json_from_text("{\"" + name + "\":1,\"" + name + "\":2}"));
}

TEST_CASE("what is no JSON is told with its place") {
    CHECK(api::json_from_text("{\n  \"a\": 1,\n  oops\n}").error().context ==
          "not JSON: syntax error at line 3, column 3");
    CHECK(api::json_from_text("[1] x").error().context == "not JSON: extra data at column 5");
    CHECK(api::json_from_text("[1,").error().context.starts_with("not JSON: incomplete JSON"));
}

TEST_CASE("values of every kind come out as they were written") {
    const auto value = api::json_from_text(
        R"({"i":-5,"u":18446744073709551615,"d":1.5,"t":true,"n":null,"s":"x\ny","a":[[],{}]})");
    REQUIRE(value);
    CHECK(
        boost::json::serialize(*value) ==
        R"({"i":-5,"u":18446744073709551615,"d":1.5E0,"t":true,"n":null,"s":"x\ny","a":[[],{}]})");
}

TEST_CASE("an object is an object and nothing else") {
    CHECK(api::json_object_from_text("{}"));
    for (const char* wrong : {"[]", "null", "1", "\"{}\""}) {
        INFO(wrong);
        CHECK(api::json_object_from_text(wrong).error().context == "not a JSON object");
    }
}

// Goal: what a newer node adds to an answer is left alone, what it changes is not.
TEST_CASE("a reader tells a field that is wrong from one that it does not know") {
    const auto value = api::json_from_text(R"({"flag":true,"text":"x","more":1,"number":2})");
    REQUIRE(value);
    api::ObjectReader reader(*value);
    CHECK(reader.boolean("flag"));
    CHECK(reader.optional_text("text") == "x");
    CHECK(reader.optional_text("nothing").empty());
    CHECK(reader.status());
    CHECK_FALSE(reader.finish());

    api::ObjectReader wrong(*value);
    CHECK_FALSE(wrong.boolean("number"));
    CHECK(wrong.status().error().context == "number: neither true nor false");
    api::ObjectReader text(*value);
    CHECK(text.optional_text("number").empty());
    CHECK_FALSE(text.status());
}
