// Backups of running nodes, and nodes that get their blocks back from them, as real processes.

#include <boost/json.hpp>
#include <filesystem>

#include "tests/cluster/run_binary.h"
#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

namespace fs = std::filesystem;

std::string backup_command(const LocalCluster& cluster, const std::string& source) {
    return "backup " + source + " --to " + cluster.folder() + "/backup --json";
}

boost::json::object back_up(const LocalCluster& cluster, const std::string& source) {
    const Ended ended = run_binary(backup_command(cluster, source));
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    return boost::json::parse(ended.output).as_object();
}

std::string over_http(const LocalCluster& cluster, std::size_t node) {
    return "--url " + cluster.url(node) + " --trust " + cluster.trust_path();
}

/// What everybody has applied: from then on a backup of any node has it.
void await_everywhere(const LocalCluster& cluster, const client::Receipt& receipt) {
    REQUIRE(within_patience([&] {
        for (std::size_t node = 0; node < cluster.size(); ++node) {
            const auto applied = cluster.status(node).integer("applied_index");
            if (!applied || *applied < static_cast<std::int64_t>(receipt.block)) return false;
        }
        return true;
    }));
}

std::string audit_of_backup(const LocalCluster& cluster) {
    return run_binary("audit " + cluster.folder() + "/backup --trust " + cluster.trust_path())
        .output;
}

}  // namespace

TEST_CASE("a backup of running nodes grows by what is new, and is audited as it is") {
    LocalCluster cluster{3};
    const Grants grants(cluster);
    const auto first = cluster.submit({"lender"}, grants.fresh(), kToday);
    await_everywhere(cluster, first);
    const auto whole = back_up(cluster, node_folder(cluster, 0));
    CHECK(whole.at("verdict") == "PASSED");
    const std::int64_t blocks = whole.at("blocks").as_int64();
    CHECK(blocks >= static_cast<std::int64_t>(first.block));
    CHECK(whole.at("added") == blocks);

    const auto second = cluster.submit({"lender"}, grants.fresh(), kToday);
    await_everywhere(cluster, second);
    // Another node, and by its API: a network has one history.
    const auto more = back_up(cluster, over_http(cluster, 1));
    CHECK(more.at("blocks").as_int64() > blocks);
    CHECK(more.at("added") == more.at("blocks").as_int64() - blocks);
    CHECK(more.at("verdict") == "PASSED");
    // Of a whole network's folder, the node that has most.
    CHECK(back_up(cluster, cluster.folder()).at("verdict") == "PASSED");
    CHECK(audit_of_backup(cluster).find("PASSED") != std::string::npos);
    CHECK_FALSE(fs::exists(cluster.folder() + "/backup/keys"));
    CHECK((fs::status(cluster.folder() + "/backup").permissions() & fs::perms::others_all) ==
          fs::perms::none);
}

TEST_CASE("a node whose blocks are gone gets them from a backup, and recovers") {
    LocalCluster cluster{3};
    const Grants grants(cluster);
    const auto kept = cluster.submit({"lender"}, grants.fresh(), kToday);
    await_everywhere(cluster, kept);
    back_up(cluster, node_folder(cluster, 2));
    const auto later = cluster.submit({"lender"}, grants.fresh(), kToday);
    cluster.stop(0);
    const std::string folder = node_folder(cluster, 0);
    fs::remove_all(folder + "/blocks");
    fs::remove_all(folder + "/state");
    const std::string restore = "restore " + cluster.folder() + "/backup --dir " + folder;
    const Ended ended = run_binary(restore);
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    CHECK(ended.output.find("once started it recovers") != std::string::npos);
    cluster.start(0);
    REQUIRE(within_patience(
        [&] { return cluster.status(0).text("recovering/reason").value_or("").empty(); }));
    await_everywhere(cluster, later);
    // What runs is left alone.
    const Ended running = run_binary(restore);
    CHECK(running.code == 1);
    CHECK(running.output.find("error[in_use]") != std::string::npos);
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
    // Nothing runs any more. Who lacks nothing is not made to recover.
    const Ended needless = run_binary(restore);
    INFO(needless.output);
    CHECK(needless.code == 1);
    CHECK(needless.output.find("has forgotten nothing; nothing was changed") != std::string::npos);
}

TEST_CASE("a whole network that is lost comes back from its keys and one backup") {
    LocalCluster cluster{3};
    const Grants grants(cluster);
    const auto kept = cluster.submit({"lender"}, grants.fresh(), kToday);
    await_everywhere(cluster, kept);
    back_up(cluster, cluster.folder());
    for (std::size_t node = 0; node < 3; ++node) {
        cluster.stop(node);
        const std::string folder = node_folder(cluster, node);
        for (const char* lost : {"/blocks", "/state", "/high_water_mark"}) {
            fs::remove_all(folder + lost);
        }
        const Ended ended = run_binary("restore " + cluster.folder() + "/backup --dir " + folder);
        INFO(ended.output);
        REQUIRE(ended.code == 0);
    }
    const Ended decided = run_binary("network recover --yes --dir " + cluster.folder());
    INFO(decided.output);
    REQUIRE(decided.code == 0);
    for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
    cluster.await_ready();
    const auto answer = cluster.client().get("/v1/transactions/lender/" + kept.transactions[0].id);
    REQUIRE(answer);
    CHECK(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    CHECK(first_audit_finding(cluster) == "");
}

TEST_CASE("a backup takes no place that is something else, and none of another network") {
    LocalCluster cluster{1};
    const Grants grants(cluster);
    const auto kept = cluster.submit({"lender"}, grants.fresh(), kToday);
    await_everywhere(cluster, kept);
    const std::string folder = node_folder(cluster, 0);
    const auto refused = [](const std::string& command, const std::string& words) {
        check_ends(command, 1, words);
    };
    refused("backup " + folder + " --to " + folder, "holds node.toml");
    refused("backup " + folder + " --to " + cluster.folder(), "holds keys");
    fs::create_directory(cluster.folder() + "/photos");
    fs::copy_file(cluster.trust_path(), cluster.folder() + "/photos/holiday");
    refused("backup " + folder + " --to " + cluster.folder() + "/photos",
            "is neither empty nor an earlier backup");
    back_up(cluster, folder);
    LocalCluster other{1};
    const Grants others(other);
    await_everywhere(other, other.submit({"lender"}, others.fresh(), kToday));
    refused("backup " + node_folder(other, 0) + " --to " + cluster.folder() + "/backup",
            "is the backup of another network");
    other.stop(0);
    refused("restore " + cluster.folder() + "/backup --dir " + node_folder(other, 0),
            "is the backup of another network");
}

}  // namespace tally::testing
