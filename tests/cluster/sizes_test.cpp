// Networks of five and of seven: any minority may go, the leader first, and nothing is lost.

#include <vector>

#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {

TEST_CASE("five and seven nodes go on without any minority, and lose nothing") {
    const auto nodes = GENERATE(std::uint32_t{5}, std::uint32_t{7});
    LocalCluster cluster{nodes};
    Workload load(cluster, 2);
    load.await_progress(20);
    std::vector<std::size_t> dead;
    while (dead.size() < (nodes - 1) / 2) {
        dead.push_back(cluster.await_leader());
        cluster.kill(dead.back());
        load.await_progress(10);
    }
    // One more would be a majority.
    for (const std::size_t node : dead) cluster.start(node);
    cluster.await_ready();
    load.await_progress(10);
    load.stop();
    CHECK(load.first_fault() == "");
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
}

}  // namespace tally::testing
