// Leaders are killed while clients pay without pause. What was acknowledged must be there, once,
// and all nodes must have derived the same from the same blocks.

#include <algorithm>

#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

using std::chrono::milliseconds;

void kill_leaders(std::size_t kills, std::size_t clients, std::uint64_t acknowledgements) {
    LocalCluster cluster{3};
    Workload workload(cluster, clients);
    const auto spec = network::NetworkSpec::development(3);
    const milliseconds election_max = 2 * spec.election_ticks * spec.tick;
    milliseconds slowest{0};
    for (std::size_t i = 0; i < kills; ++i) {
        workload.await_progress(acknowledgements);
        const std::size_t leader = cluster.await_leader();
        cluster.kill(leader);
        // One answer of each client may have been on its way; one more is new.
        const auto killed = std::chrono::steady_clock::now();
        workload.await_progress(clients + 1);
        slowest = std::max(slowest, std::chrono::duration_cast<milliseconds>(
                                        std::chrono::steady_clock::now() - killed));
        workload.await_progress(acknowledgements);  // two of three go on
        cluster.start(leader);
        cluster.await_ready();
    }
    workload.await_progress(acknowledgements);
    workload.stop();
    CHECK(workload.first_fault() == "");
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
    INFO("acknowledged " << workload.acknowledged() << ", attempts " << workload.attempts());
    CHECK(workload.acknowledged() >= (2 * kills + 1) * acknowledgements);
    // Told in the network's own measure of time, not in seconds of some machine.
    INFO("slowest first acknowledgement after a kill: " << slowest.count() << " ms");
    CHECK(slowest < 10 * election_max);
}

TEST_CASE("Leaders are killed under load: nothing acknowledged is lost, nothing is booked twice") {
    kill_leaders(3, 4, 40);
}

TEST_CASE("Twenty leaders are killed under load", "[.soak]") { kill_leaders(20, 8, 200); }

TEST_CASE("A paused leader is replaced, and follows again when it goes on") {
    LocalCluster cluster{3};
    Workload workload(cluster, 3);
    workload.await_progress(20);
    const std::size_t first = cluster.await_leader();
    cluster.pause(first);
    workload.await_progress(20);
    const std::size_t second = cluster.await_leader();
    CHECK(second != first);
    cluster.resume(first);
    workload.await_progress(20);
    cluster.await_ready();
    workload.stop();
    CHECK(workload.first_fault() == "");
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
}

TEST_CASE("All nodes are killed at once under load, and go on from where they were") {
    LocalCluster cluster{3};
    Workload workload(cluster, 3);
    for (int i = 0; i < 2; ++i) {
        workload.await_progress(40);
        for (std::size_t node = 0; node < cluster.size(); ++node) cluster.kill(node);
        for (std::size_t node = 0; node < cluster.size(); ++node) cluster.start(node);
        cluster.await_ready();
    }
    workload.await_progress(40);
    workload.stop();
    CHECK(workload.first_fault() == "");
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
}

TEST_CASE("A follower that was away for many blocks catches up under load") {
    LocalCluster cluster{3};
    const std::size_t away = (cluster.await_leader() + 1) % 3;
    cluster.kill(away);
    Workload workload(cluster, 4);
    workload.await_progress(200);
    cluster.start(away);
    workload.await_progress(50);
    workload.stop();
    cluster.await_ready();
    CHECK(workload.first_fault() == "");
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
}

}  // namespace
}  // namespace tally::testing
