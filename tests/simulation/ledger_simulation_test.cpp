// The same simulator over the real credit rules: whatever happens to the network, equal blocks give
// equal books and equal logs on every node, replayed or not.

#include <cstdio>
#include <cstdlib>

#include "tests/simulation/ledger_machine.h"
#include "tests/simulation/simulator.h"
#include "tests/support/catch.h"

namespace tally::simulation {

// Goal: equal applied index, equal state digest and log root, under every fault.
TEST_CASE("every node of a network under faults keeps the same credit book") {
    const char* seed_text = std::getenv("TALLY_SEED");
    const std::uint64_t first = seed_text == nullptr ? 1 : std::strtoull(seed_text, nullptr, 10);
    const std::uint64_t count = seed_text == nullptr ? 18 : 1;
    CreditNetwork::Counts total;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        CreditNetwork network(seed);
        SimOptions options;
        options.seed = seed;
        options.safety = Millis(16'000);
        options.state_machine = network.factory();
        options.workload = network.workload();
        const SimResult result = Simulator(options).run();
        INFO("seed " << seed << ", replay with TALLY_SEED=" << seed);
        INFO(result.what);
        CHECK_FALSE(result.failed);
        total.accepted += network.counts.accepted;
        total.refused += network.counts.refused;
        total.repeated += network.counts.repeated;
        total.seals += network.counts.seals;
    }
    std::printf("%llu accepted, %llu refused, %llu repeated transactions, %llu seals applied\n",
                static_cast<unsigned long long>(total.accepted),
                static_cast<unsigned long long>(total.refused),
                static_cast<unsigned long long>(total.repeated),
                static_cast<unsigned long long>(total.seals));
    if (seed_text == nullptr) {
        CHECK(total.accepted > 1000);
        CHECK(total.refused > 100);
        CHECK(total.seals > 20);
    }
}

}  // namespace tally::simulation
