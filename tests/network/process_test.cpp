#include "network/process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "api/errc.h"
#include "tests/network/temp_folder.h"
#include "tests/support/catch.h"

namespace tally::network {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

const std::string kStandIn = TALLY_BINARY_DIR "/tests/stand_in_node";

/// A network whose nodes are stand-ins. Its end ends them.
struct Stage {
    Stage() {
        InitOptions options;
        options.folder = temp.path() + "/net";
        options.free_ports = true;
        auto made = NetworkFolder::init(NetworkSpec::development(3), options);
        REQUIRE(made);
        network = std::move(*made);
    }
    ~Stage() {
        for (const auto& node : network.nodes()) (void)kill_node(node);
    }
    const NodeFolder& node(std::size_t position) const { return network.nodes()[position]; }
    void tell(std::size_t position, const std::string& what, const std::string& text = {}) const {
        std::ofstream(node(position).folder + "/" + what) << text;
    }
    pid_t start(std::size_t position) const {
        const auto pid = start_node(node(position), kStandIn);
        REQUIRE(pid);
        REQUIRE(await_listening(node(position), *pid, Clock::now() + milliseconds(10'000)));
        return *pid;
    }

    testing::TempFolder temp;
    NetworkFolder network;
};

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

TEST_CASE("A node that ends while it starts is named, with the end of its log") {
    Stage stage;
    stage.tell(1, "fail", "error[corrupt_block]: block 7 does not hold");
    StartOptions options;
    options.binary = kStandIn;
    const auto up = network_up(stage.network, options);
    REQUIRE_FALSE(up);
    CHECK(up.error().code == api::errc::io_failed);
    for (const char* part : {"n2", "exit code 1", "block 7 does not hold", "n2/node.log"}) {
        CHECK(up.error().context.find(part) != std::string::npos);
    }
    // The others do not stay behind.
    for (const auto& node : stage.network.nodes()) {
        CHECK(inspect(node).state == ProcessState::stopped);
    }
}

TEST_CASE("A port that is taken has a code of its own, of this start and not of an earlier one") {
    Stage stage;
    StartOptions options;
    options.binary = kStandIn;
    stage.tell(0, "fail", "error[address_in_use]: 127.0.0.1:7101");
    CHECK(network_up(stage.network, options).error().code == api::errc::address_in_use);
    stage.tell(0, "fail", "error[bad_config]: something else");
    CHECK(network_up(stage.network, options).error().code == api::errc::io_failed);
}

TEST_CASE("A node that never listens ends the waiting, not the patience") {
    Stage stage;
    stage.tell(0, "silent");
    StartOptions options;
    options.binary = kStandIn;
    options.deadline = milliseconds(300);
    const auto up = network_up(stage.network, options);
    REQUIRE_FALSE(up);
    CHECK(up.error().context.find("n1 does not listen yet") != std::string::npos);
    CHECK(inspect(stage.node(0)).state == ProcessState::stopped);
}

TEST_CASE("A network of which nobody answers is not up") {
    Stage stage;  // stand-ins listen, they say, but do not
    StartOptions options;
    options.binary = kStandIn;
    options.deadline = milliseconds(500);
    const auto up = network_up(stage.network, options);
    REQUIRE_FALSE(up);
    CHECK(up.error().code == api::errc::not_ready);
    CHECK(up.error().context.find("n1 is not ready") != std::string::npos);
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

TEST_CASE("clean ends and removes a network, and nothing else") {
    Stage stage;
    stage.start(0);
    REQUIRE(network_clean(stage.network.path()));
    CHECK(inspect(stage.node(0)).state == ProcessState::stopped);
    CHECK_FALSE(std::filesystem::exists(stage.network.path()));
    CHECK(network_clean(stage.temp.path()).error().code == api::errc::bad_config);
    CHECK(std::filesystem::exists(stage.temp.path()));
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
