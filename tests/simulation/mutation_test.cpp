// A simulator is worth what it finds. Each bug of known_bugs.cpp is switched on in a build of the
// core and the driver made for this test, and the simulator must find it within bounded seeds. A
// run happens in a child process, because some bugs are first noticed by a CHECK in the core.
// docs/TESTING.md has the table.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

#include "tests/simulation/known_bugs.h"
#include "tests/simulation/simulator.h"
#include "tests/support/catch.h"

namespace tally::simulation {
namespace {

struct Finding {
    bool found = false;
    std::uint64_t seed = 0;
    std::string how;
};

struct Note {
    std::uint64_t seed = 0;
    bool failed = false;
    char what[200] = {};
};

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

SimOptions options_for(const KnownBug* bug, std::uint64_t seed) {
    SimOptions options;
    options.seed = seed;
    if (bug != nullptr && bug->disk != nullptr) options.faults.*(bug->disk) = true;
    // Only a disk that was replaced brings it to light.
    options.forgetting = bug != nullptr && bug->core == consensus::Mutation::recovering_votes;
    return options;
}

void hunt_in_child(int pipe_end, const KnownBug* bug, std::uint64_t first, std::uint64_t seeds) {
    // What a CHECK says is not news here.
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(2);
    switch_on(bug);
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        Note note;
        note.seed = seed;
        if (write(pipe_end, &note, sizeof note) != sizeof note) _exit(2);
        const SimResult result = Simulator(options_for(bug, seed)).run();
        if (!result.failed) continue;
        note.failed = true;
        std::strncpy(note.what, result.what.c_str(), sizeof note.what - 1);
        if (write(pipe_end, &note, sizeof note) != sizeof note) _exit(2);
        _exit(1);
    }
    _exit(0);
}

/// Null: no bug at all.
Finding hunt(const KnownBug* bug, std::uint64_t first, std::uint64_t seeds) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    std::fflush(nullptr);  // or the child would print it once more
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        close(ends[0]);
        hunt_in_child(ends[1], bug, first, seeds);
    }
    close(ends[1]);
    Finding finding;
    Note note;
    while (read(ends[0], &note, sizeof note) == sizeof note) {
        finding.seed = note.seed;
        if (note.failed) finding.how = note.what;
    }
    close(ends[0]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) {
        finding.how = WTERMSIG(status) == SIGABRT ? "a CHECK in the core" : "a signal";
    }
    finding.found = !finding.how.empty();
    return finding;
}

void print(const KnownBug& bug, const Finding& finding) {
    std::printf("%-26s seed %4llu: %s\n", std::string(bug.name).c_str(),
                static_cast<unsigned long long>(finding.seed),
                finding.found ? finding.how.c_str() : "NOT FOUND");
    std::fflush(stdout);
}

/// A hunt begins where the table says that the bug is found, and ends after so many seeds.
constexpr std::uint64_t kSeedsMax = 200;

/// The table of docs/TESTING.md: the seed of each bug, 0 of those that are not found.
std::map<std::string, std::uint64_t> table() {
    std::map<std::string, std::uint64_t> seeds;
    std::ifstream file(TALLY_SOURCE_DIR "/docs/TESTING.md");
    for (std::string line; std::getline(file, line);) {
        const bool found = line.starts_with("| `");
        if (!found && !line.starts_with("- `")) continue;
        const std::string name = line.substr(3, line.find('`', 3) - 3);
        std::uint64_t& seed = seeds[name];
        // | switch | bug | source | seed | oracle |
        std::size_t column = 0;
        for (int count = 0; found && count < 4; ++count) column = line.find('|', column) + 1;
        if (found) seed = std::strtoull(line.c_str() + column, nullptr, 10);
    }
    return seeds;
}

template <typename Which>
void hunt_each(Which which) {
    const auto seeds = table();
    for (const KnownBug& bug : known_bugs()) {
        if (!which(bug)) continue;
        DYNAMIC_SECTION(bug.name) {
            const auto first = seeds.find(std::string(bug.name));
            INFO("docs/TESTING.md must say where this bug is found, or why it is not");
            REQUIRE(first != seeds.end());
            if (first->second == 0) continue;
            const Finding finding = hunt(&bug, first->second, kSeedsMax);
            print(bug, finding);
            INFO("replay with TALLY_MUTATION=" << bug.name << " TALLY_SEED=" << finding.seed);
            CHECK(finding.found);
        }
    }
}

}  // namespace

// Goal: without a bug the same seeds are silent, so that what is found below is the bug.
TEST_CASE("no mutation, nothing found") {
    const Finding finding = hunt(nullptr, 1, 50);
    INFO(finding.how << " in seed " << finding.seed);
    CHECK_FALSE(finding.found);
}

TEST_CASE("the simulator finds each known bug of the core") {
    hunt_each([](const KnownBug& bug) { return bug.core != consensus::Mutation::none; });
}

// Goal: the same for the driver and the keeper, which are what runs in a process.
TEST_CASE("the simulator finds each known bug of the driver") {
    hunt_each([](const KnownBug& bug) { return bug.driver != node::driver::Mutation::none; });
}

// Goal: the same for a disk, or a caller of the core, that breaks what it promises.
TEST_CASE("the simulator finds each known bug of a disk") {
    hunt_each([](const KnownBug& bug) { return bug.disk != nullptr; });
}

// Goal: where each bug is found first, from seed 1 on: the figures of docs/TESTING.md.
// TALLY_MUTATION names one of them alone, or `none`.
TEST_CASE("the first seed of each known bug", "[.census]") {
    const char* one = std::getenv("TALLY_MUTATION");
    const std::uint64_t first = number_from("TALLY_SEED", 1);
    const std::uint64_t seeds = number_from("TALLY_SIMULATIONS", 300);
    if (one != nullptr && std::string_view(one) == "none")
        print({"none"}, hunt(nullptr, first, seeds));
    for (const KnownBug& bug : known_bugs()) {
        if (one == nullptr || bug.name == one) print(bug, hunt(&bug, first, seeds));
    }
}

// Goal: the story of a bug, or of none: TALLY_MUTATION=name TALLY_SEED=number.
TEST_CASE("a bug replays with its trace", "[.replay]") {
    const char* name = std::getenv("TALLY_MUTATION");
    REQUIRE(name != nullptr);
    const KnownBug* bug = find_bug(name);
    REQUIRE((bug != nullptr || std::string_view(name) == "none"));
    switch_on(bug);
    SimOptions options = options_for(bug, number_from("TALLY_SEED", table()[name]));
    options.traced = true;
    options.trace_lines = number_from("TALLY_LINES", options.trace_lines);
    const SimResult result = Simulator(options).run();
    switch_on(nullptr);
    for (const std::string& line : timeline(result.trace, result.nodes)) {
        std::printf("%s\n", line.c_str());
    }
    std::printf("%s\n", result.failed ? result.what.c_str() : "nothing found");
}

}  // namespace tally::simulation
