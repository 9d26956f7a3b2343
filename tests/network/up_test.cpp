// What `network up` does when not all is well: one bad node must not stop the others.

#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <set>
#include <thread>

#include "api/errc.h"
#include "base/hex.h"
#include "network/network_lock.h"
#include "network/network_state.h"
#include "tests/network/stage.h"
#include "tests/support/catch.h"

namespace tally::network {
namespace {

using std::chrono::milliseconds;
using testing::Clock;
using testing::kStandIn;
using testing::Stage;

StartOptions options_with(milliseconds deadline) {
    StartOptions options;
    options.binary = kStandIn;
    options.deadline = deadline;
    return options;
}

/// Stand-ins that answer, and follow n1 once they were asked so often.
void let_answer(const Stage& stage, const std::string& replayed_after = "0") {
    for (std::size_t i = 0; i < 3; ++i) stage.tell(i, "answers", replayed_after);
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_CASE("One node that cannot start is out, says why, and the majority is up") {
    Stage stage;
    let_answer(stage);
    stage.tell(1, "fail", "error[corrupt_block]: block 7 does not hold");
    const auto up = network_up(stage.network, options_with(milliseconds(20'000)));
    REQUIRE(up);
    CHECK((*up)[0].ready);
    CHECK((*up)[0].fault.empty());
    CHECK((*up)[2].ready);
    for (const char* part : {"n2", "exit code 1", "block 7 does not hold", "n2/node.log"}) {
        CHECK(has((*up)[1].fault, part));
    }
    CHECK(state_of(*up).quorum());
    CHECK(state_of(*up).leader == "n1");
    CHECK(inspect(stage.node(0)).state == ProcessState::running);
    CHECK(inspect(stage.node(2)).state == ProcessState::running);
}

TEST_CASE("Nodes whose disks are full lead and follow, but are no quorum for what is submitted") {
    const Stage stage;
    std::vector<NodeProcess> nodes(3);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        nodes[i].name = "n" + std::to_string(i + 1);
        nodes[i].state = ProcessState::running;
        nodes[i].ready = true;
        nodes[i].leader = "n1";
        nodes[i].role = i == 0 ? "leader" : "follower";
    }
    CHECK(state_of(nodes).takes_submissions());
    CHECK(advice_on(stage.network, nodes).empty());
    // Who recovers counts for no majority: the way out is named where there can be none.
    auto recovering = nodes;
    for (auto& node : recovering) node.ready = false;
    recovering[0].recovering = true;
    CHECK(has(advice_on(stage.network, recovering), "start or mend the others"));
    recovering[1].recovering = true;
    CHECK(has(advice_on(stage.network, recovering), "`tallystick network recover"));
    nodes[0].read_only = "storage_full";
    nodes[2].read_only = "storage_full";
    CHECK(state_of(nodes).quorum());
    CHECK_FALSE(state_of(nodes).takes_submissions());
    CHECK(has(advice_on(stage.network, nodes),
              "1 of 3 nodes have room on their disks, 2 are needed: nothing can be submitted"));
    // One that is full and one that is down: the next failure is one too many.
    nodes[0].read_only.clear();
    CHECK(state_of(nodes).takes_submissions());
    nodes[2].state = ProcessState::stopped;
    nodes[2].ready = false;
    CHECK(has(advice_on(stage.network, nodes), "one more failure stops it"));
}

TEST_CASE("Too many bad nodes are no network, and the good one is not ended for it") {
    Stage stage;
    let_answer(stage);
    stage.tell(1, "fail", "error[corrupt_block]: block 7");
    stage.tell(2, "fail", "error[corrupt_block]: block 8");
    const auto up = network_up(stage.network, options_with(milliseconds(20'000)));
    REQUIRE_FALSE(up);
    CHECK(up.error().code == api::errc::no_quorum);
    for (const char* part : {"2 of 3", "block 7", "block 8"}) CHECK(has(up.error().context, part));
    CHECK(inspect(stage.node(0)).state == ProcessState::running);
}

TEST_CASE("All or nothing: when one node cannot start, the others do not stay behind") {
    Stage stage;
    auto options = options_with(milliseconds(20'000));
    options.all_or_nothing = true;
    stage.tell(1, "fail", "error[corrupt_block]: block 7 does not hold");
    const auto up = network_up(stage.network, options);
    REQUIRE_FALSE(up);
    CHECK(up.error().code.message() == "corrupt_block");
    CHECK(has(up.error().context, "block 7 does not hold"));
    for (const auto& node : stage.network.nodes()) {
        CHECK(inspect(node).state == ProcessState::stopped);
    }
    SECTION("a port that is taken has a code of its own, of this start and not of an earlier one") {
        stage.tell(1, "fail", "error[address_in_use]: 127.0.0.1:7101");
        CHECK(network_up(stage.network, options).error().code == api::errc::address_in_use);
        stage.tell(1, "fail", "error[bad_config]: something else");
        CHECK(network_up(stage.network, options).error().code.message() == "bad_config");
        stage.tell(1, "fail", "no error of ours");
        CHECK(network_up(stage.network, options).error().code == api::errc::io_failed);
    }
}

TEST_CASE("All or nothing ends what it started, and nothing that ran before") {
    Stage stage;
    const pid_t before = stage.start(0);
    auto options = options_with(milliseconds(300));
    options.all_or_nothing = true;
    stage.tell(2, "silent");
    const auto up = network_up(stage.network, options);
    REQUIRE_FALSE(up);
    CHECK(up.error().code == api::errc::not_ready);
    CHECK(inspect(stage.node(0)).pid == before);
    CHECK(inspect(stage.node(1)).state == ProcessState::stopped);
    CHECK(inspect(stage.node(2)).state == ProcessState::stopped);
}

TEST_CASE("A node whose folder is gone is out, and the others are up, listed and ended") {
    Stage stage;
    let_answer(stage);
    std::filesystem::remove_all(stage.node(1).folder);
    const auto network = NetworkFolder::open(stage.network.path());
    REQUIRE(network);
    CHECK(has(network->nodes()[1].fault, "n2/node.toml"));
    CHECK(network->urls().size() == 2);
    CHECK(network->url_names() == std::vector<std::string>{"n1", "n3"});
    const auto up = network_up(*network, options_with(milliseconds(20'000)));
    REQUIRE(up);
    CHECK(has((*up)[1].fault, "n2/node.toml"));
    const auto status = network_status(*network);
    CHECK(state_of(status).quorum());
    CHECK(has(advice_on(*network, status[1]), "n2 is out"));
    CHECK(has(advice_on(*network, status), "2 of 3 nodes run, 2 are needed"));
    const auto json = boost::json::parse(network_json(*network, status));
    CHECK(json.at("quorum").as_bool());
    CHECK(has(std::string(json.at("nodes").at(1).at("fault").as_string()), "n2/node.toml"));
    REQUIRE(network_down(*network, milliseconds(10'000)));
    for (const auto& node : network->nodes()) CHECK(inspect(node).pid == 0);
}

// Goal: a node of another network is never taken for one of this.
TEST_CASE("A node whose folder is of another network is out, and the others are up") {
    const Stage stage;
    const Stage other;
    let_answer(stage);
    std::filesystem::copy_file(other.node(0).folder + "/genesis.bin",
                               stage.node(0).folder + "/genesis.bin",
                               std::filesystem::copy_options::overwrite_existing);
    const auto network = NetworkFolder::open(stage.network.path());
    REQUIRE(network);
    CHECK(has(network->nodes()[0].fault, "is of another network"));
    CHECK(network->urls().size() == 2);
    CHECK_FALSE(start_node(network->nodes()[0], kStandIn));
    CHECK(has(advice_on(*network, network_status(*network)[0]), "n1 is out: "));
}

TEST_CASE("A node that says it serves another network is out for the status") {
    const Stage stage;
    for (std::size_t position = 0; position < 3; ++position) {
        stage.tell(position, "answers", "0");
        stage.tell(
            position, "network",
            position == 1 ? std::string(64, 'b') : to_hex(stage.network.trust().network.bytes));
        (void)stage.start(position);
    }
    const auto nodes = network_status(stage.network);
    CHECK(nodes[0].ready);
    CHECK_FALSE(nodes[1].ready);
    CHECK(has(advice_on(stage.network, nodes[1]), "n2 is out: "));
    CHECK(has(nodes[1].fault, "serves another network, " + std::string(64, 'b')));
    CHECK(state_of(nodes).quorum());
}

TEST_CASE("Of a node with two histories the status says which commands tell more") {
    const Stage stage;
    let_answer(stage);
    stage.tell(1, "advice", "Two histories: block 7 differs.");
    stage.tell(1, "diverged", "block 7 differs");
    for (std::size_t i = 0; i < 3; ++i) stage.start(i);
    const auto nodes = network_status(stage.network);
    const std::string advice = all_advice_on(stage.network, nodes[1]);
    CHECK(has(advice, "n2: Two histories: block 7 differs. Next: `tallystick evidence " +
                          stage.network.path() + "`"));
    CHECK(has(advice, "`tallystick audit " + stage.network.path() + "`"));
    CHECK_FALSE(has(all_advice_on(stage.network, nodes[0]), "evidence"));
}

TEST_CASE("A node that runs without its folder is out, for up as for status") {
    Stage stage;
    let_answer(stage);
    for (std::size_t i = 0; i < 3; ++i) stage.start(i);
    std::filesystem::remove_all(stage.node(1).folder);
    const auto network = NetworkFolder::open(stage.network.path());
    REQUIRE(network);
    const auto up = network_up(*network, options_with(milliseconds(20'000)));
    REQUIRE(up);
    for (const auto& nodes : {*up, network_status(*network)}) {
        CHECK(nodes[1].pid != 0);
        CHECK(has(advice_on(*network, nodes[1]), "n2 is out"));
        CHECK(has(advice_on(*network, nodes[1]), "still runs"));
        CHECK(has(advice_on(*network, nodes), "2 of 3 nodes run, 2 are needed"));
    }
}

TEST_CASE("A paused node is out, with the way to let it go on, and stays paused") {
    Stage stage;
    let_answer(stage);
    stage.start(2);
    REQUIRE(pause_node(stage.node(2)));
    const auto up = network_up(stage.network, options_with(milliseconds(20'000)));
    REQUIRE(up);
    CHECK(has((*up)[2].fault, "network resume n3"));
    CHECK(inspect(stage.node(2)).state == ProcessState::paused);
}

TEST_CASE("A replay longer than the deadline is waited for while it goes on") {
    Stage stage;
    let_answer(stage, "20");  // each question takes it a block further
    for (std::size_t i = 0; i < 3; ++i) stage.start(i);
    auto options = options_with(milliseconds(50));
    std::set<std::uint64_t> seen;
    options.waiting = [&seen](const std::vector<NodeProcess>& nodes) {
        CHECK(nodes[0].last_index <= 20);
        seen.insert(nodes[0].applied);
        std::this_thread::sleep_for(milliseconds(20));  // so that deadlines pass meanwhile
    };
    REQUIRE(network_up(stage.network, options));
    CHECK(seen.size() > 10);
}

TEST_CASE("A network that is not up in time is said so, and goes on starting") {
    Stage stage;
    SECTION("a node does not listen, and the others do not answer") { stage.tell(0, "silent"); }
    SECTION("nobody answers") {}
    SECTION("a replay stands still") {
        let_answer(stage, "5");
        for (std::size_t i = 0; i < 3; ++i) stage.tell(i, "stuck");
    }
    const auto up = network_up(stage.network, options_with(milliseconds(300)));
    REQUIRE_FALSE(up);
    CHECK(up.error().code == api::errc::not_ready);
    CHECK(has(up.error().context, "n1 is not ready"));
    for (const auto& node : stage.network.nodes()) CHECK(inspect(node).pid != 0);
}

TEST_CASE("A network that is not up in time shows what each node says of itself") {
    Stage stage;
    let_answer(stage, "5");
    for (std::size_t i = 0; i < 3; ++i) stage.tell(i, "stuck");
    stage.tell(0, "advice", "Halted: block 7: state digest differs");
    stage.tell(1, "advice", "No quorum: n1 is unreachable");
    stage.tell(2, "fail", "error[corrupt_block]: block 9 does not hold");
    const auto up = network_up(stage.network, options_with(milliseconds(1000)));
    REQUIRE_FALSE(up);
    INFO(up.error().context);
    CHECK(up.error().code == api::errc::not_ready);
    CHECK(has(up.error().context, "Halted: block 7: state digest differs"));
    CHECK(has(up.error().context, "No quorum: n1 is unreachable"));
    CHECK(has(up.error().context, "n3 is out: "));
    CHECK(has(up.error().context, "block 9 does not hold"));
    auto options = options_with(milliseconds(300));
    options.only = "n2";
    const auto alone = network_up(stage.network, options);
    REQUIRE_FALSE(alone);
    CHECK(has(alone.error().context, "No quorum: n1 is unreachable"));
    CHECK_FALSE(has(alone.error().context, "Halted"));
}

TEST_CASE("One node alone is started, or its own fault is the error") {
    Stage stage;
    let_answer(stage);
    auto options = options_with(milliseconds(20'000));
    options.only = "n2";
    const auto up = network_up(stage.network, options);
    REQUIRE(up);
    CHECK((*up)[1].state == ProcessState::running);
    CHECK(inspect(stage.node(0)).pid == 0);
    CHECK(inspect(stage.node(2)).pid == 0);
    stage.tell(2, "fail", "error[corrupt_block]: block 7");
    options.only = "n3";
    const auto other = network_up(stage.network, options);
    REQUIRE_FALSE(other);
    CHECK(has(other.error().context, "block 7"));
    CHECK(inspect(stage.node(1)).pid != 0);
}

TEST_CASE("Two calls at once start each node once and both find the network up") {
    Stage stage;
    let_answer(stage);
    for (std::size_t i = 0; i < 3; ++i) stage.tell(i, "slow");
    std::vector<pid_t> callers;
    for (int i = 0; i < 2; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            const auto up = network_up(stage.network, options_with(milliseconds(20'000)));
            ::_exit(up ? 0 : 1);
        }
        REQUIRE(child > 0);
        callers.push_back(child);
    }
    for (const pid_t child : callers) {
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    for (const auto& node : stage.network.nodes()) {
        CHECK(inspect(node).state == ProcessState::running);
        const std::string log = log_tail(node, 100);
        CHECK(log == "---- start of " + node.name + "\nstand-in listens\n");
    }
}

TEST_CASE("The lock of a network is one at a time, and ends with its owner") {
    Stage stage;
    {
        const auto held = NetworkLock::take(stage.network.path(), Clock::now());
        REQUIRE(held);
        const auto second = NetworkLock::take(stage.network.path(), Clock::now());
        REQUIRE_FALSE(second);
        CHECK(second.error().code == api::errc::not_ready);
        CHECK(network_up(stage.network, options_with(milliseconds(50))).error().code ==
              api::errc::not_ready);
    }
    CHECK(NetworkLock::take(stage.network.path(), Clock::now()));
    CHECK_FALSE(NetworkLock::take(stage.temp.path() + "/none", Clock::now()));
}

TEST_CASE("Only a node that runs and is followed is shown as the leader") {
    const Stage stage;
    std::vector<NodeProcess> nodes(3);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        nodes[i].name = "n" + std::to_string(i + 1);
        nodes[i].state = ProcessState::running;
        nodes[i].ready = true;
        nodes[i].role = i == 0 ? "leader" : "follower";
        nodes[i].leader = "n1";
    }
    CHECK(state_of(nodes).leader == "n1");
    CHECK(state_of(nodes).followers == 3);
    CHECK(advice_on(stage.network, nodes).empty());
    const auto goes_on = [&] {
        return has(advice_on(stage.network, nodes), "the network goes on");
    };
    const auto stands = [&] {
        return has(advice_on(stage.network, nodes),
                   "no leader is followed by a majority: nothing can be");
    };
    SECTION("it was stopped, and the others have not noticed yet") {
        nodes[0] = NodeProcess{};
        nodes[0].name = "n1";
        CHECK(state_of(nodes).leader.empty());
        CHECK_FALSE(state_of(nodes).quorum());
        CHECK(state_of(nodes).running == 2);
        CHECK(stands());
        CHECK_FALSE(goes_on());
    }
    SECTION("a follower was stopped") {
        nodes[2] = NodeProcess{};
        nodes[2].name = "n3";
        CHECK(has(advice_on(stage.network, nodes),
                  "2 of 3 nodes run, 2 are needed: the network goes on"));
        nodes[1].ready = false;  // its history is another one
        CHECK(stands());
        CHECK_FALSE(goes_on());
        nodes[1] = NodeProcess{};
        CHECK(has(advice_on(stage.network, nodes),
                  "1 of 3 nodes run, 2 are needed: nothing can be submitted"));
    }
    SECTION("they apply a block that takes long") {
        for (auto& node : nodes) {
            node.ready = false;
            node.applied = 5;
            node.last_index = 6;
        }
        CHECK(has(advice_on(stage.network, nodes),
                  "3 of 3 nodes run, 2 are needed; they follow n1, which has applied block 5 of 6: "
                  "what is submitted is answered once it has come to the end"));
        CHECK_FALSE(stands());
        nodes[0].advice = "no majority";
        nodes[1].leader = "";
        CHECK(stands());
    }
    SECTION("all run, and one does not follow") {
        nodes[1].ready = false;
        CHECK(has(advice_on(stage.network, nodes),
                  "2 of 3 nodes follow n1, 2 are needed: the network goes on"));
        nodes[2].ready = false;
        CHECK(stands());
    }
    SECTION("it is paused") {
        nodes[0].state = ProcessState::paused;
        CHECK(state_of(nodes).leader.empty());
    }
    SECTION("it has started again and follows nobody") {
        nodes[0].role = "follower";
        CHECK(state_of(nodes).leader.empty());
    }
    SECTION("one of an older term says that it leads") {
        nodes[2].role = nodes[2].leader = "n3";
        nodes[2].role = "leader";
        CHECK(state_of(nodes).leader == "n1");
        CHECK(state_of(nodes).followers == 2);
        CHECK(state_of(nodes).quorum());
    }
}

TEST_CASE("Advice on a node names the command that mends it") {
    Stage stage;
    auto process = inspect(stage.node(1));
    CHECK(has(advice_on(stage.network, process),
              "network up --node n2 --dir " + stage.network.path()));
    CHECK_FALSE(has(advice_on(stage.network, process), "ended with"));
    std::ofstream(stage.node(1).log_path()) << "---- start of n2\nerror[corrupt_block]: block 7\n";
    CHECK(has(advice_on(stage.network, process),
              "n2 does not run; it ended with error[corrupt_block]: block 7: once that is mended"));
    std::ofstream(stage.node(1).log_path(), std::ios::app) << "---- start of n2\nended\n";
    CHECK_FALSE(has(advice_on(stage.network, process), "ended with"));
    process.state = ProcessState::paused;
    CHECK(has(advice_on(stage.network, process), "network resume n2"));
    process.state = ProcessState::running;
    CHECK(has(advice_on(stage.network, process), "does not answer"));
    process.role = "follower";
    process.ready = true;
    CHECK(advice_on(stage.network, process).empty());
    process.ready = false;
    process.applied = 5;
    process.last_index = 9;
    CHECK(has(advice_on(stage.network, process), "block 5 of 9; it goes on by itself"));
    process.advice = "No quorum: 1 of 3 nodes reachable, 2 needed";
    CHECK(has(all_advice_on(stage.network, process), "block 5 of 9 is applied: No quorum"));
    CHECK_FALSE(has(all_advice_on(stage.network, process), "by itself"));
}

}  // namespace
}  // namespace tally::network
