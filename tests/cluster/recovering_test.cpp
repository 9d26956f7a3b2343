// Nodes whose folders were put back from copies, lost or damaged, as real processes: nothing that
// was acknowledged is lost, and whoever forgot comes back by itself as soon as others can vouch for
// it.

#include <filesystem>
#include <fstream>
#include <sstream>

#include "storage/block_store.h"
#include "tests/cluster/run_binary.h"
#include "tests/cluster/workload.h"
#include "tests/storage/raw_blocks.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

namespace fs = std::filesystem;

std::string recovering(const LocalCluster& cluster, std::size_t node) {
    return cluster.status(node).text("recovering/reason").value_or("");
}

bool all_vote(const LocalCluster& cluster) {
    for (std::size_t node = 0; node < cluster.size(); ++node) {
        if (!recovering(cluster, node).empty()) return false;
    }
    return true;
}

/// Whether one node acknowledges a submission; it waits for longer than any election takes.
bool takes(LocalCluster& cluster, std::size_t node, const ledger::Submission& wish) {
    const auto answer = cluster.client().post_to(node, "/v1/submissions",
                                                 client::submission_json(wish), "application/json");
    return answer && answer->status == 200;
}

bool found_on(LocalCluster& cluster, std::size_t node, const client::Receipt& receipt) {
    const auto answer = cluster.client().get_from(
        node, "/v1/transactions/lender/" + receipt.transactions[0].id + "?consistency=local");
    return answer && answer->status == 200;
}

void copy_away(const LocalCluster& cluster, std::size_t node) {
    fs::copy(node_folder(cluster, node), cluster.folder() + "/copy", fs::copy_options::recursive);
}

