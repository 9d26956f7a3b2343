#include "tests/support/format_document.h"

#include "tests/support/catch.h"

namespace tally::testing {
namespace {

bool is_stored(const std::string& name) { return name.rfind("stored ", 0) == 0; }

/// Hexadecimal digits at the start of a line, up to the first word of the remark behind them.
std::string digits_of(const std::string& line) {
    const std::size_t remark = line.find("  ");
    std::string digits;
    for (const char character : line.substr(0, remark)) {
        if (character != ' ') digits.push_back(character);
    }
    return digits;
}

FormatExamples documented_examples() {
    std::ifstream file = open_document("FORMAT.md");
    REQUIRE(file);
    FormatExamples examples;
    std::string name;
    bool fenced = false;
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("```", 0) == 0) {
            fenced = !fenced;
            name.clear();
        } else if (fenced && line.rfind("example ", 0) == 0) {
            name = line.substr(8);
            REQUIRE(examples.emplace(name, "").second);
        } else if (fenced && !name.empty()) {
            examples[name] += digits_of(line);
        }
    }
    return examples;
}

}  // namespace

std::ifstream open_document(const std::string& name) {
    return std::ifstream(std::string(TALLY_SOURCE_DIR) + "/docs/" + name);
}

void check_examples(const FormatExamples& expected, ExampleKind kind) {
    FormatExamples found = documented_examples();
    std::erase_if(found, [kind](const auto& example) {
        return is_stored(example.first) != (kind == ExampleKind::stored);
    });
    for (const auto& [name, digits] : expected) {
        INFO("example " << name << "\n" << digits);
        CHECK(found.count(name) == 1);
        if (found.count(name) == 1) CHECK(found.at(name) == digits);
    }
    CHECK(found.size() == expected.size());
}

}  // namespace tally::testing
