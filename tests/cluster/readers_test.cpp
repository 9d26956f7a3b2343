// The judge of real clusters, judged: what is read without a quorum's word is found out.

#include "tests/cluster/readers.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

/// What readers make of a network of which the leader is cut off while clients pay.
std::string read_from_a_cut_off_leader(const std::string& query) {
    ClusterOptions options;
    options.links = true;
    LocalCluster cluster(options);
    Workload workload(cluster, 2);
    workload.await_progress(20);
    const std::size_t leader = cluster.await_leader();
    cluster.partition({leader}, {(leader + 1) % 3, (leader + 2) % 3});
    Readers readers(cluster, workload, query);
    workload.await_progress(60);
    const std::uint64_t told = readers.confirmed();
    CHECK(within_patience([&] { return readers.confirmed() > told + 20; }));
    readers.stop();
    workload.stop();
    cluster.heal();
    CHECK(workload.first_fault() == "");
    return readers.first_fault();
}

}  // namespace

TEST_CASE("what is read while the leader is cut off fits one order of all payments") {
    CHECK(read_from_a_cut_off_leader("") == "");
}

TEST_CASE("reads that nobody confirmed do not fit: the judge sees it") {
    CHECK(read_from_a_cut_off_leader("?consistency=local").find("is not linearizable") !=
          std::string::npos);
}

}  // namespace tally::testing
