#include <map>
#include <sstream>

#include "ledger/ledger.h"
#include "tests/support/catch.h"
#include "tests/support/format_document.h"
#include "tests/support/format_world.h"

using namespace tally;
using namespace tally::ledger;

// The worked examples of docs/FORMAT.md that are hashed or signed, and the tables of outcomes.

TEST_CASE("The examples of docs/FORMAT.md are what the code makes", "[ledger][format]") {
    // Goal: the document cannot drift from the bytes, and no example is left untested.
    testing::check_examples(testing::FormatWorld().examples(), testing::ExampleKind::hashed);
}

TEST_CASE("The outcome table of docs/FORMAT.md is the table of the code", "[ledger][format]") {
    // Goal: numbers and codes, row by row, none missing.
    std::ifstream file = testing::open_document("FORMAT.md");
    REQUIRE(file);
    std::map<unsigned, std::string> rows;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("| number | code |", 0) == 0) inside = true;
        if (line.empty()) inside = false;
        if (!inside || line.rfind("| ", 0) != 0) continue;
        std::istringstream cells(line);
        std::string bar;
        unsigned number = 0;
        std::string code;
        if (!(cells >> bar >> number >> bar >> code)) continue;
        REQUIRE(code.size() > 2);
        rows[number] = code.substr(1, code.size() - 2);
    }
    std::uint16_t known = 0;
    while (outcome_from(known)) ++known;
    CHECK(rows.size() == known);
    for (const auto& [number, code] : rows) {
        const auto outcome = outcome_from(static_cast<std::uint16_t>(number));
        REQUIRE(outcome);
        CHECK(code == outcome_code(*outcome));
    }
}

TEST_CASE("docs/CREDIT.md refuses with outcomes that exist", "[ledger][format]") {
    // Goal: every code in its tables is a code of the table, and every rule's code has a row.
    std::ifstream file = testing::open_document("CREDIT.md");
    REQUIRE(file);
    std::map<std::string, unsigned> codes;
    for (std::uint16_t number = 0; outcome_from(number); ++number) {
        codes[std::string(outcome_code(*outcome_from(number)))] = 0;
    }
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("| refused when |", 0) == 0) inside = true;
        if (line.empty()) inside = false;
        const std::size_t end = line.rfind("` |");
        if (!inside || end == std::string::npos) continue;
        const std::size_t begin = line.rfind('`', end - 1) + 1;
        const std::string code = line.substr(begin, end - begin);
        INFO(code);
        REQUIRE(codes.count(code) == 1);
        ++codes.at(code);
    }
    // The first six belong to every type and 30 is no refusal.
    for (std::uint16_t number = 6; outcome_from(number); ++number) {
        const std::string code(outcome_code(*outcome_from(number)));
        INFO(code);
        CHECK((codes.at(code) > 0) == (code != "repeated"));
    }
}
