// A simulator is worth what it finds. Each bug that other implementations shipped is switched on in
// a build of the core made for this test, and the simulator must find it within bounded seeds. A
// run happens in a child process, because some bugs are first noticed by a CHECK in the core.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "consensus/mutation.h"
#include "node/driver/mutation.h"
#include "tests/simulation/simulator.h"
#include "tests/support/catch.h"

namespace tally::simulation {
namespace {

using consensus::Mutation;
using DriverMutation = node::driver::Mutation;

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

void hunt_in_child(int pipe_end, std::uint64_t seeds, const SimNodeFaults& faults) {
    // What a CHECK says is not news here.
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(2);
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        Note note;
        note.seed = seed;
        if (write(pipe_end, &note, sizeof note) != sizeof note) _exit(2);
        SimOptions options;
        options.seed = seed;
        options.faults = faults;
        // Only a disk that was replaced brings it to light.
        options.forgetting = consensus::active_mutation == Mutation::recovering_votes;
        const SimResult result = Simulator(options).run();
        if (!result.failed) continue;
        note.failed = true;
        std::strncpy(note.what, result.what.c_str(), sizeof note.what - 1);
        if (write(pipe_end, &note, sizeof note) != sizeof note) _exit(2);
        _exit(1);
    }
    _exit(0);
}

Finding hunt(Mutation mutation, std::uint64_t seeds, const SimNodeFaults& faults = {},
             DriverMutation driver_mutation = DriverMutation::none) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    std::fflush(nullptr);  // or the child would print it once more
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        close(ends[0]);
        consensus::active_mutation = mutation;
        node::driver::active_mutation = driver_mutation;
        hunt_in_child(ends[1], seeds, faults);
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
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) finding.how = "a CHECK in the core";
    finding.found = !finding.how.empty();
    return finding;
}

struct Case {
    const char* name;
    Mutation mutation;
    std::uint64_t seeds_max;
};

}  // namespace

// Goal: without a bug the same seeds are silent, so that what is found below is the bug.
TEST_CASE("no mutation, nothing found") {
    const Finding finding = hunt(Mutation::none, 50);
    INFO(finding.how);
    CHECK_FALSE(finding.found);
}

TEST_CASE("the simulator finds each known bug of the core") {
    const Case cases[] = {
        {"an older term's block is committed by counting", Mutation::commit_older_term, 1000},
        {"a follower commits what was not verified", Mutation::commit_unverified, 1000},
        {"stepping down within a term clears the vote", Mutation::vote_twice_stepping, 1000},
        {"a crash forgets the vote", Mutation::vote_twice_crash, 1000},
        {"acknowledgements leave early", Mutation::early_acknowledgement, 1000},
        {"an old write vouches for what overwrote it", Mutation::append_aba, 1000},
        {"a follower acknowledges its whole log", Mutation::acknowledge_whole_log, 1000},
        {"a refusal lowers match", Mutation::refusal_lowers_match, 1000},
        {"reads are served before the term has a commit", Mutation::read_before_commit, 1000},
        {"a read counts answers to earlier rounds", Mutation::read_round_reused, 1000},
        {"a node that forgot votes", Mutation::recovering_votes, 1000},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.name) {
            const Finding finding = hunt(one.mutation, one.seeds_max);
            std::printf("%-50s %s\n", one.name,
                        finding.found
                            ? ("seed " + std::to_string(finding.seed) + ": " + finding.how).c_str()
                            : "NOT FOUND");
            CHECK(finding.found);
        }
    }
}

// Goal: the same for the driver, which is what runs in a process.
TEST_CASE("the simulator finds each known bug of the driver") {
    struct DriverCase {
        const char* name;
        DriverMutation mutation;
    };
    const DriverCase cases[] = {
        {"a read does not wait for apply", DriverMutation::read_before_apply},
        {"a read without a quorum", DriverMutation::read_without_quorum},
        {"a write is reported done at once", DriverMutation::written_at_once},
        {"a checkpoint is signed before it is remembered", DriverMutation::sign_before_remember},
        {"what left is told that nothing was done", DriverMutation::leaving_forgotten},
        {"what ends late is not answered", DriverMutation::ticket_lost},
        {"an answer before apply", DriverMutation::early_answer},
        {"what stands in the log is proposed again", DriverMutation::copies},
        {"a checkpoint is certified with one signature", DriverMutation::own_signature_enough},
        {"an answer about signatures is answered", DriverMutation::reply_answered},
        {"one node with another root halts writing", DriverMutation::halt_at_first_doubt},
        {"lost signatures are not asked for", DriverMutation::nobody_asked},
    };
    for (const DriverCase& one : cases) {
        DYNAMIC_SECTION(one.name) {
            const Finding finding = hunt(Mutation::none, 200, {}, one.mutation);
            std::printf("%-50s seed %llu: %s\n", one.name,
                        static_cast<unsigned long long>(finding.seed), finding.how.c_str());
            CHECK(finding.found);
        }
    }
}

// Goal: the same for a bug on the caller's side of the core.
TEST_CASE("the simulator finds an applied index that is persisted apart from its state") {
    SimNodeFaults faults;
    faults.split_applied_index = true;
    const Finding finding = hunt(Mutation::none, 200, faults);
    std::printf("%-50s seed %llu: %s\n", "the applied index runs ahead of the state",
                static_cast<unsigned long long>(finding.seed), finding.how.c_str());
    CHECK(finding.found);
}

}  // namespace tally::simulation
