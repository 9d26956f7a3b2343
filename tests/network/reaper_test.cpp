#include "testing/reaper.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "network/process.h"
#include "tests/network/temp_folder.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

const std::string kStandIn = TALLY_BINARY_DIR "/tests/stand_in_node";

network::NetworkFolder network_in(const std::string& folder) {
    network::InitOptions options;
    options.folder = folder;
    options.free_ports = true;
    auto made = network::NetworkFolder::init(network::NetworkSpec::development(3), options);
    REQUIRE(made);
    return std::move(*made);
}

std::vector<std::string> configs_of(const network::NetworkFolder& network) {
    std::vector<std::string> configs;
    for (const auto& node : network.nodes()) configs.push_back(node.config_path());
    return configs;
}

template <typename Condition>
bool within(milliseconds deadline, Condition condition) {
    const auto end = Clock::now() + deadline;
    while (!condition()) {
        if (Clock::now() >= end) return false;
        std::this_thread::sleep_for(milliseconds(10));
    }
    return true;
}

void start(const network::NodeFolder& part) {
    const auto pid = network::start_node(part, kStandIn);
    REQUIRE(pid);
    REQUIRE(network::await_listening(part, *pid, Clock::now() + milliseconds(10'000)));
}

TEST_CASE("The end of the reaper ends the nodes, paused ones too, and removes the folder") {
    TempFolder temp;
    const auto network = network_in(temp.path() + "/net");
    {
        auto reaper = Reaper::start(network.path(), configs_of(network));
        REQUIRE(reaper);
        for (const auto& part : network.nodes()) start(part);
        REQUIRE(network::pause_node(network.nodes()[1]));
    }
    for (const auto& part : network.nodes()) {
        CHECK(network::inspect(part).state == network::ProcessState::stopped);
    }
    CHECK_FALSE(std::filesystem::exists(network.path()));
}

TEST_CASE("The reaper works however this process ends") {
    // A child plays the test process: it owns a reaper and a node, and ends in a hard way.
    TempFolder temp;
    const auto network = network_in(temp.path() + "/net");
    const bool in_group = GENERATE(false, true);
    const int signal = GENERATE(SIGKILL, SIGINT, SIGABRT);
    const pid_t child = ::fork();
    if (child == 0) {
        ::setpgid(0, 0);
        ::signal(signal, SIG_DFL);  // not the test framework's report
        auto reaper = Reaper::start(network.path(), configs_of(network));
        const auto pid = network::start_node(network.nodes()[0], kStandIn);
        if (!reaper || !pid) ::_exit(1);
        ::pause();
        ::_exit(1);
    }
    REQUIRE(child > 0);
    REQUIRE(within(milliseconds(10'000), [&] {
        return network::inspect(network.nodes()[0]).state == network::ProcessState::running;
    }));
    // Ctrl-C goes to the whole group of the terminal: the reaper must not be in it.
    REQUIRE(::kill(in_group ? -child : child, signal) == 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(within(milliseconds(10'000), [&] { return !std::filesystem::exists(network.path()); }));
    CHECK(network::inspect(network.nodes()[0]).state == network::ProcessState::stopped);
}

TEST_CASE("The reaper leaves other processes alone that only have the folder in their arguments") {
    TempFolder temp;
    const auto network = network_in(temp.path() + "/net");
    const auto other = network_in(temp.path() + "/other");
    start(other.nodes()[0]);
    const std::string log = network.nodes()[0].log_path();
    const pid_t reader = ::fork();
    if (reader == 0) {
        ::setpgid(0, 0);
        ::execlp("sh", "sh", "-c", "while :; do sleep 60; done", "node", log.c_str(), nullptr);
        ::_exit(1);
    }
    REQUIRE(reader > 0);
    ::setpgid(reader, reader);
    { REQUIRE(Reaper::start(network.path(), configs_of(network))); }
    CHECK_FALSE(std::filesystem::exists(network.path()));
    CHECK(network::inspect(other.nodes()[0]).state == network::ProcessState::running);
    REQUIRE(network::kill_node(other.nodes()[0]));
    int status = 0;
    CHECK(::waitpid(reader, &status, WNOHANG) == 0);
    ::kill(-reader, SIGKILL);
    REQUIRE(::waitpid(reader, &status, 0) == reader);
}

TEST_CASE("Without a folder it only ends the nodes") {
    TempFolder temp;
    const auto network = network_in(temp.path() + "/net");
    {
        auto reaper = Reaper::start("", configs_of(network));
        REQUIRE(reaper);
        start(network.nodes()[0]);
    }
    CHECK(network::inspect(network.nodes()[0]).state == network::ProcessState::stopped);
    CHECK(std::filesystem::exists(network.path()));
}

}  // namespace
}  // namespace tally::testing
