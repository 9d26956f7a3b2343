// Networks of which no majority has its log any more, or whose nodes hold two histories, as real
// processes: what anything left shows is given up only by whoever says so.

#include <filesystem>
#include <fstream>

#include "storage/block_store.h"
#include "tests/cluster/run_binary.h"
#include "tests/cluster/workload.h"
#include "tests/storage/node_options.h"
#include "tests/storage/raw_blocks.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

namespace fs = std::filesystem;

/// One byte of a node's largest log.
void damage_log(const std::string& folder, double where) {
    fs::path log;
    for (const auto& file : fs::directory_iterator(folder + "/blocks")) {
        const bool larger = log.empty() || file.file_size() > fs::file_size(log);
        if (file.path().extension() == ".log" && larger) log = file.path();
    }
    std::fstream file(log, std::ios::binary | std::ios::in | std::ios::out);
    const auto at = static_cast<std::streamoff>(static_cast<double>(fs::file_size(log)) * where);
    file.seekg(at);
    const auto byte = static_cast<char>(~file.get());
    file.seekp(at);
    file.put(byte);
}

std::uint64_t last_block(const std::string& folder) {
    return storage::open_block_store_readonly(folder).value()->tip().index.value;
}

bool has(const LocalCluster& cluster, std::size_t node, const client::Receipt& receipt) {
    const auto answer = cluster.client().get_from(
        node, "/v1/transactions/lender/" + receipt.transactions[0].id + "?consistency=local");
    return answer && answer->status == 200;
}

void stop_all(LocalCluster& cluster) {
    for (std::size_t node = 0; node < cluster.size(); ++node) {
        if (cluster.running(node)) cluster.stop(node);
    }
}

TEST_CASE("one byte wrong on each of three nodes is no reason to begin anew") {
    // Goal: what each disk still shows stays, and nobody goes on below what the marks have.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    const auto early = cluster.submit({"lender"}, grants.fresh(), kToday);
    client::Receipt late;
    for (int i = 0; i < 40; ++i) late = cluster.submit({"lender"}, grants.fresh(), kToday);
    REQUIRE(cluster.client().await_certified(late.transactions[0].entry));
    stop_all(cluster);
    std::uint64_t before = 0;
    for (std::size_t node = 0; node < 3; ++node) {
        before = std::max(before, last_block(node_folder(cluster, node)));
        damage_log(node_folder(cluster, node), 0.8);
    }
    const std::string net = " --dir " + cluster.folder();
    const auto up = run_binary("network up" + net);
    INFO(up.output);
    CHECK(up.code != 0);
    check_ends("network status" + net, 4, "keep every disk as it is");
    check_ends("network recover --yes" + net, 2, "no node's blocks can be read");
    for (std::size_t node = 0; node < 3; ++node) {
        const std::string folder = node_folder(cluster, node);
        check_ends("node recover --dir " + folder, 0, "are good and stay");
        CHECK(last_block(folder) > early.block);
        CHECK(last_block(folder) < before);
        CHECK(fs::exists(folder + "/blocks.damaged-1/CURRENT"));
    }
    for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
    stop_all(cluster);
    const auto refused = check_ends("network recover --yes" + net, 2, "as its mark tells");
    CHECK(refused.output.find("blocks.damaged-1") != std::string::npos);
    CHECK(refused.output.find("block " + std::to_string(before)) != std::string::npos);
    const std::uint64_t left = last_block(node_folder(cluster, 0));
    std::uint64_t newest = left;
    for (std::size_t node = 1; node < 3; ++node) {
        newest = std::max(newest, last_block(node_folder(cluster, node)));
    }
    check_ends("recovery make --node 1 --node 2 --node 3 --out " + cluster.folder() +
                   "/recovery.json --dir " + node_folder(cluster, 0),
               2, "as its mark tells");
    check_ends("network recover --yes --give-up-from " + std::to_string(newest) + net, 2,
               "--give-up-from " + std::to_string(newest + 1));
    SECTION("what is gone everywhere is given up by its number") {
        check_ends("network recover --yes --give-up-from " + std::to_string(newest + 1) + net, 0,
                   "nodes 1, 2, 3 go on from block " + std::to_string(newest));
        for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
        cluster.await_ready();
        CHECK(has(cluster, 0, early));
        // What it signs next has the sizes of what was certified, and other roots.
        client::Receipt anew;
        for (int i = 0; i < 40; ++i) anew = cluster.submit({"lender"}, grants.fresh(), kToday);
        CHECK(cluster.client().await_certified(anew.transactions[0].entry));
        for (std::size_t node = 0; node < 3; ++node) {
            CHECK(cluster.status(node).text("diverged").value_or("") == "");
            CHECK_FALSE(cluster.status(node).has("accused/0/id"));
        }
        CHECK(first_difference(cluster) == "");
        CHECK(first_audit_finding(cluster) == "");
    }
}

