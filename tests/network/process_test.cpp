#include "network/process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "api/errc.h"
#include "network/proc.h"
#include "tests/network/stage.h"
#include "tests/support/catch.h"

namespace tally::network {
namespace {

using std::chrono::milliseconds;
using testing::Clock;
using testing::kStandIn;
using testing::Stage;

TEST_CASE("A node is started in a session of its own, seen, and stopped") {
    Stage stage;
    CHECK(inspect(stage.node(0)).state == ProcessState::stopped);
    const pid_t pid = stage.start(0);
    CHECK(::getsid(pid) == pid);
    const auto process = inspect(stage.node(0));
    CHECK(process.state == ProcessState::running);
    CHECK(process.pid == pid);
    CHECK(process.api == stage.node(0).api_listen);
    CHECK(inspect(stage.node(1)).state == ProcessState::stopped);
    CHECK_FALSE(start_node(stage.node(0), kStandIn));  // once is enough
    CHECK(log_tail(stage.node(0), 1) == "stand-in listens\n");
    REQUIRE(stop_node(stage.node(0), milliseconds(10'000)));
    CHECK(inspect(stage.node(0)).state == ProcessState::stopped);
    CHECK_FALSE(std::filesystem::exists(stage.node(0).run_path()));
    CHECK(stop_node(stage.node(0), milliseconds(1)).error().code == api::errc::not_found);
}

TEST_CASE("A number in run.json that now belongs to somebody else is not believed") {
    Stage stage;
    stage.start(0);
    REQUIRE(kill_node(stage.node(0)));
    CHECK(std::filesystem::exists(stage.node(0).run_path()));  // a killed node leaves it
    std::ofstream(stage.node(0).run_path())
        << boost::json::object{{"pid", ::getpid()}, {"api", "127.0.0.1:1"}, {"peer", "x:2"}};
    CHECK(inspect(stage.node(0)).state == ProcessState::stopped);
    CHECK(kill_node(stage.node(0)).error().code == api::errc::not_found);  // this test lives on
    const pid_t pid = stage.start(0);
    CHECK(inspect(stage.node(0)).pid == pid);
}

TEST_CASE("A run.json that is cut short, or of another process, is no sign of life") {
    Stage stage;
    const pid_t pid = stage.start(0);
    for (const char* text : {"", "{", "[]", "{\"pid\":\"7\"}", "{\"pid\":7}",
                             R"({"pid":1,"api":"127.0.0.1:1","peer":"127.0.0.1:2"})"}) {
        std::ofstream(stage.node(0).run_path()) << text;
        CHECK(inspect(stage.node(0)).state == ProcessState::starting);
        CHECK(inspect(stage.node(0)).pid == pid);
    }
}

TEST_CASE("What only names a node's configuration is not that node, and is not signalled") {
    Stage stage;
    const std::string config = stage.node(0).config_path();
    const pid_t other = ::fork();
    if (other == 0) {
        ::execlp("sh", "sh", "-c", "while :; do sleep 0.1; done", "node", config.c_str(), "node",
                 nullptr);
        ::_exit(127);
    }
    REQUIRE(other > 0);
    CHECK(inspect(stage.node(0)).pid == 0);
    CHECK_FALSE(signal_node_process(other, config, SIGKILL));
    CHECK(kill_node(stage.node(0)).error().code == api::errc::not_found);
    const pid_t pid = stage.start(0);
    CHECK(inspect(stage.node(0)).pid == pid);
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
}

TEST_CASE("A node that was started by hand, with a relative path, is found") {
    Stage stage;
    const pid_t child = ::fork();
    if (child == 0) {
        if (::chdir(stage.network.path().c_str()) != 0) ::_exit(127);
        ::execl(kStandIn.c_str(), kStandIn.c_str(), "node", "--config", "n1/node.toml", nullptr);
        ::_exit(127);
    }
    REQUIRE(child > 0);
    REQUIRE(await_listening(stage.node(0), child, Clock::now() + milliseconds(10'000)));
    CHECK(inspect(stage.node(0)).pid == child);
    CHECK_FALSE(start_node(stage.node(0), kStandIn));
}

TEST_CASE("Paused nodes are seen as paused, go on, and can be killed or stopped") {
    Stage stage;
    stage.start(0);
    stage.start(1);
    REQUIRE(pause_node(stage.node(0)));
    CHECK(inspect(stage.node(0)).state == ProcessState::paused);
    REQUIRE(resume_node(stage.node(0)));
    CHECK(inspect(stage.node(0)).state == ProcessState::running);
    REQUIRE(pause_node(stage.node(0)));
    REQUIRE(pause_node(stage.node(1)));
    CHECK(kill_node(stage.node(0)));
    CHECK(stop_node(stage.node(1), milliseconds(10'000)));
    CHECK(inspect(stage.node(1)).state == ProcessState::stopped);
    CHECK_FALSE(std::filesystem::exists(stage.node(1).run_path()));  // it ended, was not killed
}

TEST_CASE("A node that does not listen to SIGTERM is killed after the grace") {
    Stage stage;
    stage.tell(0, "deaf");
    stage.start(0);
    const auto begin = Clock::now();
    REQUIRE(stop_node(stage.node(0), milliseconds(200)));
    CHECK(Clock::now() - begin >= milliseconds(200));
    CHECK(inspect(stage.node(0)).state == ProcessState::stopped);
}

TEST_CASE("down ends all of them, at once") {
    Stage stage;
    for (std::size_t i = 0; i < 3; ++i) stage.start(i);
    REQUIRE(pause_node(stage.node(1)));
    REQUIRE(network_down(stage.network, milliseconds(10'000)));
    for (const auto& node : stage.network.nodes()) {
        CHECK(inspect(node).state == ProcessState::stopped);
    }
    CHECK(network_down(stage.network, milliseconds(1)));  // nothing to do is no fault
}

TEST_CASE("Ctrl-C while a network starts stops what was started, and then acts") {
    Stage stage;
    stage.tell(2, "silent");
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGINT, SIG_DFL);
        StartOptions options;
        options.binary = kStandIn;
        (void)network_up(stage.network, options);
        ::_exit(1);
    }
    REQUIRE(child > 0);
    const auto deadline = Clock::now() + milliseconds(10'000);
    while (inspect(stage.node(2)).pid == 0) {
        REQUIRE(Clock::now() < deadline);
        std::this_thread::sleep_for(milliseconds(5));
    }
    REQUIRE(::kill(child, SIGINT) == 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    for (const auto& node : stage.network.nodes()) {
        CHECK(inspect(node).state == ProcessState::stopped);
    }
}

TEST_CASE("What a call of up did not start is not ended with what it did") {
    Stage stage;
    for (std::size_t i = 0; i < 3; ++i) stage.tell(i, "answers", "0");
    const pid_t before = stage.start(0);
    StartOptions options;
    options.binary = kStandIn;
    const auto up = network_up(stage.network, options);
    REQUIRE(up);
    CHECK_FALSE((*up)[0].started);
    CHECK((*up)[1].started);
    std::vector<NodeProcess> started((*up).begin() + 1, (*up).end());
    // Somebody ended it and started another one in its place.
    REQUIRE(stop_node(stage.node(1), milliseconds(10'000)));
    const pid_t another = stage.start(1);
    REQUIRE(network_down(stage.network, started, milliseconds(10'000)));
    CHECK(inspect(stage.node(0)).pid == before);
    CHECK(inspect(stage.node(1)).pid == another);
    CHECK(inspect(stage.node(2)).state == ProcessState::stopped);
    const auto again = network_up(stage.network, options);
    REQUIRE(again);
    CHECK_FALSE((*again)[1].started);
    CHECK((*again)[2].started);
}

TEST_CASE("A binary that cannot be run is refused before anything starts") {
    Stage stage;
    CHECK_FALSE(start_node(stage.node(0), "/nonexistent/tallystick"));
    CHECK(inspect(stage.node(0)).state == ProcessState::stopped);
}

TEST_CASE("The JSON of a network is what tools read") {
    Stage stage;
    stage.start(0);
    const auto json =
        boost::json::parse(network_json(stage.network, network_status(stage.network)));
    CHECK(json.at("dir").as_string() == stage.network.path());
    CHECK(json.at("keys").as_string() == stage.network.path() + "/keys");
    CHECK(json.at("leader").is_null());
    const auto& nodes = json.at("nodes").as_array();
    REQUIRE(nodes.size() == 3);
    CHECK(nodes[0].at("id").as_int64() == 1);
    CHECK(nodes[0].at("pid").as_int64() == inspect(stage.node(0)).pid);
    CHECK(nodes[0].at("api").as_string() == "http://" + stage.node(0).api_listen);
    CHECK(nodes[0].at("state").as_string() == "running");
    CHECK(nodes[1].at("pid").is_null());
    CHECK(nodes[1].at("log").as_string() == stage.node(1).log_path());
}

}  // namespace
}  // namespace tally::network
