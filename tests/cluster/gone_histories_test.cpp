// Networks of which one node alone still shows another history: by blocks that cannot be read as
// they are, or by what it has signed. Neither is passed over, and both have a way out.

#include <filesystem>

#include "storage/block_store.h"
#include "tests/cluster/run_binary.h"
#include "tests/cluster/workload.h"
#include "tests/storage/node_options.h"
#include "tests/storage/raw_blocks.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

namespace fs = std::filesystem;

std::uint64_t last_block(const std::string& folder) {
    return storage::open_block_store_readonly(folder).value()->tip().index.value;
}

/// n1 has a history that all three certified; n2 and n3 were put back from before it.
class PutBack {
public:
    PutBack() : grants_(cluster) {
        stop_all();
        // One that stops earlier may have a block less.
        common = last_block(node_folder(cluster, 0));
        for (std::size_t node = 1; node < 3; ++node) {
            common = std::min(common, last_block(node_folder(cluster, node)));
        }
        for (const char* name : {"n2", "n3"}) {
            fs::copy(folder(name), folder(std::string("saved-") + name),
                     fs::copy_options::recursive);
        }
        start_all();
        certify();
        stop_all();
        for (const char* name : {"n2", "n3"}) {
            fs::remove_all(folder(name));
            fs::rename(folder(std::string("saved-") + name), folder(name));
        }
    }

    std::string folder(const std::string& name) const { return cluster.folder() + "/" + name; }
    std::string net() const { return " --dir " + cluster.folder(); }
    void start_all() {
        for (std::size_t node = 0; node < 3; ++node) {
            if (!cluster.running(node)) cluster.start(node);
        }
        cluster.await_ready();
    }
    void stop_all() {
        for (std::size_t node = 0; node < 3; ++node) {
            if (cluster.running(node)) cluster.stop(node);
        }
    }
    void certify() {
        // One by one, so that both histories have seals of the same sizes.
        for (int i = 0; i < 3; ++i) {
            const auto each = cluster.submit({"lender"}, grants_.fresh(), kToday);
            const auto certified = cluster.client().await_certified(each.transactions[0].entry);
            INFO(run_binary("network status" + net()).output);
            for (std::size_t node = 0; node < 3; ++node) UNSCOPED_INFO(cluster.log(node, 12));
            REQUIRE(certified);
            granted = each.block;
        }
    }
    bool votes(std::size_t node) const {
        return cluster.status(node).text("recovering/reason").value_or("").empty();
    }
    std::string halted(std::size_t node) const {
        return cluster.status(node).text("halted").value_or("");
    }
    /// Nobody halts, and n1 is needed for what is certified now.
    void check_works() {
        start_all();
        REQUIRE(within_patience([&] { return votes(0) && votes(1) && votes(2); }));
        certify();
        cluster.stop(2);
        certify();
        for (const std::size_t node : {std::size_t{0}, std::size_t{1}}) {
            INFO(halted(node));
            CHECK(halted(node).empty());
        }
        // A restart still knows that this was given up.
        cluster.restart(0);
        certify();
        CHECK(halted(0).empty());
        cluster.start(2);
        cluster.await_ready();
        CHECK(first_difference(cluster) == "");
        CHECK(first_audit_finding(cluster) == "");
    }

    LocalCluster cluster{3};
    std::uint64_t common = 0;
    std::uint64_t granted = 0;  ///< block of the newest grant, which is certified

private:
    const Grants grants_;
};

TEST_CASE("blocks that cannot be read as they are stand before any decision about the others") {
    PutBack stage;
    const std::string first = stage.folder("n1");
    // The last block may be one that nobody would miss.
    const std::uint64_t last = stage.granted;
    RawBlocks(first).change(last, [](std::string& value) { value.back() ^= 1; });
    fs::remove(first + "/high_water_mark");
    for (const char* more : {"", " --from n2", " --without n1"}) {
        const auto refused = check_ends("network recover --yes" + stage.net() + more, 2,
                                        "`tallystick node recover --dir " + first + "`");
        CHECK(refused.output.find("nothing was changed") != std::string::npos);
    }
    for (const char* name : {"n1", "n2", "n3"}) {
        CHECK_FALSE(fs::exists(stage.folder(name) + "/recovery.json"));
    }
    check_ends("node recover --dir " + first, 0, "are good and stay");
    // What the disk still shows of the rest is counted now.
    check_ends("network recover --yes" + stage.net(), 2, "would give up what was acknowledged");
    check_ends("network recover --yes --give-up-from " + std::to_string(last) + stage.net(), 0,
               "go on from block " + std::to_string(last - 1));
    stage.start_all();
    CHECK(first_difference(stage.cluster) == "");
}