TEST_CASE("what a node has signed of blocks that are given up does not stand in its way") {
    // Goal: it would find another root of its own at the same size, and sign nothing any more.
    LocalCluster cluster{1};
    const Grants grants(cluster);
    const auto early = cluster.submit({"lender"}, grants.fresh(), kToday);
    client::Receipt late;
    for (int i = 0; i < 20; ++i) late = cluster.submit({"lender"}, grants.fresh(), kToday);
    REQUIRE(cluster.client().await_certified(late.transactions[0].entry));
    cluster.stop(0);
    const std::string folder = node_folder(cluster, 0);
    const std::string net = " --dir " + cluster.folder();
    RawBlocks(folder).remove(early.block + 2);
    const std::string left = std::to_string(early.block + 1);
    check_ends("node recover --dir " + folder, 0, "blocks up to " + left + " are good");
    check_ends("network recover --yes" + net, 2, "entries");
    const std::string given_up = " --give-up-from " + std::to_string(early.block + 2);
    check_ends("network recover --yes" + given_up + net, 0, "go on from block " + left);
    {
        const auto store = storage::open_block_store_readonly(folder);
        REQUIRE(store);
        const auto certified = (*store)->latest_certified();
        REQUIRE(certified);
        CHECK((!*certified || (*certified)->size <= late.transactions[0].entry));
        CHECK((!(*store)->signed_mark() ||
               (*store)->signed_mark()->size <= late.transactions[0].entry));
    }
    cluster.start(0);
    cluster.await_ready();
    for (int i = 0; i < 30; ++i) late = cluster.submit({"lender"}, grants.fresh(), kToday);
    CHECK(cluster.client().await_certified(late.transactions[0].entry));
    CHECK(cluster.status(0).text("diverged").value_or("") == "");
    CHECK(first_audit_finding(cluster) == "");
}

