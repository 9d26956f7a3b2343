// A node whose folder is lost, made anew of a copy of its keys, as real processes.
#include <filesystem>
#include <fstream>
#include <string>

#include "base/bounded_input.h"
#include "tests/cluster/run_binary.h"
#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

namespace fs = std::filesystem;

std::string read_whole(const std::string& path) {
    const auto text = read_bounded(path, 1 << 20);
    REQUIRE(text);
    return *text;
}

bool has(const LocalCluster& cluster, std::size_t node, const client::Receipt& receipt) {
    const auto answer = cluster.client().get_from(
        node, "/v1/transactions/lender/" + receipt.transactions[0].id + "?consistency=local");
    return answer && answer->status == 200;
}

TEST_CASE("a node whose folder is lost is made anew of its keys, and recovers") {
    LocalCluster cluster{3};
    const Grants grants(cluster);
    const auto kept = cluster.submit({"lender"}, grants.fresh(), kToday);
    REQUIRE(cluster.client().await_certified(kept.transactions[0].entry));
    const std::string lost = node_folder(cluster, 1);
    const std::string copy = cluster.folder() + "/safe";
    const std::string config = read_whole(lost + "/node.toml");
    fs::copy(lost + "/keys", copy, fs::copy_options::recursive);
    fs::create_directories(cluster.folder() + "/safe-n2");
    fs::copy(lost + "/keys", cluster.folder() + "/safe-n2/keys", fs::copy_options::recursive);
    const std::string net = " --dir " + cluster.folder();
    const std::string replace = "network replace-node n2 --yes" + net;
    check_ends(replace, 2, "is not lost, it runs");
    fs::rename(lost, lost + ".moved");
    check_ends(replace + " --keys " + copy, 2, "is not lost, its folder stands in");
    fs::rename(lost + ".moved", lost);
    cluster.kill(1);
    cluster.await_leader();
    check_ends(replace, 2, "holds ");
    fs::remove_all(lost);
    check_ends("network status" + net, 0, "network replace-node n2");
    check_ends(replace, 2, "name a copy of them with --keys");
    check_ends(replace + " --keys " + node_folder(cluster, 0), 2, "are not the keys of n2");
    for (const char* wrong : {"foo", "127.0.0.1", "127.0.0.1:99999", "0.0.0.0:9000"}) {
        check_ends(replace + " --keys " + copy + " --api " + wrong, 2, "is no loopback address");
    }
    CHECK_FALSE(fs::exists(lost));
    const std::string url = cluster.url(1);
    const std::string api = " --api " + url.substr(url.rfind('/') + 1);
    SECTION("by a folder that has keys/") {
        check_ends(replace + api + " --keys " + cluster.folder() + "/safe-n2", 0, "made anew in");
    }
    SECTION("by keys/ that was put back, and again after an interruption") {
        fs::create_directories(lost);
        fs::rename(cluster.folder() + "/safe-n2/keys", lost + "/keys");
        fs::copy(cluster.folder() + "/genesis.bin", lost + "/genesis.bin");
        check_ends(replace + api, 0, "made anew in");
    }
    SECTION("by the keys themselves, where a call before ended after the first one") {
        fs::create_directories(lost + "/lost+found");
        fs::create_directories(lost + "/keys");
        fs::copy(copy + "/tls.key", lost + "/keys/tls.key");
        check_ends(replace + api + " --keys " + copy, 0, "made anew in");
    }
    SECTION("by its own configuration, where that is left") {
        fs::create_directories(lost);
        std::ofstream(lost + "/node.toml") << config;
        check_ends(replace + " --keys " + copy, 0, "made anew in");
    }
    // Nothing but what is the node's own differs from what was lost.
    CHECK(read_whole(lost + "/node.toml") == config);
    check_ends(replace + api, 2, "holds ");
    const auto more = cluster.submit({"lender"}, grants.fresh(), kToday);
    cluster.start(1);
    cluster.await_ready();
    CHECK(has(cluster, 1, kept));
    CHECK(has(cluster, 1, more));
    // It is a voter, and signs, as before.
    cluster.stop(2);
    const auto last = cluster.submit({"lender"}, grants.fresh(), kToday);
    CHECK(last.all_accepted());
    CHECK(cluster.client().await_certified(last.transactions[0].entry));
    CHECK(first_audit_finding(cluster) == "");
}

}  // namespace
}  // namespace tally::testing