TEST_CASE("a manifest gives up nothing that the node itself shows, unless that is said") {
    // Goal: it was made where nobody knew of n1's mark and checkpoints.
    PutBack stage;
    const std::string first = stage.folder("n1");
    RawBlocks(first).remove(stage.common + 1);
    check_ends("node recover --dir " + first, 0, "are good and stay");
    const std::uint64_t last = last_block(stage.folder("n2"));
    if (last_block(first) < last) {
        check_ends("node recover --dir " + first + " --blocks " + stage.folder("n2"), 0, "taken");
    }
    const std::string file = stage.folder("recovery.json");
    check_ends(
        "recovery make --node 1 --node 2 --node 3 --dir " + stage.folder("n2") + " --out " + file,
        0, "go on from block " + std::to_string(last));
    check_ends("recovery sign " + file + " --key lender --yes" + stage.net(), 0, "enough");
    const std::string apply = "node recover --dir " + first + " --manifest " + file;
    const std::string next = " --give-up-from " + std::to_string(last + 1);
    const auto refused = check_ends(apply, 2, "would give up what was acknowledged");
    CHECK(refused.output.find("--give-up-from " + std::to_string(last + 1)) != std::string::npos);
    CHECK_FALSE(fs::exists(first + "/recovery.json"));
    check_ends(apply + next, 0, "a voter again");
}

TEST_CASE("a node is left out only where that is said") {
    PutBack stage;
    fs::rename(stage.folder("n1"), stage.folder("away"));
    const std::string recover = "network recover --yes" + stage.net();
    check_ends(recover, 2, "`--without n1`");
    check_ends(recover + " --without n2", 2, "n2 is here");
    check_ends(recover + " --without n4", 2, "there is no such node");
    CHECK_FALSE(fs::exists(stage.folder("n2") + "/recovery.json"));
    check_ends(recover + " --without n1", 0, "nodes 2, 3 go on from block");
}

/// Of n1's blocks what both histories have is left; n2 and n3 have gone on without it.
class Parted : public PutBack {
public:
    Parted() {
        fs::rename(folder("n1"), folder("away"));
        check_ends("network recover --yes --without n1" + net(), 0, "go on from block");
        cluster.start(1);
        cluster.start(2);
        cluster.await_ready();
        certify();
        cluster.stop(1);
        cluster.stop(2);
        fs::rename(folder("away"), folder("n1"));
        RawBlocks(folder("n1")).remove(common + 1);
        check_ends("node recover --dir " + folder("n1"), 0, "are good and stay");
    }
    /// The number that a refusal asks for.
    static std::string asked_for(const std::string& output) {
        const std::string words = "`--give-up-from ";
        const auto at = output.find(words);
        REQUIRE(at != std::string::npos);
        const auto from = at + words.size();
        return output.substr(from, output.find('`', from) - from);
    }
    /// In its own folder, or among what was set aside there.
    void check_kept() const {
        const auto store = storage::open_block_store_readonly(folder("n1"));
        REQUIRE(store);
        bool kept = false;
        for (std::uint64_t size = 0; size < 1000; ++size) kept |= (*store)->gave_up_signed(size);
        CHECK(kept);
    }
};

TEST_CASE("what a node has signed of a history that is gone is set aside for the chosen one") {
    Parted stage;
    for (const char* name : {"n2", "n3"}) {
        check_ends("node recover --dir " + stage.folder(name), 0, "good and stay");
    }
    check_ends("network recover --yes" + stage.net(), 2, "contradicts what is certified");
    check_ends("network recover --yes --from n2" + stage.net(), 0, "has signed another history");
    stage.check_kept();
    stage.check_works();
}

TEST_CASE("one node beside healthy ones gives up what it has signed by the block that is named") {
    Parted stage;
    const std::string take =
        "node recover --dir " + stage.folder("n1") + " --blocks " + stage.folder("n2");
    const auto refused = check_ends(take, 1, "has signed another history");
    const std::string block = Parted::asked_for(refused.output);
    CHECK(std::stoull(block) > stage.common);
    check_ends(take + " --give-up-from " + std::to_string(std::stoull(block) + 1), 1,
               "is " + block + "; to give up");
    check_ends(take + " --give-up-from " + block, 0, "is set aside");
    stage.check_kept();
    stage.check_works();
}

TEST_CASE("a node that halted over what it has signed says the way out, and goes on by it") {
    // Goal: it got the blocks of the others, so that none of its own contradicts theirs.
    Parted stage;
    for (std::size_t node = 0; node < 3; ++node) stage.cluster.start(node);
    REQUIRE(within_patience([&] { return !stage.halted(0).empty(); }));
    const auto advice = stage.cluster.status(0).text("advice").value_or("");
    CHECK(advice.find("--give-up-from") != std::string::npos);
    CHECK(stage.cluster.log(0, 200).find("--give-up-from") != std::string::npos);
    stage.stop_all();
    SECTION("alone") {
        const std::string take =
            "node recover --dir " + stage.folder("n1") + " --blocks " + stage.folder("n2");
        const auto refused = check_ends(take, 1, "has signed another history");
        check_ends(take + " --give-up-from " + Parted::asked_for(refused.output), 0,
                   "is set aside");
    }
    SECTION("with the network") {
        const auto refused =
            check_ends("network recover --yes" + stage.net(), 2, "contradicts what is certified");
        CHECK(refused.output.find("recover by themselves") == std::string::npos);
        check_ends("network recover --yes --from n2" + stage.net(), 0, "node 1 goes on from block");
    }
    stage.check_kept();
    stage.check_works();
}

}  // namespace
}  // namespace tally::testing
