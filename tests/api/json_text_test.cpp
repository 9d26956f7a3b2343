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
