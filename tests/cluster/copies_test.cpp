// Copies of nodes' folders, whose node.toml names the original: whatever is tried out on a copy,
// the original is as it was, and the copy too where nothing can be done to it.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "tests/cluster/run_binary.h"
#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

namespace fs = std::filesystem;

/// All bytes that lie there, but RocksDB's words about itself.
std::string everything(const std::string& folder) {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("LOG") || name == "LOCK") continue;
        std::ostringstream file;
        file << entry.path().string() << "\n";
        if (entry.is_regular_file()) file << std::ifstream(entry.path()).rdbuf() << "\n";
        files.push_back(file.str());
    }
    std::ranges::sort(files);
    std::string all;
    for (const std::string& file : files) all += file;
    return all;
}

TEST_CASE("what is given a copy of a node's folder leaves the original alone") {
    LocalCluster cluster{3};
    const Grants grants(cluster);
    const auto kept = cluster.submit({"lender"}, grants.fresh(), kToday);
    REQUIRE(cluster.client().await_certified(kept.transactions[0].entry));
    for (std::size_t node = 0; node < 3; ++node) cluster.stop(node);
    const std::string net = cluster.folder();
    const std::string copy = net + "/copy";
    fs::create_directory(copy);
    for (const char* name : {"n1", "n2", "n3"}) {
        fs::copy(net + "/" + name, copy + "/" + name, fs::copy_options::recursive);
    }
    fs::copy_file(net + "/network.pub", copy + "/network.pub");
    fs::copy_file(net + "/genesis.bin", copy + "/genesis.bin");
    fs::copy(net + "/keys", copy + "/keys", fs::copy_options::recursive);
    check_ends("backup " + net + "/n2 --to " + net + "/backup", 0, "PASSED");
    // Of the original nothing is left to be read by accident.
    fs::remove_all(net + "/n3/blocks");
    const std::string before = everything(net);
    const std::string one = copy + "/n1";
    const std::string words = "says folder = \"" + net + "/n1\", but stands in " + one;
    check_ends("node recover --dir " + one, 1, words);
    check_ends("node recover --dir " + one + "/", 1, words);
    check_ends("node recover --dir " + one + " --blocks " + net + "/n2", 1, words);
    check_ends("node recover --dir " + one + " --manifest " + net + "/genesis.bin", 1, words);
    check_ends("restore " + net + "/backup --dir " + one, 1, words);
    check_ends("restore " + net + "/backup --no-audit --dir " + one, 1, words);
    check_ends("recovery make --node 1 --out " + net + "/out.json --dir " + one, 1, words);
    check_ends("node --config " + one + "/node.toml", 1, words);
    check_ends("network recover --yes --dir " + copy, 1, words);
    check_ends("network up --dir " + copy, 1, words);
    CHECK(everything(net) == before);
    // Where reading alone is meant, the copy is what is read.
    const auto audit = check_ends("audit " + copy + "/n3", 0, "PASSED");
    check_ends("evidence " + copy + "/n3", 0, "no evidence");
    check_ends("backup " + copy + "/n3 --to " + net + "/of-copy", 0, "PASSED");
    check_ends("audit " + net + "/n3", 3, "FAILED");
    // By way of a link it is the same folder.
    fs::create_directory_symlink(net + "/n1", net + "/link");
    check_ends("node recover --dir " + net + "/link", 0, "good and stay");
}

}  // namespace
}  // namespace tally::testing
