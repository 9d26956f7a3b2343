// A folder that is moved while nodes work in it: they go on there, and touch nothing else.

#include <chrono>
#include <cstdlib>
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

/// What stands between backquotes behind `before`.
std::string command_in(const std::string& text, const std::string& before) {
    const std::size_t at = text.find(before);
    REQUIRE(at != std::string::npos);
    const std::size_t begin = text.find('`', at) + 1;
    return text.substr(begin, text.find('`', begin) - begin);
}

void put_back(const std::string& network) {
    const Ended status = run_binary("network status --dir " + network);
    INFO(status.output);
    CHECK(std::system(command_in(status.output, "this puts them back").c_str()) == 0);
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
    put_back(network);
    CHECK(run_binary("network status" + dir).output.find("works on") == std::string::npos);
    REQUIRE(run_binary("network down" + dir).code == 0);
    REQUIRE(run_binary("network up" + dir).code == 0);
}

TEST_CASE("folders of two nodes that are exchanged under them") {
    // Goal: the network serves on, is called serving, and is put back by the command that is shown.
    const TempFolder temp;
    const std::string network = temp.path() + "/net";
    const std::string dir = " --dir " + network;
    const auto exchange = [&] {
        fs::rename(network + "/n1", network + "/t");
        fs::rename(network + "/n2", network + "/n1");
        fs::rename(network + "/t", network + "/n2");
    };
    REQUIRE(run_binary("network up --free-ports" + dir).code == 0);
    exchange();
    for (const char* what : {"status", "up"}) {
        const Ended ended = run_binary(std::string("network ") + what + dir);
        INFO(ended.output);
        CHECK(ended.code == 0);
        CHECK(ended.output.find("is out") == std::string::npos);
        CHECK(ended.output.find("n1 works on in " + network + "/n2") != std::string::npos);
    }
    // One of them ends, and the other one is not taken for it.
    REQUIRE(run_binary("network kill n1" + dir).code == 0);
    Ended one = run_binary("network status" + dir);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (one.code != 0 && std::chrono::steady_clock::now() < deadline) {  // if it led
        one = run_binary("network status" + dir);
    }
    INFO(one.output);
    CHECK(one.code == 0);
    CHECK(one.output.find("n2 works on in " + network + "/n1") != std::string::npos);
    CHECK(run_binary("network down --node n1" + dir).code == 1);
    put_back(network);
    CHECK(run_binary("network up" + dir).code == 0);
    // Nor are they lost when nothing runs.
    CHECK(run_binary("network down" + dir).code == 0);
    exchange();
    put_back(network);
    CHECK(run_binary("network up" + dir).code == 0);
    CHECK(run_binary("network down" + dir).code == 0);
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
