// The whole network under everything that may go wrong. TALLY_SEED replays one seed,
// TALLY_SIMULATIONS says how many to run from there.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/simulation/simulator.h"
#include "tests/support/catch.h"

namespace tally::simulation {
namespace {

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

volatile std::sig_atomic_t current_seed = 0;

// A CHECK inside the core ends the process: the seed must not be lost with it.
extern "C" void tell_seed(int) {
    std::fprintf(stderr, "aborted in simulation seed %ld, replay with TALLY_SEED=%ld\n",
                 static_cast<long>(current_seed), static_cast<long>(current_seed));
}

SimResult run_seed(std::uint64_t seed, SimOptions options) {
    std::signal(SIGABRT, tell_seed);
    current_seed = static_cast<std::sig_atomic_t>(seed);
    options.seed = seed;
    SimResult result = simulate(options);
    std::signal(SIGABRT, SIG_DFL);
    if (!result.failed) return result;
    for (const std::string& line : timeline(result.trace, result.nodes)) {
        std::fprintf(stderr, "%s\n", line.c_str());
    }
    FAIL(result.what);
    return result;
}

void run_seeds(std::uint64_t first, std::uint64_t count) {
    SimResult total;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const SimResult result = run_seed(seed, {});
        total.events += result.events;
        total.blocks += result.blocks;
        total.writes += result.writes;
        total.reads += result.reads;
        total.elections += result.elections;
        total.undecided += result.undecided;
    }
    std::printf(
        "%llu seeds: %llu events, %llu blocks, %llu writes, %llu reads, %llu terms\n",
        static_cast<unsigned long long>(count), static_cast<unsigned long long>(total.events),
        static_cast<unsigned long long>(total.blocks),
        static_cast<unsigned long long>(total.writes), static_cast<unsigned long long>(total.reads),
        static_cast<unsigned long long>(total.elections));
    CHECK(total.undecided * 20 < count);
    // A simulation in which nothing happens would find nothing.
    CHECK(total.writes > count);
    CHECK(total.reads > count);
}

}  // namespace

// Goal: no order of faults breaks a promise, and afterwards every healthy quorum goes on.
TEST_CASE("networks keep every promise under faults, and make progress afterwards") {
    const bool one = std::getenv("TALLY_SEED") != nullptr;
    run_seeds(number_from("TALLY_SEED", 1), number_from("TALLY_SIMULATIONS", one ? 1 : 150));
}

// Goal: one seed is one story, so that a failure can be looked at again.
TEST_CASE("a seed replays exactly") {
    SimOptions options;
    options.seed = 12345;
    const SimResult first = Simulator(options).run();
    options.traced = true;
    const SimResult second = Simulator(options).run();
    CHECK(first.hash == second.hash);
    CHECK(first.events == second.events);
    CHECK(first.blocks == second.blocks);
    CHECK(first.elections == second.elections);
    CHECK(first.writes == second.writes);
    CHECK(first.reads == second.reads);
    CHECK(Simulator(options).run().trace == second.trace);
}

// Goal: a part of `make soak SEEDS=N`: each seed's number, to be compared with another build's.
TEST_CASE("seeds of a soak", "[.seeds]") {
    const std::uint64_t first = number_from("TALLY_SEED", 1);
    const std::uint64_t end = first + number_from("TALLY_SIMULATIONS", 1);
    for (std::uint64_t seed = first; seed < end; ++seed) {
        const SimResult result = run_seed(seed, {});
        std::printf("seed %llu hash %016llx\n", static_cast<unsigned long long>(seed),
                    static_cast<unsigned long long>(result.hash));
    }
}

// Goal: as the first, for long.
TEST_CASE("networks keep every promise for thousands of seeds", "[.soak]") {
    run_seeds(number_from("TALLY_SEED", 1'000'000), number_from("TALLY_SIMULATIONS", 5000));
}

}  // namespace tally::simulation
