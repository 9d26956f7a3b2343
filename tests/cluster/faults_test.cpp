// What can be wrong with a node's own folder, ports and disk: the process says so with a code, and
// neither the data nor the other nodes suffer.

#include <filesystem>
#include <fstream>
#include <sstream>

#include "storage/high_water_mark.h"
#include "tests/cluster/run_binary.h"
#include "tests/cluster/workload.h"
#include "tests/storage/raw_blocks.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

namespace fs = std::filesystem;

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

void replace_in_file(const std::string& path, const std::string& from, const std::string& to) {
    std::string text = read_file(path);
    const auto place = text.find(from);
    REQUIRE(place != std::string::npos);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text.replace(place, from.size(), to);
}

std::string config_of(const LocalCluster& cluster, std::size_t node) {
    return node_folder(cluster, node) + "/node.toml";
}

TEST_CASE("a folder in use, a taken port, a broken configuration: told and nothing touched") {
    // Goal: a second process on a node's folder or port ends with a code; the first goes on.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    check_ends("node --config " + config_of(cluster, 0), 1, "error[in_use]");

    const std::string copy = cluster.folder() + "/copy";
    fs::create_directories(copy);
    fs::copy(node_folder(cluster, 0) + "/keys", copy + "/keys", fs::copy_options::recursive);
    fs::copy_file(node_folder(cluster, 0) + "/genesis.bin", copy + "/genesis.bin");
    REQUIRE(storage::create_high_water_mark(copy, cluster.genesis().network_id(), 1));
    fs::copy_file(config_of(cluster, 0), copy + "/node.toml");
    replace_in_file(copy + "/node.toml", node_folder(cluster, 0), copy);
    check_ends("node --config " + copy + "/node.toml", 1, "error[address_in_use]");

    const std::string port = std::to_string(cluster.api_port(0));
    replace_in_file(copy + "/node.toml", "127.0.0.1:" + port, "0.0.0.0:" + port);
    check_ends("node --config " + copy + "/node.toml", 1, "error[");
    replace_in_file(copy + "/node.toml", "tick_ms", "tock_ms");
    check_ends("node --config " + copy + "/node.toml", 1, "node.toml:");
    fs::remove(copy + "/genesis.bin");
    check_ends("node --config " + copy + "/node.toml", 1, "error[bad_config]");

    CHECK(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    CHECK(cluster.running(0));
}

TEST_CASE("after an orderly end an audit of the folder covers all that was acknowledged") {
    // Goal: what the log knows to be committed is exact when a node has stopped by itself.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    for (int number = 0; number < 5; ++number) {
        const auto receipt = cluster.submit({"lender"}, grants.fresh(), kToday);
        REQUIRE(receipt.all_accepted());
        REQUIRE(cluster.client().await_certified(receipt.transactions[0].entry));
    }
    REQUIRE(first_difference(cluster) == "");  // followers learn of a commit a beat later
    for (std::size_t node = 0; node < 3; ++node) cluster.stop(node);
    for (std::size_t node = 0; node < 3; ++node) {
        check_ends("audit --json " + node_folder(cluster, node), 0,
                   "\"transactions\":" + std::to_string(Grants::kTransactions + 5));
    }
}

TEST_CASE("a non-loopback API address is refused until readers can authenticate") {
    // Goal: nobody exposes amounts by a configuration alone.
    LocalCluster cluster{1};
    cluster.stop(0);
    const std::string port = std::to_string(cluster.api_port(0));
    replace_in_file(config_of(cluster, 0), "127.0.0.1:" + port, "0.0.0.0:" + port);
    check_ends("node --config " + config_of(cluster, 0), 1, "error[unauthenticated_bind]");
}

TEST_CASE("the data of another network, node or format version is refused and kept") {
    // Goal: a mixed-up folder never joins, and never loses what it holds.
    LocalCluster one{1};
    LocalCluster other{1};
    one.stop(0);
    other.stop(0);
    const std::string mine = node_folder(one, 0) + "/blocks";
    const std::string kept = one.folder() + "/kept";
    fs::rename(mine, kept);
    fs::copy(node_folder(other, 0) + "/blocks", mine, fs::copy_options::recursive);
    check_ends("node --config " + config_of(one, 0), 1, "error[wrong_network]");
    fs::remove_all(mine);
    fs::rename(kept, mine);
    RawBlocks(node_folder(one, 0)).set_meta("format", "tallystick blocks 9");
    check_ends("node --config " + config_of(one, 0), 1, "error[wrong_format]");
    RawBlocks(node_folder(one, 0)).set_meta("format", "tallystick blocks 1");
    one.start(0);
    one.await_ready();
}