TEST_CASE("one node goes on alone only where it is a majority") {
    LocalCluster cluster{3};
    const Grants grants(cluster);
    const auto kept = cluster.submit({"lender"}, grants.fresh(), kToday);
    REQUIRE(cluster.client().await_certified(kept.transactions[0].entry));
    // The leader is the last to stop, so that nobody is left to begin a term after it.
    if (cluster.await_leader() != 0) cluster.transfer_leader(0);
    for (const std::size_t node : {1U, 2U, 0U}) cluster.stop(node);
    const std::string net = " --dir " + cluster.folder();
    for (const std::size_t node : {std::size_t{1}, std::size_t{2}}) {
        fs::remove_all(node_folder(cluster, node) + "/blocks");
        fs::remove_all(node_folder(cluster, node) + "/state");
    }
    fs::copy_file(node_folder(cluster, 0) + "/high_water_mark", cluster.folder() + "/mark");
    fs::remove(node_folder(cluster, 0) + "/high_water_mark");
    fs::rename(cluster.folder() + "/mark", node_folder(cluster, 0) + "/high_water_mark");
    // One that is out vouches for nothing either.
    fs::rename(node_folder(cluster, 2), cluster.folder() + "/away");
    run_binary("network up" + net);
    check_ends("network status" + net, 4, "1 of 3 nodes cannot read their blocks, and 1 are out");
    run_binary("network down" + net);
    fs::rename(cluster.folder() + "/away", node_folder(cluster, 2));
    check_ends("network recover --yes" + net, 2, "1 of 3 nodes could go on, 2 are needed");
    // Nothing was changed by the refusal.
    check_ends("network recover --yes" + net, 2, "node recover --dir");
    const std::string second = node_folder(cluster, 1);
    check_ends("node recover --dir " + second + " --blocks " + node_folder(cluster, 0), 0,
               "are taken from");
    CHECK(last_block(second) == last_block(node_folder(cluster, 0)));
    check_ends("network recover --yes" + net, 2, "`--without n3`");
    check_ends("network recover --yes --without n3" + net, 0, "nodes 1, 2 go on from block");
    cluster.start(0);
    cluster.start(1);
    cluster.await_ready();
    CHECK(has(cluster, 1, kept));
    CHECK(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
}

TEST_CASE("a log that another one goes on from is not chosen, and nothing changes") {
    LocalCluster cluster{3};
    const Grants grants(cluster);
    cluster.stop(2);
    const auto kept = cluster.submit({"lender"}, grants.fresh(), kToday);
    stop_all(cluster);
    const std::string net = " --dir " + cluster.folder();
    for (std::size_t node = 0; node < 3; ++node) {
        check_ends("node recover --dir " + node_folder(cluster, node), 0, "good and stay");
    }
    const std::uint64_t left = last_block(node_folder(cluster, 2));
    check_ends("network recover --yes --from n3" + net, 2, "has all blocks of n3 and more");
    check_ends("network recover --yes --from n3 --give-up-from " + std::to_string(left + 1) + net,
               2, "has all blocks of n3 and more");
    for (std::size_t node = 0; node < 3; ++node) {
        CHECK_FALSE(fs::exists(node_folder(cluster, node) + "/recovery.json"));
    }
    check_ends("network recover --yes" + net, 0, "nodes 1, 2, 3 go on from block");
    for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
    cluster.await_ready();
    CHECK(has(cluster, 2, kept));
}

/// The node's folder as it was when `saved` was copied, and it looks as if nothing had happened.
void put_image_back(const std::string& saved, const std::string& folder) {
    fs::remove_all(folder);
    fs::copy(saved, folder, fs::copy_options::recursive);
    adopt_mark(folder);
}

TEST_CASE("of two histories goes on the one that is named, and nothing changes before") {
    // Goal: images of n1 and n2 are put back, and they go on without n3.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    stop_all(cluster);
    // One that stops earlier may have a block less.
    std::uint64_t common = last_block(node_folder(cluster, 0));
    for (std::size_t node = 1; node < 3; ++node) {
        common = std::min(common, last_block(node_folder(cluster, node)));
    }
    for (const char* name : {"n1", "n2"}) {
        fs::copy(cluster.folder() + "/" + name, cluster.folder() + "/saved-" + name,
                 fs::copy_options::recursive);
    }
    for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
    cluster.await_ready();
    const auto first = cluster.submit({"lender"}, grants.fresh(), kToday);
    REQUIRE(cluster.client().await_certified(first.transactions[0].entry));
    REQUIRE(within_patience([&] { return has(cluster, 2, first); }));
    stop_all(cluster);
    for (const char* name : {"n1", "n2"}) {
        put_image_back(cluster.folder() + "/saved-" + name, cluster.folder() + "/" + name);
        fs::remove_all(cluster.folder() + "/saved-" + name);
    }
    cluster.start(0);
    cluster.start(1);
    cluster.await_ready();
    client::Receipt second;
    for (int i = 0; i < 3; ++i) second = cluster.submit({"lender"}, grants.fresh(), kToday);
    REQUIRE(cluster.client().await_certified(second.transactions[0].entry));
    stop_all(cluster);
    const std::string net = " --dir " + cluster.folder();
    const auto evidence = check_ends("evidence" + net, 0, "TWO HISTORIES: n1 and n3 hold");
    CHECK(evidence.output.find("signed both") != std::string::npos);
    CHECK(evidence.output.find("n1 and n2 hold") == std::string::npos);
    check_ends("evidence --json" + net, 0, "\"signed_both\":[\"n");
    const auto refused = check_ends("network recover --yes" + net, 2, "part at block");
    check_ends(printed_command(refused.output, "audit"), 3, "FAILED");
    check_ends(printed_command(refused.output, "evidence"), 0, "TWO HISTORIES: ");
    CHECK(refused.output.find("--from") != std::string::npos);
    CHECK(refused.output.find("certified up to entry") != std::string::npos);
    for (std::size_t node = 0; node < 3; ++node) {
        check_ends("node recover --dir " + node_folder(cluster, node), 0, "good and stay");
    }
    check_ends("network recover --yes" + net, 2, "part at block");
    for (std::size_t node = 0; node < 3; ++node) {  // none was let go
        CHECK_FALSE(fs::exists(node_folder(cluster, node) + "/recovery.json"));
    }
    Ended aside;
    SECTION("that of two nodes") {
        aside = check_ends("network recover --yes --from n1" + net, 0,
                           "nodes 1, 2, 3 go on from block");
        CHECK(fs::exists(cluster.folder() + "/n3/blocks.damaged-1/CURRENT"));
    }
    SECTION("that of one") {
        aside = check_ends("network recover --yes --from n3" + net, 0,
                           "nodes 1, 2, 3 go on from block");
        CHECK(fs::exists(cluster.folder() + "/n1/blocks.damaged-1/CURRENT"));
    }
    SECTION("one of which only a checkpoint is left is given up by no number") {
        const std::string third = node_folder(cluster, 2);
        RawBlocks(third).remove(common + 1);
        check_ends("node recover --dir " + third, 0, "are good");
        const std::string past = std::to_string(last_block(node_folder(cluster, 0)) + 1);
        for (const std::string& said : {std::string(), " --give-up-from " + past}) {
            const auto barred = check_ends("network recover --yes" + said + net, 2,
                                           "contradicts what is certified");
            CHECK(barred.output.find("`--from NODE`") != std::string::npos);
            CHECK(barred.output.find("--give-up-from") == std::string::npos);
        }
        check_ends("network recover --yes --from n1" + net, 0, "go on from block");
        cluster.start(0);
        cluster.start(1);
        cluster.await_ready();
        CHECK(has(cluster, 0, second));
        return;
    }
    // What was given up is audited where it lies, by the command that is printed.
    check_ends(printed_command(aside.output, "audit"), 0, "PASSED");
    check_ends(printed_command(aside.output, "audit") + " " + cluster.folder(), 3, "divergence");
    for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
    cluster.await_ready();
    CHECK(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
}

}  // namespace
}  // namespace tally::testing
