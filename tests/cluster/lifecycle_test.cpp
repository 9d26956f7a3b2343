// LocalCluster as a tool: what it starts, finds, stops and leaves behind.

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <thread>

#include "client/trust.h"
#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

TEST_CASE("A cluster is ready when it is constructed, and gone when it ends") {
    ::unsetenv("TALLYSTICK_KEEP");
    std::string folder;
    std::set<pid_t> pids;
    {
        const auto begin = Clock::now();
        LocalCluster cluster{3};
        WARN("three nodes were ready after "
             << std::chrono::duration_cast<milliseconds>(Clock::now() - begin).count() << " ms");
        folder = cluster.folder();
        CHECK(cluster.size() == 3);
        std::set<std::uint16_t> ports;
        for (std::size_t node = 0; node < cluster.size(); ++node) {
            CHECK(cluster.running(node));
            pids.insert(cluster.pid(node));
            ports.insert(cluster.api_port(node));
            CHECK(cluster.status(node).text("name") == "n" + std::to_string(node + 1));
        }
        CHECK(pids.size() == 3);
        CHECK(ports.size() == 3);
        CHECK(cluster.await_leader() < 3);
        const auto trust = client::NetworkTrust::load(cluster.trust_path());
        REQUIRE(trust);
        CHECK(trust->network == cluster.genesis().network_id());
        CHECK(cluster.client().genesis().value() == trust->genesis_bytes);
        // Paused processes must not survive either.
        cluster.pause(1);
        CHECK_FALSE(cluster.running(1));
    }
    CHECK_FALSE(std::filesystem::exists(folder));
    for (const pid_t pid : pids) CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("Clusters of one and of five nodes work, also beside each other") {
    LocalCluster one{1};
    LocalCluster five{5};
    CHECK(one.await_leader() == 0);
    Contract single(one);
    Contract many(five);
    CHECK(one.client().submit(single.next_repayment())->all_accepted());
    five.kill(five.await_leader());
    five.kill(five.await_leader());
    CHECK(five.client().submit(many.next_repayment())->all_accepted());
}

TEST_CASE("What a test does wrong is said in words") {
    LocalCluster cluster{1};
    CHECK_THROWS_AS(cluster.kill(1), ClusterError);
    CHECK_THROWS_AS(cluster.start(0), ClusterError);  // it runs
    cluster.kill(0);
    CHECK_THROWS_AS(cluster.kill(0), ClusterError);
    CHECK_THROWS_AS(cluster.status(0), ClusterError);
    CHECK_THROWS_AS(cluster.await_leader(milliseconds(50)), ClusterError);
    CHECK_THROWS_AS(cluster.key("nobody"), ClusterError);
    CHECK_THROWS_AS(LocalCluster{0}, ClusterError);
    ClusterOptions options;
    options.binary = "/bin/false";
    CHECK_THROWS_WITH(LocalCluster(options), Catch::Contains("n1"));
}

TEST_CASE("Stopped gracefully and started again, a network goes on where it was") {
    LocalCluster cluster{3};
    Contract contract(cluster);
    for (int i = 0; i < 5; ++i) REQUIRE(cluster.client().submit(contract.next_repayment()));
    for (std::size_t node = 0; node < 3; ++node) cluster.stop(node);
    for (std::size_t node = 0; node < 3; ++node) CHECK(cluster.pid(node) == 0);
    for (std::size_t node = 0; node < 3; ++node) cluster.start(node);
    cluster.await_ready();
    CHECK(cluster.client().submit(contract.next_repayment())->all_accepted());
    CHECK(cluster.client().contract(contract.id())->integer(kRepaid) == 6);
    CHECK(first_difference(cluster) == "");
}

TEST_CASE("A test process that is killed leaves neither processes nor a folder") {
    ::unsetenv("TALLYSTICK_KEEP");
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::setpgid(0, 0);
        ::close(pipe_ends[0]);
        LocalCluster cluster{3};
        cluster.pause(1);
        std::string found = cluster.folder();
        for (std::size_t i = 0; i < 3; ++i) found += " " + std::to_string(cluster.pid(i));
        found += "\n";
        (void)!::write(pipe_ends[1], found.data(), found.size());
        ::pause();
        ::_exit(1);
    }
    ::close(pipe_ends[1]);
    std::string text;
    char letter = 0;
    while (::read(pipe_ends[0], &letter, 1) == 1 && letter != '\n') text += letter;
    ::close(pipe_ends[0]);
    REQUIRE_FALSE(text.empty());
    REQUIRE(::kill(-child, SIGKILL) == 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    const std::string folder = text.substr(0, text.find(' '));
    const auto deadline = Clock::now() + milliseconds(10'000);
    while (std::filesystem::exists(folder)) {
        REQUIRE(Clock::now() < deadline);
        std::this_thread::sleep_for(milliseconds(10));
    }
    std::istringstream numbers(text.substr(text.find(' ')));
    pid_t pid = 0;
    std::size_t count = 0;
    for (; numbers >> pid; ++count) {
        // Its parent is gone: whoever inherited it may not have reaped it yet.
        std::ifstream arguments("/proc/" + std::to_string(pid) + "/cmdline");
        CHECK(std::string(std::istreambuf_iterator<char>(arguments), {}).empty());
    }
    CHECK(count == 3);
}

}  // namespace
}  // namespace tally::testing
