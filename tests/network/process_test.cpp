#include "network/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "api/errc.h"
#include "network/network_state.h"
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

// Goal: no command leaves a node behind that it could have ended, nor takes it for stopped.
TEST_CASE("A node is found after its folder was renamed, and by the place where it is now") {
    Stage stage;
    const pid_t pid = stage.start(0);
    const std::string before = stage.network.path();
    const std::string after = stage.temp.path() + "/renamed";
    std::filesystem::rename(before, after);
    const auto moved = running_nodes(after);
    REQUIRE(moved.size() == 1);
    CHECK(moved[0].name == "n1");
    CHECK(inspect(moved[0]).pid == pid);
    const Error said = with_running(after, Error{api::errc::bad_config, "does not open"});
    CHECK(said.context.find("n1 (process " + std::to_string(pid) + ")") != std::string::npos);
    CHECK(said.context.find("`tallystick network down --dir " + after + "`") != std::string::npos);
    // A new network at the old place has nothing to do with it.
    InitOptions options;
    options.folder = before;
    options.free_ports = true;
    const auto anew = NetworkFolder::init(NetworkSpec::development(3), options);
    REQUIRE(anew);
    CHECK(inspect(anew->nodes()[0]).pid == 0);
    CHECK(running_nodes(before).empty());
    REQUIRE(nodes_down(after, moved, milliseconds(10'000)));
    CHECK(running_nodes(after).empty());
}

TEST_CASE("Nodes are ended without the network.pub of their folder") {
    Stage stage;
    stage.start(0);
    stage.start(2);
    std::filesystem::remove(stage.network.trust_path());
    CHECK_FALSE(NetworkFolder::open(stage.network.path()));
    const auto nodes = running_nodes(stage.network.path() + "/");
    REQUIRE(nodes.size() == 2);
    CHECK(nodes[1].name == "n3");
    REQUIRE(kill_node(nodes[1]));
    REQUIRE(nodes_down(stage.network.path(), nodes, milliseconds(10'000)));
    CHECK(inspect(stage.node(0)).pid == 0);
}

TEST_CASE("A node of a folder that was removed is no node of the one in its place, and is ended") {
    Stage stage;
    const pid_t pid = stage.start(0);
    const std::string path = stage.network.path();
    std::filesystem::remove_all(path);
    CHECK(running_nodes(path).size() == 1);
    InitOptions options;
    options.folder = path;
    options.free_ports = true;
    const auto anew = NetworkFolder::init(NetworkSpec::development(3), options);
    REQUIRE(anew);
    const auto process = inspect(anew->nodes()[0]);
    CHECK(process.pid == pid);
    CHECK(process.fault.find("of a folder that was removed") != std::string::npos);
    StartOptions start;
    start.binary = kStandIn;
    start.only = "n1";
    const auto up = network_up(*anew, start);
    REQUIRE_FALSE(up);
    CHECK(up.error().context.find("network down --node n1 --dir " + path) != std::string::npos);
    REQUIRE(network_down(*anew, milliseconds(10'000)));
    CHECK(inspect(anew->nodes()[0]).pid == 0);
}

TEST_CASE("A node whose folder was moved under it is found, works on, and is ended") {
    Stage stage;
    const pid_t pid = stage.start(0);
    stage.start(1);
    const std::string moved = stage.node(0).folder + "x";
    std::filesystem::rename(stage.node(0).folder, moved);
    const auto seen = inspect(stage.node(0));
    CHECK(seen.pid == pid);
    CHECK(seen.state == ProcessState::running);
    CHECK(seen.fault.empty());
    CHECK(seen.moved_to == moved);
    const auto network = NetworkFolder::open(stage.network.path());
    REQUIRE(network);
    const auto nodes = network_status(*network);
    CHECK(way_back(*network, nodes).find("`mv -T " + moved + " " + stage.node(0).folder + "`") !=
          std::string::npos);
    CHECK(advice_on(*network, nodes[0]).find("works on in " + moved) != std::string::npos);
    SECTION("and nobody starts a copy of it beside it") {
        std::filesystem::copy(moved, stage.node(0).folder,
                              std::filesystem::copy_options::recursive);
        const auto process = inspect(stage.node(0));
        CHECK(process.pid == pid);
        CHECK(process.fault.find("no more than a copy") != std::string::npos);
        CHECK_FALSE(start_node(stage.node(0), kStandIn));
        // The command that is shown makes it the node's own again.
        const std::size_t begin = process.fault.find('`') + 1;
        const auto back = process.fault.substr(begin, process.fault.find('`', begin) - begin);
        CHECK(std::system(back.c_str()) == 0);
        CHECK(inspect(stage.node(0)).fault.empty());
        CHECK(inspect(stage.node(0)).moved_to.empty());
        CHECK(std::filesystem::exists(stage.node(0).folder + ".other"));
    }
    REQUIRE(network_down(*network, milliseconds(10'000)));
    CHECK(inspect(stage.node(0)).pid == 0);
    CHECK(inspect(stage.node(1)).pid == 0);
}

TEST_CASE("A network that was moved while it ran has made room for another one") {
    Stage stage;
    const pid_t pid = stage.start(0);
    const std::string path = stage.network.path();
    std::filesystem::rename(path, path + ".old");
    InitOptions options;
    options.folder = path;
    options.free_ports = true;
    const auto anew = NetworkFolder::init(NetworkSpec::development(3), options);
    REQUIRE(anew);
    CHECK(inspect(anew->nodes()[0]).pid == 0);
    const auto left = running_nodes(path + ".old");
    REQUIRE(left.size() == 1);
    CHECK(inspect(left[0]).pid == pid);
    REQUIRE(nodes_down(path + ".old", left, milliseconds(10'000)));
    CHECK(inspect(left[0]).pid == 0);
}

TEST_CASE("A node is known however its configuration was named") {
    Stage stage;
    const std::string odd = stage.node(0).folder + "/../n1/node.toml";
    const pid_t child = ::fork();
    if (child == 0) {
        ::execlp("sh", "sh", "-c", "while :; do sleep 0.1; done", "node", "node",
                 ("--config=" + odd).c_str(), nullptr);
        ::_exit(127);
    }
    REQUIRE(child > 0);
    const auto deadline = Clock::now() + milliseconds(10'000);
    while (inspect(stage.node(0)).pid != child && Clock::now() < deadline) {
        std::this_thread::sleep_for(milliseconds(5));
    }
    CHECK(inspect(stage.node(0)).pid == child);
    CHECK(kill_node(stage.node(0)));
    int status = 0;
    ::waitpid(child, &status, 0);
}

// Goal: a folder whose data somebody has open is never removed under it.
TEST_CASE("Data that a process has open which is no node keep the folder, and name the process") {
    Stage stage;
    std::filesystem::create_directories(stage.node(0).folder + "/blocks");
    const std::string path = stage.node(0).folder + "/blocks/LOCK";
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const int file = ::open(path.c_str(), O_RDWR | O_CREAT, 0644);
        struct flock lock {};
        lock.l_type = F_WRLCK;
        lock.l_whence = SEEK_SET;
        (void)!::write(ready[1], ::fcntl(file, F_SETLK, &lock) == 0 ? "y" : "n", 1);
        for (;;) ::pause();
    }
    REQUIRE(child > 0);
    char answer = 0;
    REQUIRE(::read(ready[0], &answer, 1) == 1);
    CHECK(answer == 'y');
    const std::string number = std::to_string(child);
    CHECK(inspect(stage.node(0)).fault.find("process " + number) != std::string::npos);
    for (const Status& status : {network_down(stage.network, milliseconds(100)),
                                 network_clean(stage.network.path()), kill_node(stage.node(0))}) {
        REQUIRE_FALSE(status);
        CHECK(status.error().context.find("kill " + number) != std::string::npos);
    }
    CHECK_FALSE(start_node(stage.node(0), kStandIn));
    CHECK(NetworkFolder::open(stage.network.path()));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    CHECK(inspect(stage.node(0)).pid == 0);
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

TEST_CASE("What is held until the exit ends no program that has said its last word") {
    // Goal: the exit code is the outcome's, or who goes by it books once more.
    for (const bool exits : {false, true}) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::signal(SIGTERM, SIG_DFL);
            if (exits) HeldSignals::exit_follows();
            {
                const HeldSignals held(HeldSignals::Until::exit);
                ::raise(SIGTERM);
            }
            ::_exit(7);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(exits == (WIFEXITED(status) && WEXITSTATUS(status) == 7));
        CHECK(exits != (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM));
    }
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
