// What nodes say of each other's signatures: nothing while nothing happens, and the truth about a
// node that signs another root than it has.

#include <chrono>
#include <fstream>
#include <sstream>

#include "tests/cluster/liar.h"
#include "tests/cluster/run_binary.h"
#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

/// Messages about signatures that all nodes have sent.
std::uint64_t messages(const LocalCluster& cluster) {
    std::uint64_t sum = 0;
    auto client = cluster.make_client();
    for (std::size_t node = 0; node < cluster.size(); ++node) {
        const auto metrics = client.get_from(node, "/metrics");
        REQUIRE(metrics);
        const std::string name = "\ntallystick_checkpoint_messages_total ";
        const auto at = metrics->body.find(name);
        REQUIRE(at != std::string::npos);
        sum += std::stoull(metrics->body.substr(at + name.size()));
    }
    return sum;
}

TEST_CASE("A network in which nothing happens becomes silent, also after nodes were away") {
    // Goal: no message about signatures begets another one. Seen once: half a core a node, for
    // good, after a pause of a second.
    LocalCluster cluster{3};
    Contract contract(cluster);
    cluster.pause(2);
    REQUIRE(cluster.client().submit(contract.next_repayment(), client::Wait::certified));
    cluster.resume(2);
    cluster.restart(1);
    cluster.await_ready();
    REQUIRE(cluster.client().submit(contract.next_repayment(), client::Wait::certified));
    std::uint64_t before = messages(cluster);
    CHECK(before > 0);
    auto since = std::chrono::steady_clock::now();
    // Longer than a node waits before it asks.
    CHECK(within_patience([&] {
        const std::uint64_t now = messages(cluster);
        if (now != before) since = std::chrono::steady_clock::now();
        before = now;
        return std::chrono::steady_clock::now() - since > std::chrono::seconds(3);
    }));
}

TEST_CASE("A node that signs another root is named everywhere, and stops nobody") {
    LocalCluster cluster{3};
    Contract contract(cluster);
    const auto receipt =
        cluster.client().submit(contract.next_repayment(), client::Wait::certified);
    REQUIRE(receipt);
    const auto size = static_cast<std::uint64_t>(*receipt->certified_size);
    REQUIRE(within_patience([&] {
        return cluster.status(0).integer("certified_size").value_or(0) >=
                   static_cast<std::int64_t>(size) &&
               cluster.status(1).integer("certified_size").value_or(0) >=
                   static_cast<std::int64_t>(size);
    }));
    cluster.kill(2);
    const std::string name = cluster.genesis().nodes[2].name;
    const std::string records = "tallystick_evidence_records{node=\"" + name + "\"";
    {
        Liar liar(cluster, 2);
        REQUIRE(within_patience([&] {
            liar.sign(size, "a lie");
            return cluster.status(0).has("accused/0/name") &&
                   cluster.status(1).has("accused/0/name");
        }));
    }
    const auto status = cluster.status(0);
    CHECK(status.text("accused/0/name") == name);
    CHECK(status.text("halted") == "");
    CHECK(status.text("advice")->find("node " + name + " signed") != std::string::npos);
    CHECK(cluster.log(0, 200).find("evidence: node " + name) != std::string::npos);
    CHECK(cluster.make_client().get_from(0, "/metrics")->body.find(records) != std::string::npos);
    // The healthy ones go on.
    REQUIRE(cluster.client().submit(contract.next_repayment(), client::Wait::certified));

    const std::string trust = " --trust " + cluster.trust_path();
    const std::string file = cluster.folder() + "/evidence.json";
    const Ended asked = run_binary("evidence --url " + cluster.url(0) + trust + " --out " + file);
    INFO(asked.output);
    CHECK(asked.code == 0);
    CHECK(asked.output.find(name + " signed") != std::string::npos);
    CHECK(asked.output.find("CERTIFIED") != std::string::npos);
    CHECK(run_binary("evidence " + cluster.folder() + "/n1" + trust).output.find(name) !=
          std::string::npos);
    // After a kill it is still there, and the file holds without any node.
    cluster.kill(0);
    CHECK(run_binary("evidence " + cluster.folder() + "/n1" + trust).output.find(name) !=
          std::string::npos);
    CHECK(run_binary("evidence " + file + trust).code == 0);

    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    std::string edited = text.str();
    const auto at = edited.rfind("\"size\":") + 7;
    edited.insert(at, "1");
    std::ofstream(file + ".edited") << edited;
    const Ended refused = run_binary("evidence " + file + ".edited" + trust);
    CHECK(refused.code == 3);
    CHECK(refused.output.find("DOES NOT VERIFY") != std::string::npos);
}

}  // namespace
}  // namespace tally::testing
