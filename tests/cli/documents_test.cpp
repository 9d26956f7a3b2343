#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include "ledger/type_table.h"
#include "tests/cli/program.h"

using namespace tally;
using namespace tally::cli::testing;

namespace {

std::string document(const std::string& name = "CLI.md") {
    std::ifstream file(std::string(TALLY_SOURCE_DIR) + "/docs/" + name);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The names under `Subcommands:` in the help of a command, of the program itself if it is empty.
std::set<std::string> commands_of(std::vector<std::string> command) {
    command.emplace_back("--help");
    std::istringstream help(run(command).out);
    std::set<std::string> names;
    bool inside = false;
    for (std::string line; std::getline(help, line);) {
        if (line.empty()) inside = false;
        if (inside && line.starts_with("  ") && line[2] != ' ') {
            names.insert(line.substr(2, line.find(' ', 2) - 2));
        }
        if (line.starts_with("Subcommands:")) inside = true;
    }
    return names;
}

/// First words of the cells in the tables of commands; with `network`, the words behind it.
std::set<std::string> documented(const std::string& parent) {
    std::set<std::string> names;
    const std::regex cell("`" + parent + R"(([a-z-]+(\\\|[a-z-]+)*)[ `])");
    const std::regex word("[a-z-]+");
    bool inside = false;
    std::istringstream lines(document());
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("| command |")) inside = true;
        if (line.empty()) inside = false;
        if (!inside) continue;
        const std::string first = line.substr(0, line.find(" | "));
        for (std::sregex_iterator found(first.begin(), first.end(), cell), end; found != end;
             ++found) {
            const std::string alternatives = (*found)[1];
            for (std::sregex_iterator one(alternatives.begin(), alternatives.end(), word);
                 one != end; ++one) {
                names.insert(one->str());
            }
        }
    }
    return names;
}

}  // namespace

TEST_CASE("Every command has help with an example, and --help is no error") {
    // Goal: also of a command that is added; the names are asked of the program.
    const std::set<std::string> names = commands_of({});
    CHECK(names.size() >= 25);
    for (const std::string& name : names) {
        const Said said = run({name, "--help"});
        INFO(name);
        CHECK(said.code == 0);
        CHECK(contains(said.out, "Example"));
        CHECK(contains(said.out, "tallystick " + name));
        CHECK(said.err.empty());
    }
    for (const std::string& name : commands_of({"network"})) {
        const Said said = run({"network", name, "--help"});
        INFO("network " << name);
        CHECK(said.code == 0);
        CHECK(contains(said.out, "tallystick network " + name));
        CHECK(contains(said.out, "--json"));
        CHECK(contains(said.out, "--dir"));
    }
}

TEST_CASE("docs/CLI.md has every command, and no other") {
    // Goal: a command stands in a table, or in an example above its page's own section.
    const std::string text = document();
    const std::set<std::string> names = commands_of({});
    for (const std::string& name : names) {
        INFO(name);
        CHECK((documented("").contains(name) || contains(text, "$ tallystick " + name + " ")));
    }
    for (const std::string& name : documented("")) {
        INFO(name);
        CHECK(names.contains(name));
    }
    CHECK(documented("network ") == commands_of({"network"}));
}

TEST_CASE("docs/CLI.md says of every claim that it may be left out") {
    // Goal: a type that gets a claim gets its place in the table of what is left out.
    std::istringstream lines(document());
    std::vector<std::string> rows;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("| ")) rows.push_back(line);
    }
    for (const ledger::TypeFacts& facts : ledger::kTypeFacts) {
        for (const ledger::Claim& claim : facts.claims) {
            INFO(facts.name << ": " << claim.field);
            CHECK(std::ranges::any_of(rows, [&](const std::string& row) {
                return contains(row, std::string(facts.name)) &&
                       contains(row, "`" + std::string(claim.field) + "`");
            }));
        }
    }
}

TEST_CASE("docs/HACKING.md names files that are there") {
    // Goal: a file that moves takes its line in the tables with it.
    const std::string text = document("HACKING.md");
    const std::regex path("`([a-z_]+(/[a-z_0-9]+)*/?[A-Za-z_0-9]*\\.(h|cpp|md|proto|txt))`");
    std::size_t found = 0;
    for (std::sregex_iterator one(text.begin(), text.end(), path), end; one != end; ++one) {
        const std::string file = (*one)[1];
        if (file.find('/') == std::string::npos) continue;
        ++found;
        INFO(file);
        CHECK(std::filesystem::exists(std::string(TALLY_SOURCE_DIR) + "/" + file));
    }
    CHECK(found > 50);
}