void put_copy_back(const LocalCluster& cluster, std::size_t node, bool over) {
    const std::string folder = node_folder(cluster, node);
    const std::string copy = cluster.folder() + "/copy";
    if (!over) fs::remove_all(folder);
    fs::copy(copy, folder, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    fs::remove_all(copy);
}

TEST_CASE("a folder put back from a copy loses nothing that was acknowledged") {
    // Goal: n1 and n2 acknowledged it; an old n1 and an n3 that was away are no majority.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    cluster.stop(0);
    copy_away(cluster, 0);
    cluster.start(0);
    cluster.await_ready();
    cluster.kill(2);
    const auto kept = cluster.submit({"lender"}, grants.fresh(), kToday);
    REQUIRE(kept.all_accepted());
    cluster.kill(0);
    cluster.kill(1);
    put_copy_back(cluster, 0, false);
    cluster.start(0);
    cluster.start(2);
    CHECK(recovering(cluster, 0).find("is a copy") != std::string::npos);
    const auto ready = cluster.client().get_from(0, "/readyz");
    REQUIRE(ready);
    CHECK(ready->status == 503);
    CHECK(ready->body.find("Recovering") != std::string::npos);
    // The network waits.
    const auto wish = cluster.sign({"lender"}, grants.fresh(), kToday);
    for (const std::size_t node : {std::size_t{0}, std::size_t{2}}) {
        CHECK_FALSE(takes(cluster, node, wish));
        CHECK(cluster.status(node).text("role") != "leader");
    }
    cluster.start(1);
    REQUIRE(within_patience([&] { return all_vote(cluster); }));
    cluster.await_ready();
    for (std::size_t node = 0; node < 3; ++node) {
        CHECK(within_patience([&] { return found_on(cluster, node, kept); }));
    }
    // It counts again, with each of the others.
    cluster.kill(1);
    CHECK(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    cluster.start(1);
    cluster.await_ready();
    // And a start later it has not forgotten that it remembers.
    cluster.restart(0);
    CHECK(recovering(cluster, 0).empty());
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
}

TEST_CASE("a copy that is written over the files of a node is a copy too") {
    LocalCluster cluster{3};
    const Grants grants(cluster);
    cluster.stop(1);
    copy_away(cluster, 1);
    cluster.start(1);
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    cluster.stop(1);
    // What RocksDB made since is left: the database is a mixture, which it may refuse.
    fs::remove_all(node_folder(cluster, 1) + "/blocks");
    fs::remove_all(node_folder(cluster, 1) + "/state");
    put_copy_back(cluster, 1, true);
    cluster.start(1);
    CHECK(cluster.log(1, 100).find("recovering: its folder is a copy") != std::string::npos);
    REQUIRE(within_patience([&] { return all_vote(cluster); }));
    cluster.await_ready();
    CHECK(first_difference(cluster) == "");
}

TEST_CASE("a node that lost its blocks gets them again from the others") {
    // Goal: a replaced disk. Nothing is begun anew before whoever runs the node says so.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    auto kept = cluster.submit({"lender"}, grants.fresh(), kToday);
    // Block 3 and another one behind it are damaged below.
    while (kept.block <= 3) kept = cluster.submit({"lender"}, grants.fresh(), kToday);
    REQUIRE(within_patience([&] { return found_on(cluster, 0, kept); }));
    cluster.stop(0);
    const std::string folder = node_folder(cluster, 0);
    const std::string config = "node --config " + folder + "/node.toml";
    std::string kept_blocks = "blocks up to 0 are good";
    SECTION("blocks and derived data") {
        fs::remove_all(folder + "/blocks");
        fs::remove_all(folder + "/state");
    }
    SECTION("the mark as well") {
        fs::remove_all(folder + "/blocks");
        fs::remove_all(folder + "/state");
        fs::remove(folder + "/high_water_mark");
    }
    SECTION("the database does not open") { fs::remove(folder + "/blocks/CURRENT"); }
    SECTION("a block in the middle, and the last one") {
        // A start reads the last one, whichever it is by now.
        const std::uint64_t last =
            storage::open_block_store_readonly(folder).value()->tip().index.value;
        REQUIRE(last > 3);
        RawBlocks(folder).change(3, [](std::string& value) { value.back() ^= 1; });
        RawBlocks(folder).change(last, [](std::string& value) { value.back() ^= 1; });
        const Ended audit = run_binary("audit " + folder);
        INFO(audit.output);
        CHECK(audit.code == 3);
        kept_blocks = "blocks up to 2 are good";
    }
    const Ended refused = run_binary(config);
    INFO(refused.output);
    CHECK(refused.code == 1);
    CHECK(refused.output.find("error[corrupt_block]") != std::string::npos);
    CHECK(refused.output.find("tallystick node recover --dir ") != std::string::npos);
    const Ended done = run_binary("node recover --dir " + folder);
    INFO(done.output);
    REQUIRE(done.code == 0);
    CHECK(done.output.find(kept_blocks) != std::string::npos);
    cluster.start(0);
    REQUIRE(within_patience([&] { return all_vote(cluster); }));
    cluster.await_ready();
    CHECK(within_patience([&] { return found_on(cluster, 0, kept); }));
    CHECK(first_difference(cluster) == "");
    cluster.kill(2);
    CHECK(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    cluster.start(2);
    CHECK(first_audit_finding(cluster) == "");
}

TEST_CASE("all nodes are copies: the network waits until those who govern say from where") {
    LocalCluster cluster{3};
    const Grants grants(cluster);
    cluster.kill(2);  // its log is shorter
    const auto kept = cluster.submit({"lender"}, grants.fresh(), kToday);
    REQUIRE(cluster.client().await_certified(kept.transactions[0].entry));
    const std::string recover = "network recover --dir " + cluster.folder();
    cluster.start(2);
    cluster.await_ready();
    for (std::size_t node = 0; node < 3; ++node) cluster.stop(node);
    const Ended early = run_binary(recover + " --yes");
    INFO(early.output);
    CHECK(early.code == 2);
    CHECK(early.output.find("have forgotten nothing") != std::string::npos);
    for (std::size_t node = 0; node < 3; ++node) {
        copy_away(cluster, node);
        put_copy_back(cluster, node, false);
    }
    for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
    const auto wish = cluster.sign({"lender"}, grants.fresh(), kToday);
    CHECK_FALSE(takes(cluster, 0, wish));
    const Ended status = run_binary("network status --dir " + cluster.folder());
    INFO(status.output);
    CHECK(status.code == 4);
    CHECK(status.output.find("network recover") != std::string::npos);
    for (std::size_t node = 0; node < 3; ++node) cluster.stop(node);
    const Ended asked = run_binary(recover + " < /dev/null");
    CHECK(asked.code == 2);
    const Ended done = run_binary(recover + " --yes");
    INFO(done.output);
    REQUIRE(done.code == 0);
    for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
    cluster.await_ready();
    for (std::size_t node = 0; node < 3; ++node) {
        CHECK(recovering(cluster, node).empty());
        CHECK(cluster.status(node).has("recovery/decided"));
        CHECK(within_patience([&] { return found_on(cluster, node, kept); }));
    }
    CHECK(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
}

TEST_CASE(
    "a manifest lets go the node that it names, from the block that it names, if it is signed") {
    LocalCluster cluster{1};
    const Grants grants(cluster);
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    cluster.stop(0);
    const std::string folder = node_folder(cluster, 0);
    const std::string file = cluster.folder() + "/manifest.json";
    const std::string make = "recovery make --dir " + folder + " --out " + file;
    const std::string apply = "node recover --dir " + folder + " --manifest " + file;
    const auto ends = [](const std::string& arguments, int code, const std::string& words) {
        const Ended ended = run_binary(arguments);
        INFO(arguments << "\n" << ended.output);
        CHECK(ended.code == code);
        CHECK(ended.output.find(words) != std::string::npos);
    };
    const std::string sign =
        "recovery sign " + file + " --yes --key " + cluster.folder() + "/keys/";
    const std::string trust = " --dir " + cluster.folder();
    ends(make + " --node 1", 2, "has forgotten nothing and needs no manifest");
    ends("node recover --dir " + folder, 0, "once started it recovers");
    ends(make + " --node 1", 0, "node 1 goes on from block");
    ends(apply, 2, "signed by 0 of the members that govern");
    // Whose signature counts is said where it is made.
    ends("recovery sign " + file + trust, 0, "1 missing, of lender");
    ends(sign + "regulator.key" + trust, 0,
         "nobody signed; 1 of 1 are needed; 1 signature is of none");
    ends(apply, 2, "signed by 0 of the members that govern");
    // Signatures are collected in that file.
    ends(make + " --node 1", 1, "is there already; it is not replaced");
    fs::remove(file);
    ends(make + " --node 2", 2, "no node of this network, which has n1");
    ends(make + " --node 1", 0, "node 1 goes on from block");
    ends(sign + "lender.key", 0, "signed, 1 signature; more than half");
    ends("recovery sign " + file + " --yes --key lender" + trust, 0,
         "lender signed; 1 of 1 are needed: that is enough");
    ends("recovery sign " + file, 0, "node 1 goes on from block");
    ends(apply, 0, "a voter again");
    // Put back as it was then, it has forgotten once more, and that was not decided on.
    ends("node recover --dir " + folder, 0, "once started it recovers");
    ends(apply, 2, "went on by this manifest before");
    fs::remove(file);
    ends(make + " --node 1", 0, "node 1 goes on from block");
    ends(sign + "lender.key", 0, "signed, 1 signature");
    ends(apply, 0, "a voter again");
    cluster.start(0);
    cluster.await_ready();
    CHECK(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    // It is for that place alone: having gone on from there, the node has another last block.
    cluster.stop(0);
    ends("node recover --dir " + folder, 0, "once started it recovers");
    ends(apply, 2, "its last block is");
}

}  // namespace
}  // namespace tally::testing
