// One disk that is full, rotten or put back from a copy, among healthy ones: they go on, and what
// is wrong is told where somebody looks.

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/cluster/run_binary.h"
#include "tests/cluster/workload.h"
#include "tests/storage/node_options.h"
#include "tests/storage/raw_blocks.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

namespace fs = std::filesystem;

void set_floor(const LocalCluster& cluster, std::size_t node, const std::string& bytes) {
    const std::string path = node_folder(cluster, node) + "/node.toml";
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    std::string content = text.str();
    const auto place = content.find("free_bytes_min = ");
    REQUIRE(place != std::string::npos);
    content.replace(place, content.find('\n', place) - place, "free_bytes_min = " + bytes);
    std::ofstream(path, std::ios::trunc) << content;
}

std::string told(const LocalCluster& cluster, std::size_t node, const std::string& field) {
    return cluster.status(node).text(field).value_or("");
}
bool says(const LocalCluster& cluster, std::size_t node, const std::string& words) {
    return told(cluster, node, "advice").find(words) != std::string::npos;
}

TEST_CASE("a leader without room makes way, and submissions go on") {
    // Goal: one full disk is one full disk, not a network that does not write.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    for (std::size_t node = 0; node < 3; ++node) cluster.stop(node);
    set_floor(cluster, 0, "1000000000000000");
    // The full one comes first, so that it may well be elected while the others begin.
    for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    CHECK(within_patience([&] { return cluster.await_leader() != 0; }));
    CHECK(told(cluster, 0, "read_only") == "storage_full");
    const auto refused = cluster.client().post_to(
        0, "/v1/submissions",
        client::submission_json(cluster.sign({"lender"}, grants.fresh(), kToday)),
        "application/json");
    REQUIRE(refused);
    CHECK(refused->status == 503);
    CHECK(refused->body.find("node n1") != std::string::npos);
}

TEST_CASE("where most disks are full nothing is proposed, and nobody loses the lead over it") {
    // Goal: what is refused stays out of the log, and a disk with room again ends it.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    for (std::size_t node = 0; node < 3; ++node) cluster.stop(node);
    set_floor(cluster, 0, "1000000000000000");
    set_floor(cluster, 1, "1000000000000000");
    for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
    CHECK(within_patience([&] { return cluster.await_leader() == 2; }));
    CHECK(within_patience([&] { return told(cluster, 0, "read_only") == "storage_full"; }));
    CHECK(within_patience([&] { return told(cluster, 1, "read_only") == "storage_full"; }));
    cluster.await_ready();
    const auto try_one = [&](std::size_t node) {
        const auto answer = cluster.client().post_to(
            node, "/v1/submissions",
            client::submission_json(cluster.sign({"lender"}, grants.fresh(), kToday)),
            "application/json");
        REQUIRE(answer);
        return *answer;
    };
    REQUIRE(within_patience([&] {
        return try_one(2).body.find("a majority of the nodes has no room") != std::string::npos;
    }));
    const auto before = cluster.status(2);
    for (int more = 0; more < 5; ++more) CHECK(try_one(2).status == 503);
    const auto after = cluster.status(2);
    CHECK(after.integer("term") == before.integer("term"));
    CHECK(after.integer("last_index") == before.integer("last_index"));
    cluster.stop(0);
    set_floor(cluster, 0, "1");
    cluster.start(0);
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
}

TEST_CASE("a rotten block in the leader neither hides nor leaves a follower behind") {
    // Goal: the follower gets it elsewhere, the damaged node gives up the lead and says why.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    cluster.stop(2);
    const auto receipt = cluster.submit({"lender"}, grants.fresh(), kToday);
    for (int more = 0; more < 3; ++more) {
        REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    }
    cluster.await_ready();
    cluster.stop(0);
    cluster.stop(1);
    RawBlocks(node_folder(cluster, 0)).change(receipt.block, [](std::string& value) {
        value.back() ^= 1;
    });
    // Only the damaged one can lead the one that is behind.
    cluster.start(0);
    cluster.start(2);
    REQUIRE(within_patience([&] { return !told(cluster, 0, "unreadable").empty(); }));
    CHECK(says(cluster, 0, "cannot be read"));
    cluster.start(1);
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    CHECK(within_patience([&] { return cluster.await_leader() == 1; }));
    CHECK(within_patience([&] {
        return cluster.status(2).integer("applied_index") ==
               cluster.status(1).integer("applied_index");
    }));
}

