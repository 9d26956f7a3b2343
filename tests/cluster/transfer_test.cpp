// A lead that is handed over, by order or because the leader stops: nobody waits for an election
// timeout, and what clients write meanwhile is acknowledged once.

#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

std::int64_t term(const LocalCluster& cluster, std::size_t node) {
    return cluster.status(node).integer("term").value_or(0);
}

}  // namespace

TEST_CASE("a lead is handed to whoever is named, while clients write") {
    LocalCluster cluster;
    Workload workload(cluster, 4);
    std::size_t leader = cluster.await_leader();
    std::int64_t led_in = term(cluster, leader);
    for (int round = 0; round < 4; ++round) {
        workload.await_progress(20);
        const std::size_t next = (leader + 1) % cluster.size();
        cluster.transfer_leader(next);
        CHECK(cluster.await_leader() == next);
        // No candidate failed, and none stood by itself.
        CHECK(term(cluster, next) == ++led_in);
        leader = next;
    }
    workload.await_progress(20);
    workload.stop();
    CHECK(workload.first_fault().empty());
}

TEST_CASE("a leader that is stopped hands its lead over before it ends") {
    LocalCluster cluster;
    Workload workload(cluster, 4);
    workload.await_progress(20);
    const std::size_t leader = cluster.await_leader();
    const std::int64_t led_in = term(cluster, leader);
    cluster.stop(leader);
    const std::size_t next = cluster.await_leader();
    CHECK(next != leader);
    CHECK(term(cluster, next) == led_in + 1);
    CHECK(cluster.log(leader).find("lead handed over") != std::string::npos);
    workload.await_progress(20);
    workload.stop();
    CHECK(workload.first_fault().empty());
}

TEST_CASE("a lead that is given to a node that does not answer is not lost for long") {
    LocalCluster cluster;
    const std::size_t leader = cluster.await_leader();
    const std::size_t away = (leader + 1) % cluster.size();
    cluster.pause(away);
    CHECK_THROWS_AS(cluster.transfer_leader(away), ClusterError);
    CHECK(cluster.await_leader() != away);
    cluster.resume(away);
    // Once whoever leads has heard of it again.
    CHECK(within_patience([&] {
        try {
            cluster.transfer_leader(away);
            return true;
        } catch (const ClusterError&) {
            return false;
        }
    }));
    CHECK(cluster.await_leader() == away);
}

}  // namespace tally::testing
