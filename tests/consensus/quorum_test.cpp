#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "consensus/quorum.h"
#include "tests/support/catch.h"

namespace tally::consensus {
namespace {

constexpr std::uint64_t kEverything = std::numeric_limits<std::uint64_t>::max();

std::filesystem::path vectors_folder() {
    const char* given = std::getenv("TALLY_VECTORS");
    const std::filesystem::path root =
        given != nullptr ? std::filesystem::path(given)
                         : std::filesystem::path(TALLY_SOURCE_DIR) / "../shared/vectors";
    return root / "raft/quorum/testdata";
}

/// A command with arguments such as `cfg=(1,2,3) idx=(_,5,7)`, and the lines expected beneath.
struct VectorCase {
    std::string command;
    std::size_t voters = 0;
    std::vector<std::string> answers;  ///< one per voter, in the order of ascending ids
    std::string expected;              ///< the last line
};

std::vector<std::string> list_of(const std::string& line, const std::string& key) {
    std::vector<std::string> items;
    const std::size_t begin = line.find(key + "=(");
    if (begin == std::string::npos) return items;
    const std::size_t open = line.find('(', begin);
    std::string inside = line.substr(open + 1, line.find(')', open) - open - 1);
    for (char& letter : inside) {
        if (letter == ',') letter = ' ';
    }
    std::istringstream stream(inside);
    for (std::string item; stream >> item;) items.push_back(item);
    return items;
}

std::vector<VectorCase> read_cases(const std::string& name) {
    std::vector<VectorCase> cases;
    std::ifstream file(vectors_folder() / name);
    std::string command;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("#") || line.empty()) continue;
        if (line != "----") {
            command = line;
            continue;
        }
        VectorCase one;
        one.command = command;
        one.voters = list_of(command, "cfg").size();
        one.answers = list_of(command, command.starts_with("vote") ? "votes" : "idx");
        while (std::getline(file, line) && !line.empty()) one.expected = line;
        cases.push_back(std::move(one));
    }
    return cases;
}

}  // namespace

// Goal: the commit index of published cases (etcd-io/raft, quorum/testdata/majority_commit.txt).
TEST_CASE("majority commit indexes agree with published vectors") {
    const std::vector<VectorCase> cases = read_cases("majority_commit.txt");
    if (cases.empty()) {
        WARN("no vectors under " << vectors_folder() << ", set TALLY_VECTORS");
        return;
    }
    CHECK(cases.size() >= 10);
    for (const VectorCase& one : cases) {
        INFO(one.command);
        std::vector<std::uint64_t> reached;
        for (const std::string& answer : one.answers) {
            reached.push_back(answer == "_" ? 0 : std::stoull(answer));
        }
        REQUIRE(reached.size() == one.voters);
        const bool everything = one.expected.find("∞") != std::string::npos;
        const std::uint64_t expected = everything ? kEverything : std::stoull(one.expected);
        CHECK(majority_reached(reached) == expected);
    }
}

// Goal: vote results of published cases (etcd-io/raft, quorum/testdata/majority_vote.txt).
TEST_CASE("majority votes agree with published vectors") {
    const std::vector<VectorCase> cases = read_cases("majority_vote.txt");
    if (cases.empty()) {
        WARN("no vectors under " << vectors_folder() << ", set TALLY_VECTORS");
        return;
    }
    CHECK(cases.size() >= 10);
    for (const VectorCase& one : cases) {
        INFO(one.command);
        std::size_t yes = 0;
        std::size_t no = 0;
        for (const std::string& answer : one.answers) {
            yes += answer == "y" ? 1U : 0U;
            no += answer == "n" ? 1U : 0U;
        }
        const VoteResult result = majority_vote(one.voters, yes, no);
        const char* name = result == VoteResult::won    ? "VoteWon"
                           : result == VoteResult::lost ? "VoteLost"
                                                        : "VotePending";
        CHECK(one.expected == name);
    }
}

// Goal: the formula is right by its definition for every small case.
TEST_CASE("a majority has reached the value, and no majority a larger one") {
    for (std::size_t voters = 1; voters <= 5; ++voters) {
        std::vector<std::uint64_t> values(voters, 0);
        for (;;) {
            const std::uint64_t reached = majority_reached(values);
            std::size_t at_least = 0;
            std::size_t above = 0;
            for (std::uint64_t value : values) {
                at_least += value >= reached ? 1U : 0U;
                above += value > reached ? 1U : 0U;
            }
            REQUIRE(at_least >= majority_of(voters));
            REQUIRE(above < majority_of(voters));
            std::size_t digit = 0;
            while (digit < voters && ++values[digit] == 4) values[digit++] = 0;
            if (digit == voters) break;
        }
    }
}

// Goal: one wrong clock never decides, and of two the earlier one does.
TEST_CASE("the lower median ignores one clock that is far off") {
    CHECK(lower_median({Millis(5)}) == Millis(5));
    CHECK(lower_median({Millis(9'000'000), Millis(5)}) == Millis(5));
    CHECK(lower_median({Millis(6), Millis(9'000'000), Millis(5)}) == Millis(6));
    CHECK(lower_median({Millis(-9'000'000), Millis(6), Millis(5)}) == Millis(5));
    CHECK(lower_median({Millis(1), Millis(2), Millis(3), Millis(4)}) == Millis(2));
}

}  // namespace tally::consensus