void set_scrub(const LocalCluster& cluster, std::size_t node, const std::string& lines) {
    const std::string path = node_folder(cluster, node) + "/node.toml";
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    std::string content = text.str();
    const auto place = content.find("scrub_days = 7");
    REQUIRE(place != std::string::npos);
    content.replace(place, content.find('\n', place) - place, lines);
    std::ofstream(path, std::ios::trunc) << content;
}
/// Reads its own disk again and again, without a pause that would be felt.
void scrub_fast(const LocalCluster& cluster, std::size_t node) {
    set_scrub(cluster, node, "scrub_days = 1\nscrub_pause_ms = 20");
}

bool mended(const LocalCluster& cluster, std::size_t node) {
    return told(cluster, node, "unreadable").empty() &&
           cluster.status(node).integer("scrub/damaged") == 0 &&
           cluster.status(node).integer("scrub/mended").value_or(0) > 0;
}
/// Its leader hands the lead over to this node.
bool leads_when_asked(LocalCluster& cluster, std::size_t node) {
    return within_patience([&] {
        try {
            cluster.transfer_leader(node);
            return true;
        } catch (const ClusterError&) {
            return false;
        }
    });
}

/// Changes bytes in every second part of the table with the blocks, as long as its node runs.
void rot_table(const std::string& folder) {
    fs::path table;
    for (const auto& file : fs::directory_iterator(folder + "/blocks")) {
        if (file.path().extension() != ".sst") continue;
        if (table.empty() || fs::file_size(file.path()) > fs::file_size(table)) table = file.path();
    }
    REQUIRE_FALSE(table.empty());
    const auto size = static_cast<std::streamoff>(fs::file_size(table));
    INFO(table << " of " << size << " bytes");
    REQUIRE(size > 20'000);
    std::fstream file(table, std::ios::binary | std::ios::in | std::ios::out);
    for (std::streamoff place = 1000; place < size * 2 / 3; place += 8192) {
        file.seekg(place);
        const auto value = static_cast<char>(file.get() ^ 1);
        file.seekp(place);
        file.put(value);
    }
}

TEST_CASE("a stored block that rots is noticed without a reader, and mended from another node") {
    // Goal: the status is clean again, the folder passes an audit, and the node may lead.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    const auto receipt = cluster.submit({"lender"}, grants.fresh(), kToday);
    for (int more = 0; more < 3; ++more) {
        REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    }
    cluster.await_ready();
    const std::size_t rotten = (cluster.await_leader() + 1) % cluster.size();
    cluster.stop(rotten);
    RawBlocks(node_folder(cluster, rotten)).change(receipt.block, [](std::string& value) {
        value.back() ^= 1;
    });
    scrub_fast(cluster, rotten);
    cluster.start(rotten);
    REQUIRE(within_patience([&] { return mended(cluster, rotten); }));
    CHECK(cluster.status(rotten).integer("scrub/mended") == 1);
    CHECK(within_patience([&] { return told(cluster, rotten, "scrub/ended") != ""; }));
    const std::string log = cluster.log(rotten, 200);
    const std::string block = "block " + std::to_string(receipt.block);
    CHECK(log.find("a stored block cannot be read: corrupt_block: " + block) != std::string::npos);
    CHECK(log.find(block + " mended from node ") != std::string::npos);
    cluster.await_ready();
    CHECK(within_patience([&] { return told(cluster, rotten, "advice").empty(); }));
    CHECK(leads_when_asked(cluster, rotten));
    CHECK(cluster.await_leader() == rotten);
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    const auto read = cluster.client().get_from(
        rotten, "/v1/blocks/" + std::to_string(receipt.block) + "?count=1");
    REQUIRE(read);
    CHECK(read->status == 200);
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
}

TEST_CASE("a leader whose disk rots under it hands its lead over, is mended, and may lead again") {
    LocalCluster cluster{3};
    const Grants grants(cluster);
    for (int more = 0; more < 60; ++more) {
        REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    }
    cluster.stop(0);
    scrub_fast(cluster, 0);
    cluster.start(0);  // what was written has become a table
    cluster.await_ready();
    REQUIRE(leads_when_asked(cluster, 0));
    rot_table(node_folder(cluster, 0));
    REQUIRE(within_patience([&] { return !told(cluster, 0, "unreadable").empty(); }));
    CHECK(within_patience([&] { return cluster.await_leader() != 0; }));
    REQUIRE(within_patience([&] { return mended(cluster, 0); }));
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    cluster.await_ready();
    CHECK(leads_when_asked(cluster, 0));
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
}

TEST_CASE("a rotten block that somebody reads is told and mended, also where nobody else reads") {
    // Goal: it takes neither a round nor a follower that lacks the block to find out.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    const auto receipt = cluster.submit({"lender"}, grants.fresh(), kToday);
    REQUIRE(receipt.all_accepted());
    // A start reads the newest block: the rotten one lies below it.
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    cluster.await_ready();
    const std::size_t first = cluster.await_leader();
    cluster.stop(first);
    RawBlocks(node_folder(cluster, first)).change(receipt.block, [](std::string& value) {
        value.back() ^= 1;
    });
    set_scrub(cluster, first, "scrub_days = 0");
    cluster.start(first);
    const auto answers = [&](int status) {
        return within_patience([&] {
            const auto answer = cluster.client().get_from(
                first, "/v1/blocks/" + std::to_string(receipt.block) + "?count=1");
            return answer && answer->status == status;
        });
    };
    REQUIRE(answers(503));
    CHECK(answers(200));
    CHECK(within_patience([&] { return mended(cluster, first); }));
    CHECK(cluster.log(first, 200).find("a stored block cannot be read") != std::string::npos);
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
}

TEST_CASE("two histories are told by the node that sees them, and it answers nothing") {
    // Goal: a disk image that was put back, mark and all, makes a fork; that is never green.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    cluster.stop(0);
    fs::copy(node_folder(cluster, 0), cluster.folder() + "/copy", fs::copy_options::recursive);
    cluster.start(0);
    cluster.await_ready();
    cluster.kill(2);
    const auto kept = cluster.submit({"lender"}, grants.fresh(), kToday);
    REQUIRE(kept.all_accepted());
    // The block of the seal takes the news along that the one before it is committed.
    REQUIRE(cluster.client().await_certified(kept.transactions[0].entry));
    cluster.kill(0);
    cluster.kill(1);
    fs::remove_all(node_folder(cluster, 0));
    fs::rename(cluster.folder() + "/copy", node_folder(cluster, 0));
    adopt_mark(node_folder(cluster, 0));
    cluster.start(0);
    cluster.start(2);
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    cluster.start(1);
    REQUIRE(within_patience([&] { return !told(cluster, 1, "diverged").empty(); }));
    CHECK(says(cluster, 1, "Two histories"));
    const std::string path = "/v1/transactions/lender/" + kept.transactions[0].id;
    for (const std::string consistency : {"", "?consistency=local"}) {
        const auto answer = cluster.client().get_from(1, path + consistency);
        REQUIRE(answer);
        CHECK(answer->status == 503);
        CHECK(answer->body.find("diverged") != std::string::npos);
    }
    const auto ready = cluster.client().get_from(1, "/readyz");
    REQUIRE(ready);
    CHECK(ready->status == 503);
    // Whoever leads the fork shows that one refuses it, and its operator reads why.
    CHECK(within_patience(
        [&] { return says(cluster, cluster.await_leader(), "n2 refuses blocks"); }));
    // Both blocks are in the log of the node that saw them.
    CHECK(cluster.log(1, 200).find("two histories") != std::string::npos);
    CHECK(within_patience([&] {
        const auto evidence = cluster.client().get_from(1, "/v1/evidence");
        return evidence && evidence->status == 200 &&
               evidence->body.find("\"kind\":\"blocks\"") != std::string::npos;
    }));
}

TEST_CASE("a file that is replaced under a node ends it before it acknowledges more into nothing") {
    // Goal: the name is there, and the file behind it is another one than is written into.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    std::string replaced;
    SECTION("the log's newest file") {
        for (const auto& file : fs::directory_iterator(node_folder(cluster, 1) + "/blocks")) {
            const std::string path = file.path().string();
            if (path.ends_with(".log") && path > replaced) replaced = path;
        }
    }
    SECTION("the mark") { replaced = node_folder(cluster, 1) + "/high_water_mark"; }
    REQUIRE_FALSE(replaced.empty());
    fs::copy_file(replaced, replaced + ".copy");
    fs::rename(replaced + ".copy", replaced);
    REQUIRE(within_patience([&] { return !cluster.running(1); }));
    CHECK(cluster.log(1).find(replaced + ": was removed, moved away or replaced") !=
          std::string::npos);
    CHECK(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
}

TEST_CASE("blocks that are removed under a node end it, and what is acknowledged later is there") {
    // Goal: what is written into files without a name is gone when they are closed.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    std::string what = "/blocks";
    SECTION("of a node") {}
    SECTION("derived data") { what = "/state"; }
    const std::string folder = node_folder(cluster, 1);
    fs::remove_all(folder + what);
    REQUIRE(within_patience([&] { return !cluster.running(1); }));
    CHECK(cluster.log(1).find("was removed, moved away or replaced while the node works") !=
          std::string::npos);
    const auto kept = cluster.submit({"lender"}, grants.fresh(), kToday);
    CHECK(kept.all_accepted());
    if (what == "/blocks") {
        const Ended done = run_binary("node recover --dir " + folder);
        INFO(done.output);
        REQUIRE(done.code == 0);
    }
    cluster.start(1);
    cluster.await_ready();
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
}

}  // namespace
}  // namespace tally::testing
