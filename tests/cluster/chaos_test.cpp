// Whatever happens to a minority at a time, for as long as one likes: nothing acknowledged is lost,
// nothing is booked twice, no confirmed read is old, and everybody is there at the end.

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "tests/cluster/chaos.h"
#include "tests/cluster/readers.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr || *text == '\0' ? otherwise : std::stoull(text);
}

struct Plan {
    std::uint64_t minutes = setting("TALLY_CHAOS_MINUTES", 10);
    std::uint64_t seed = setting("TALLY_CHAOS_SEED", std::random_device{}());
    std::uint64_t nodes = setting("TALLY_CHAOS_NODES", 3);
    std::uint64_t first = setting("TALLY_CHAOS_FIRST", 1);
};

std::string counts(const Chaos& chaos) {
    std::string text;
    for (const auto& [harm, count] : chaos.done()) {
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + harm_name(harm);
    }
    return text;
}

}  // namespace

TEST_CASE("a network under chaos loses nothing, books nothing twice, and confirms nothing old",
          "[.chaos]") {
    const Plan plan;
    REQUIRE(plan.nodes >= 3);
    std::printf("chaos: seed %" PRIu64 ", %" PRIu64 " nodes, %" PRIu64
                " minutes\nThe same steps again: make chaos SEED=%" PRIu64 " NODES=%" PRIu64
                " MINUTES=%" PRIu64 "; from step N on with FIRST=N; TALLYSTICK_KEEP=1 keeps logs\n",
                plan.seed, plan.nodes, plan.minutes, plan.seed, plan.nodes, plan.minutes);
    ClusterOptions options;
    options.spec = network::NetworkSpec::development(static_cast<std::uint32_t>(plan.nodes));
    options.spec.request_timeout = std::chrono::milliseconds(2000);
    options.links = true;
    LocalCluster cluster(options);
    Workload workload(cluster, 4, std::chrono::milliseconds(30));
    Readers readers(cluster, workload);
    const auto begun = Clock::now();
    Chaos chaos(cluster, [&](const std::string& line) {
        const std::chrono::duration<double> since = Clock::now() - begun;
        std::printf("%9.3f s  %s\n", since.count(), line.c_str());
        std::fflush(stdout);
    });
    std::string thrown;
    try {
        for (auto number = plan.first; Clock::now() - begun < std::chrono::minutes(plan.minutes);
             ++number) {
            chaos.step(ChaosStep::draw(plan.seed, number, cluster.size()));
            const auto goal = workload.acknowledged() + 1;  // a majority is there at every moment
            chaos.await("the next payment", std::chrono::minutes(1),
                        [&] { return workload.acknowledged() >= goal; });
        }
        chaos.calm();
        workload.await_progress(20);
    } catch (const ClusterError& error) {
        thrown = error.what();
    }
    readers.stop();
    workload.stop();
    std::printf("chaos: %s\nchaos: %" PRIu64 " payments in %" PRIu64 " attempts, %" PRIu64
                " confirmed reads, %" PRIu64 " others\n",
                counts(chaos).c_str(), workload.acknowledged(), workload.attempts(),
                readers.confirmed(), readers.others());
    CHECK(thrown == "");
    CHECK(readers.first_fault() == "");
    CHECK(workload.first_fault() == "");
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
}

}  // namespace tally::testing
