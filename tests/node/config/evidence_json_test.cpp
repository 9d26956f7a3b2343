#include "node/evidence_json.h"

#include "tests/support/catch.h"

namespace tally::node {
namespace {

const std::string kNetwork(64, 'a');
const std::string kRoots = R"({"kind":"roots","node":2,"size":10,"notes":["one","two"],)"
                           R"("found":"2024-02-29T08:30:00.125Z"})";
const std::string kBlocks = R"({"kind":"blocks","node":3,"index":7,"own":")" + kNetwork +
                            R"(","other":")" + std::string(64, 'b') +
                            R"(","found":"2024-02-29T08:30:00.125Z"})";

std::string document(const std::string& records) {
    return R"({"network":")" + kNetwork + R"(","evidence":[)" + records + "]}\n";
}

}  // namespace

TEST_CASE("a document of evidence comes back as it was") {
    const std::string text = document(kRoots + "," + kBlocks);
    const auto decoded = decode_evidence_document(text);
    REQUIRE(decoded);
    REQUIRE(decoded->records.size() == 2);
    const auto& roots = std::get<storage::RootConflict>(decoded->records[0].what);
    CHECK(roots.node == 2);
    CHECK(roots.size == 10);
    CHECK(roots.notes == std::vector<std::string>{"one", "two"});
    CHECK(std::get<storage::BlockConflict>(decoded->records[1].what).index == 7);
    CHECK(encode_evidence_document(*decoded) == text);
}

TEST_CASE("a document says which records its node could not read") {
    const std::string text = R"({"network":")" + kNetwork + R"(","evidence":[)" + kRoots +
                             R"(],"damaged":[{"record":"blocks against node 3 at block 7",)" +
                             R"("why":"evidence: truncated"}]})" + "\n";
    const auto decoded = decode_evidence_document(text);
    REQUIRE(decoded);
    REQUIRE(decoded->damaged.size() == 1);
    CHECK(decoded->damaged[0].record == "blocks against node 3 at block 7");
    CHECK(decoded->damaged[0].why == "evidence: truncated");
    CHECK(encode_evidence_document(*decoded) == text);
    std::string wrong = text;
    wrong.replace(wrong.find("why"), 3, "who");
    const auto spoilt = decode_evidence_document(wrong);
    REQUIRE(spoilt);
    CHECK(spoilt->records.size() == 1);
    REQUIRE(spoilt->damaged.size() == 1);
    CHECK_THAT(spoilt->damaged[0].why, Catch::Matchers::Contains("who: unknown field"));
}

TEST_CASE("what is no record is said by the name of its field, and hides no other") {
    // Goal: nothing that a person reads in such a file can be passed over by the program.
    const auto fault = [](const std::string& text) {
        const auto decoded = decode_evidence_document(text);
        if (!decoded) return decoded.error().context;
        return decoded->damaged.empty() ? std::string("none") : decoded->damaged.front().why;
    };
    const auto replaced = [](std::string text, const std::string& old, const std::string& with) {
        return text.replace(text.find(old), old.size(), with);
    };
    const std::string text = document(kRoots);
    CHECK(fault(text) == "none");
    CHECK_THAT(fault(text.substr(0, 90)), Catch::Matchers::Contains("not JSON"));
    CHECK_THAT(fault(replaced(text, "roots", "rumours")),
               Catch::Matchers::Contains("kind: neither"));
    CHECK_THAT(fault(replaced(text, "\"size\":10,", "")), Catch::Matchers::Contains("size"));
    CHECK_THAT(fault(replaced(text, "\"size\":10", "\"size\":10,\"note\":1")),
               Catch::Matchers::Contains("note"));
    CHECK_THAT(fault(replaced(text, "\"one\"", "1")), Catch::Matchers::Contains("notes[0]"));
    CHECK_THAT(fault(replaced(text, "2024-", "")), Catch::Matchers::Contains("found"));
    std::string many = "\"0\"";
    for (int number = 0; number < 20; ++number) many += ",\"" + std::to_string(number) + "\"";
    CHECK_THAT(fault(replaced(text, "\"one\"", many)), Catch::Matchers::Contains("more notes"));

    const auto mixed = decode_evidence_document(document("\"x\"," + kRoots + ",{}," + kBlocks));
    REQUIRE(mixed);
    CHECK(mixed->records.size() == 2);
    REQUIRE(mixed->damaged.size() == 2);
    CHECK(mixed->damaged[0].record == "evidence[0]");
    CHECK(mixed->damaged[0].why == "not an object");
    CHECK(mixed->damaged[1].why == "kind: missing");
}

TEST_CASE("what is no document of evidence is refused") {
    CHECK_FALSE(decode_evidence_document("[]"));
    CHECK_FALSE(decode_evidence_document("{}"));
    CHECK_FALSE(decode_evidence_document(R"({"network":")" + kNetwork + R"(","evidence":{}})"));
    CHECK_FALSE(
        decode_evidence_document(R"({"network":")" + kNetwork + R"(","evidence":[],"more":1})"));
}

}  // namespace tally::node
