// What stands in the way of a recovery is found before any folder is changed: places that cannot be
// written, disks without room, numbers and nodes that cannot be meant.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "storage/block_store.h"
#include "tests/cluster/run_binary.h"
#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kNoNamespace = 77;

Ended check_ends(const std::string& command, int code, const std::string& words) {
    Ended ended = run_shell(command);
    INFO(command << "\n" << ended.output);
    CHECK(ended.code == code);
    CHECK(ended.output.find(words) != std::string::npos);
    CHECK(ended.output.find("Assertion") == std::string::npos);
    return ended;
}

/// Names, sizes and times of all that lies there.
std::string everything(const std::string& folder) {
    std::vector<std::string> lines;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        std::ostringstream line;
        line << entry.path().string() << " " << (entry.is_regular_file() ? entry.file_size() : 0)
             << " " << entry.last_write_time().time_since_epoch().count() << "\n";
        lines.push_back(line.str());
    }
    std::ranges::sort(lines);
    std::string all;
    for (const std::string& line : lines) all += line;
    return all;
}

std::uint64_t last_block(const std::string& folder) {
    return storage::open_block_store_readonly(folder).value()->tip().index.value;
}

/// Three nodes that recover, stopped: nothing was lost, and nobody vouches for it.
class Forgotten {
public:
    Forgotten() : grants_(cluster) {
        REQUIRE(cluster.submit({"lender"}, grants_.fresh(), kToday).all_accepted());
        for (std::size_t node = 0; node < 3; ++node) cluster.stop(node);
        for (std::size_t node = 0; node < 3; ++node) {
            check_ends("tallystick node recover --dir " + folder(node), 0, "good and stay");
        }
    }
    std::string folder(std::size_t node) const { return node_folder(cluster, node); }
    std::string net() const { return " --dir " + cluster.folder(); }
    /// It goes on where nothing stands in the way.
    void check_recovers() {
        check_ends("tallystick network recover --yes" + net(), 0, "nodes 1, 2, 3 go on from block");
        for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
        cluster.await_ready();
        CHECK(cluster.submit({"lender"}, grants_.fresh(), kToday).all_accepted());
    }

    LocalCluster cluster{3};

private:
    const Grants grants_;
};

TEST_CASE("what cannot be written is found on the last node before the first one is changed") {
    Forgotten stage;
    const std::string last = stage.folder(2);
    struct Way {
        std::string mount;  ///< with $1 for where
        std::string at;
        std::string words;
    };
    const std::string read_only = "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\"";
    const std::vector<Way> ways = {
        {read_only, last, last + " cannot be written"},
        {read_only, last + "/blocks", last + "/blocks cannot be written"},
        {"mount --bind \"$1\" \"$1\"", last + "/high_water_mark",
         "something is mounted at " + last + "/high_water_mark"},
        {"mount --bind \"$1\" \"$1\"", last + "/blocks/CURRENT",
         "something is mounted at " + last + "/blocks/CURRENT"},
    };
    for (const Way& way : ways) {
        INFO(way.at << " " << way.words);
        const std::string before = everything(stage.cluster.folder());
        const Ended ended =
            run_shell("unshare -m sh -c '{ mount --make-rprivate / && " + way.mount +
                      "; } 2>/dev/null || exit " + std::to_string(kNoNamespace) +
                      "; \"$TALLY\" network recover --yes" + stage.net() + "' sh " + way.at);
        INFO(ended.output);
        if (ended.code == kNoNamespace) continue;
        CHECK(ended.code == 1);
        CHECK(ended.output.find(way.words) != std::string::npos);
        CHECK(ended.output.find("nothing was changed") != std::string::npos);
        CHECK(everything(stage.cluster.folder()) == before);
    }
    stage.check_recovers();
}

TEST_CASE("a node that runs is found before another one is changed") {
    Forgotten stage;
    stage.cluster.start(2);
    const std::string before = everything(stage.folder(0));
    check_ends("tallystick network recover --yes" + stage.net(), 2, "n3 runs");
    CHECK(everything(stage.folder(0)) == before);
    stage.cluster.stop(2);
    stage.check_recovers();
}

TEST_CASE("a disk that fills up ends a recovery with words, and the same again goes on") {
    Forgotten stage;
    // As a full disk does: no file grows above so many blocks of 512 bytes.
    for (const char* limit : {"1", "4", "16"}) {
        const Ended ended = run_shell("ulimit -f " + std::string(limit) +
                                      "; tallystick network recover --yes" + stage.net());
        INFO(limit << "\n" << ended.output);
        CHECK(ended.output.find("Assertion") == std::string::npos);
        if (ended.code == 0) break;
        CHECK(ended.code == 1);
        CHECK(ended.output.find("error[") != std::string::npos);
        CHECK(ended.output.find("run the same again") != std::string::npos);
    }
    for (std::size_t node = 0; node < 3; ++node) {
        check_ends("tallystick node recover --dir " + stage.folder(node), 0, "good and stay");
    }
    stage.check_recovers();
}

TEST_CASE("what gives nothing up, or names nodes that cannot be meant, is refused unsigned") {
    Forgotten stage;
    const std::string far = std::to_string(last_block(stage.folder(0)) + 100);
    const std::string next = std::to_string(last_block(stage.folder(0)) + 1);
    for (const std::string& block : {far, next, std::string("1")}) {
        check_ends("tallystick network recover --yes --give-up-from " + block + stage.net(), 2,
                   "there is nothing to give up");
        check_ends("tallystick node recover --dir " + stage.folder(0) + " --blocks " +
                       stage.folder(1) + " --give-up-from " + block,
                   1, "there is nothing to give up");
    }
    const std::string out = stage.cluster.folder() + "/recovery.json";
    const std::string make =
        "tallystick recovery make --dir " + stage.folder(0) + " --out " + out + " --node ";
    check_ends(make + "1 --node 2 --node 3 --give-up-from " + far, 2,
               "there is nothing to give up");
    check_ends(make + "1 --node 2 --node n1", 2, "n1 is named twice");
    check_ends(make + "1 --node 4", 2, "no node of this network, which has n1, n2, n3");
    check_ends(make + "1 --node nonsense", 2, "no node of this network");
    check_ends(make + "2 --node 3", 2, "add `--node 1`");
    CHECK_FALSE(fs::exists(out));
    check_ends(make + "1 --node n2 --node 3", 0, "nodes 1, 2, 3 go on from block");
    fs::remove(out);
    stage.check_recovers();
    stage.cluster.stop(0);
    check_ends(make + "1 --node 2", 2, "has forgotten nothing and needs no manifest");
    CHECK_FALSE(fs::exists(out));
}

}  // namespace
}  // namespace tally::testing