TEST_CASE("a node whose log lost its end, or whose mark is gone, counts for nothing") {
    // Goal: what others count on is missing: told with the block, by the node and by an audit. One
    // without others goes on by what those who govern sign, and not by itself.
    LocalCluster cluster{1};
    const Grants grants(cluster);
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    cluster.stop(0);
    const std::string folder = node_folder(cluster, 0);
    fs::copy(folder + "/blocks", cluster.folder() + "/older", fs::copy_options::recursive);
    cluster.start(0);
    cluster.await_ready();
    const auto receipt = cluster.submit({"lender"}, grants.fresh(), kToday);
    REQUIRE(receipt.all_accepted());
    REQUIRE(cluster.client().await_certified(receipt.transactions[0].entry));
    cluster.stop(0);
    check_ends("audit " + folder, 0, "PASSED");

    fs::rename(folder + "/blocks", cluster.folder() + "/whole");
    fs::rename(cluster.folder() + "/older", folder + "/blocks");
    check_ends("audit " + folder, 3, "missing, though the high-water mark has it");
    const auto recovers = [&](const std::string& why) {
        cluster.start(0);
        const auto status = cluster.status(0);
        INFO(status.text("advice").value_or(""));
        CHECK(status.text("recovering/reason").value_or("").find(why) != std::string::npos);
        CHECK(status.text("role") == "follower");
        CHECK(status.text("advice").value_or("").find("network recover") != std::string::npos);
        CHECK(cluster.client().get_from(0, "/readyz")->status == 503);
        cluster.stop(0);
    };
    recovers("missing, though the high-water mark has it");

    fs::remove_all(folder + "/blocks");
    fs::rename(cluster.folder() + "/whole", folder + "/blocks");
    fs::rename(folder + "/high_water_mark", cluster.folder() + "/mark");
    check_ends("audit " + folder, 3, "is missing beside blocks/");
    recovers("is missing beside blocks/");
    check_ends("network recover --dir " + cluster.folder() + " < /dev/null", 2, "--yes says yes");
    check_ends("network recover --yes --dir " + cluster.folder(), 0, "node 1 goes on from block");
    cluster.start(0);
    cluster.await_ready();
    CHECK(cluster.client().entry(receipt.transactions[0].entry));
    CHECK(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    CHECK(cluster.status(0).has("recovery/block"));
    check_ends("network recover --yes --dir " + cluster.folder(), 2, "runs");
}

TEST_CASE("below the floor of free space a network reads and does not write") {
    // Goal: storage_full is told, reads go on, and all is well again when there is space.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    for (std::size_t node = 0; node < 3; ++node) {
        cluster.stop(node);
        replace_in_file(config_of(cluster, node), "free_bytes_min = 268435456",
                        "free_bytes_min = 1000000000000000");
    }
    for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
    cluster.await_leader();
    const auto body = client::submission_json(cluster.sign({"lender"}, grants.fresh(), kToday));
    for (std::size_t node = 0; node < 3; ++node) {
        const auto answer =
            cluster.client().post_to(node, "/v1/submissions", body, "application/json");
        REQUIRE(answer);
        CHECK(answer->status == 503);
        CHECK(answer->body.find("storage_full") != std::string::npos);
        const auto status = cluster.status(node);
        CHECK(status.text("read_only") == "storage_full");
    }
    for (std::size_t node = 0; node < 3; ++node) {
        cluster.stop(node);
        replace_in_file(config_of(cluster, node), "free_bytes_min = 1000000000000000",
                        "free_bytes_min = 268435456");
        cluster.start(node);
    }
    CHECK(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
}

TEST_CASE("a block rewritten under valid checksums is named by audit and never served") {
    // Goal: the chain of hashes finds what the database's checksums cannot.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    const auto receipt = cluster.submit({"lender"}, grants.fresh(), kToday);
    REQUIRE(cluster.client().await_certified(receipt.transactions[0].entry));
    for (int more = 0; more < 3; ++more) {
        const auto next = cluster.submit({"lender"}, grants.fresh(), kToday);
        REQUIRE(cluster.client().await_certified(next.transactions[0].entry));
    }
    const std::string folder = node_folder(cluster, 0);
    check_ends("audit " + folder, 0, "PASSED");
    cluster.stop(0);
    RawBlocks(folder).change(receipt.block, [](std::string& value) { value.back() ^= 1; });
    const std::string block = "block " + std::to_string(receipt.block);
    check_ends("audit " + folder, 3, block);
    cluster.start(0);
    const auto answer = cluster.client().get_from(
        0, "/v1/entries/" + std::to_string(receipt.transactions[0].entry) + "?consistency=local");
    REQUIRE(answer);
    INFO(answer->body);
    CHECK(answer->status == 503);
    CHECK(answer->body.find("corrupt_block") != std::string::npos);
    CHECK(answer->body.find(block) != std::string::npos);
    // The others still serve it, and the network still takes new submissions.
    CHECK(cluster.client().entry(receipt.transactions[0].entry));
    CHECK(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
}

}  // namespace
}  // namespace tally::testing
