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

/// A network of three that is ended with the test.
struct Running {
    explicit Running(std::string where) : path(std::move(where)) {
        REQUIRE(run_binary("network up --free-ports --dir " + path).code == 0);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { run_binary("network down --dir " + path); }

    Ended status() const { return run_binary("network status --dir " + path); }
    void move(const std::string& from, const std::string& to) const {
        fs::rename(path + "/" + from, path + "/" + to);
    }
    /// It serves, and says so.
    void serves() const {
        const Ended ended = status();
        INFO(ended.output);
        CHECK(ended.code == 0);
        CHECK(ended.output.find(" is out") == std::string::npos);
    }
    std::string path;
};

TEST_CASE("folders of two nodes that are exchanged under them") {
    // Goal: the network serves on, is called serving, and is put back by the command that is shown.
    const TempFolder temp;
    const Running running(temp.path() + "/net");
    const std::string& network = running.path;
    const std::string dir = " --dir " + network;
    const auto exchange = [&running] {
        running.move("n1", "t");
        running.move("n2", "n1");
        running.move("t", "n2");
    };
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

TEST_CASE("a network of which no folder is where it was serves on and is put back") {
    const TempFolder temp;
    const Running network(temp.path() + "/net");
    SECTION("in turn") {
        network.move("n1", "t");
        network.move("n2", "n1");
        network.move("n3", "n2");
        network.move("t", "n3");
    }
    SECTION("under other names") {
        for (const std::string name : {"n1", "n2", "n3"}) network.move(name, name + "-old");
    }
    SECTION("with something else in a place") {
        network.move("n1", "n1x");
        fs::create_directory(network.path + "/n1");
    }
    network.serves();
    CHECK(run_binary("days --dir " + network.path).code == 0);
    put_back(network.path);
    network.serves();
    CHECK(network.status().output.find("works on") == std::string::npos);
}

TEST_CASE("a network whose own folder was renamed is put back by the shown command") {
    const TempFolder temp;
    const Running network(temp.path() + "/net");
    fs::rename(network.path, temp.path() + "/net9");
    const Ended moved = run_binary("network status --dir " + temp.path() + "/net9");
    INFO(moved.output);
    CHECK(std::system(command_in(moved.output, "but stands in").c_str()) == 0);
    network.serves();
}

TEST_CASE("nodes of two networks that are exchanged under them stay their own network's") {
    // Goal: neither a word nor a command of one network is about a process of the other one.
    const TempFolder temp;
    const Running one(temp.path() + "/net");
    const Running other(temp.path() + "/netb");
    const std::string aside = temp.path() + "/aside";
    fs::rename(one.path + "/n1", aside);
    fs::rename(other.path + "/n1", one.path + "/n1");
    fs::rename(aside, other.path + "/n1");
    one.serves();
    other.serves();
    REQUIRE(run_binary("network kill n1 --dir " + one.path).code == 0);
    CHECK(run_binary("network kill n1 --dir " + one.path).code == 1);
    CHECK(run_binary("network pause n1 --dir " + one.path).code == 1);
    other.serves();
    put_back(other.path);
    other.serves();
}

TEST_CASE("what a running node needs is not taken from it by a second start") {
    const TempFolder temp;
    const Running network(temp.path() + "/net");
    const std::string folder = network.path + "/n1";
    fs::remove(folder + "/blocks/LOCK");
    fs::remove(folder + "/state/LOCK");
    const Ended second = run_binary("node --config " + folder + "/node.toml");
    INFO(second.output);
    CHECK(second.code == 1);
    CHECK(second.output.find("error[in_use]: " + folder) != std::string::npos);
    const Ended recovering = run_binary("node recover --dir " + folder);
    CHECK(recovering.code == 1);
    CHECK(recovering.output.find("error[in_use]: " + folder) != std::string::npos);
    fs::remove(folder + "/run.json");
    network.serves();
    // The advice ends that node, and the same works then.
    CHECK(run_binary(printed_command(recovering.output, "network down --node n1")).code == 0);
    CHECK(run_binary("node recover --dir " + folder).code == 0);
    CHECK(run_binary("network down --dir " + network.path).code == 0);
    CHECK(run_binary("network up --dir " + network.path).code == 0);
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
