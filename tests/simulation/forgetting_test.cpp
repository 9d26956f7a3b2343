// Networks of which a minority at a time loses its disk, or gets an old one back, beside all other
// faults. TALLY_SEED and TALLY_SIMULATIONS as in simulation_test.cpp.

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/simulation/simulator.h"
#include "tests/simulation/timeline.h"
#include "tests/support/catch.h"

namespace tally::simulation {
namespace {

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

// Goal: what was acknowledged is there after any minority has forgotten it, nobody votes twice, and
// whoever forgot becomes a voter again by itself.
TEST_CASE("nothing acknowledged is lost where a minority forgets, and all vote again") {
    const bool one = std::getenv("TALLY_SEED") != nullptr;
    const std::uint64_t first = number_from("TALLY_SEED", 1);
    const std::uint64_t count = number_from("TALLY_SIMULATIONS", one ? 1 : 60);
    std::uint64_t writes = 0;
    std::uint64_t forgotten = 0;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        SimOptions options;
        options.seed = seed;
        options.nodes = seed % 2 == 0 ? 5 : 3;
        options.forgetting = true;
        const SimResult result = simulate(options);
        if (result.failed) {
            for (const std::string& line : timeline(result.trace, result.nodes))
                std::fprintf(stderr, "%s\n", line.c_str());
            FAIL("forgetting, seed " << seed << ": " << result.what);
        }
        writes += result.writes;
        forgotten += result.forgotten;
    }
    std::printf("%llu seeds: %llu writes, %llu disks replaced\n",
                static_cast<unsigned long long>(count), static_cast<unsigned long long>(writes),
                static_cast<unsigned long long>(forgotten));
    CHECK(writes > count);
    CHECK(forgotten > count);
}

}  // namespace tally::simulation
