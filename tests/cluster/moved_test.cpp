// A folder that is moved while nodes work in it: they go on there, and touch nothing else.

#include <filesystem>
#include <set>
#include <string>

#include "tests/cluster/run_binary.h"
#include "tests/network/temp_folder.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

namespace fs = std::filesystem;

std::set<std::string> files_below(const std::string& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        names.insert(fs::relative(entry.path(), folder).string());
    }
    return names;
}

void moved_within(const std::string& network) {
    // Goal: it leads or follows on, and what is written lands in its folder.
    const std::string dir = " --dir " + network;
    const std::string place = network + "/n1";
    fs::rename(place, place + "x");
    const Ended status = run_binary("network status" + dir);
    INFO(status.output);
    CHECK(status.code == 0);
    CHECK(status.output.find("n1 works on in " + place + "x") != std::string::npos);
    REQUIRE(run_binary("network down" + dir).code == 0);
    CHECK(run_binary("network status" + dir).output.find("works on") == std::string::npos);
    fs::rename(place + "x", place);
    REQUIRE(run_binary("network up" + dir).code == 0);
}

TEST_CASE("a network that is moved while it runs spares the one in its place") {
    // Goal: nodes that were started by one name end in the folder that they opened.
    const TempFolder temp;
    const std::string place = temp.path() + "/net";
    const std::string old = temp.path() + "/old";
    const auto up = [&] { return run_binary("network up --free-ports --dir " + place); };
    REQUIRE(up().code == 0);
    moved_within(place);
    fs::rename(place, old);
    const Ended second = up();
    INFO(second.output);
    CHECK(second.code == 0);
    const auto before = files_below(place);
    CHECK(before.contains("n1/run.json"));
    CHECK(run_binary("network down --dir " + old).code == 0);
    CHECK_FALSE(fs::exists(old + "/n1/run.json"));
    CHECK(files_below(place) == before);
    CHECK(run_binary("network status --dir " + place).code == 0);
    // And it comes back with what it has.
    CHECK(run_binary("network down --dir " + place).code == 0);
    CHECK(run_binary("network up --dir " + place).code == 0);
    CHECK(run_binary("network down --dir " + place).code == 0);
}

}  // namespace
}  // namespace tally::testing
