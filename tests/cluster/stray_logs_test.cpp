// A log of RocksDB's from another copy of the folder, among a node's own: the library ends the
// process over two records of one number, and whoever runs the node must learn what to do.

#include <algorithm>
#include <filesystem>
#include <vector>

#include "storage/block_store.h"
#include "tests/cluster/run_binary.h"
#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

namespace fs = std::filesystem;

/// The log that is written to.
fs::path newest_log(const std::string& folder) {
    std::vector<fs::path> logs;
    for (const auto& file : fs::directory_iterator(folder + "/blocks")) {
        if (file.path().extension() == ".log") logs.push_back(file.path());
    }
    REQUIRE_FALSE(logs.empty());
    return *std::ranges::max_element(logs);
}

/// 000016.log is 000017.log, so many numbers on.
fs::path numbered(const fs::path& log, int on) {
    const std::string digits = std::to_string(std::stoi(log.stem().string()) + on);
    return log.parent_path() / (std::string(6 - digits.size(), '0') + digits + ".log");
}

std::uint64_t last_block(const std::string& folder) {
    return storage::open_block_store_readonly(folder).value()->tip().index.value;
}

TEST_CASE("a log of another copy of the folder is damage, and the advice on it works") {
    LocalCluster cluster{3};
    const Grants grants(cluster);
    cluster.restart(0);
    cluster.await_ready();
    const std::string folder = node_folder(cluster, 0);
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    cluster.kill(0);
    const std::string kept = cluster.folder() + "/kept.log";
    const std::uint64_t before = last_block(folder);
    const fs::path log = newest_log(folder);
    fs::copy_file(log, kept);
    // A copy of the folder goes on with other numbers: its log may come before this one's, or
    // after.
    const int on = GENERATE(-1, 1);
    fs::copy_file(kept, numbered(log, on));
    fs::remove(kept);
    const std::string words = " has what another log here has too";
    check_ends("audit " + folder, 3, words);
    check_ends("node --config " + folder + "/node.toml", 1, words);
    const auto started = check_ends("node --config " + folder + "/node.toml", 1, "corrupt_block");
    const std::string advice = printed_command(started.output, "node recover");
    const auto recovered = check_ends(advice, 0, "are good and stay");
    CHECK(last_block(folder) == before);
    // What was set aside is audited as it lies there.
    check_ends(printed_command(recovered.output, "audit"), 3, words);
    cluster.start(0);
    cluster.await_ready();
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    CHECK(first_difference(cluster) == "");
    fs::remove_all(folder + "/blocks.damaged-1");
    CHECK(first_audit_finding(cluster) == "");
}

}  // namespace
}  // namespace tally::testing
