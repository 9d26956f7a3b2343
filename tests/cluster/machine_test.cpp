// What one bad machine, one hungry client or one impatient operator does to a network: it goes on.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "network/network_folder.h"
#include "network/process.h"
#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::string built_binary() {
    const char* chosen = std::getenv("TALLYSTICK_BINARY");
    return chosen != nullptr ? chosen : TALLY_BINARY_DIR "/tallystick";
}

/// A program that limits itself with `ulimit ARGUMENTS` and becomes tallystick.
class LimitedBinary {
public:
    explicit LimitedBinary(const std::string& arguments)
        : path_((fs::temp_directory_path() / ("tally-limited-" + std::to_string(::getpid())))
                    .string()) {
        std::ofstream(path_) << "#!/bin/sh\nulimit " << arguments << " || exit 1\nexec '"
                             << built_binary() << "' \"$@\"\n";
        REQUIRE(::chmod(path_.c_str(), 0700) == 0);
    }
    LimitedBinary(const LimitedBinary&) = delete;
    LimitedBinary& operator=(const LimitedBinary&) = delete;
    ~LimitedBinary() { fs::remove(path_); }
    ClusterOptions options() const {
        ClusterOptions options;
        options.binary = path_;
        return options;
    }

private:
    std::string path_;
};

/// Connections that say nothing.
class IdleConnections {
public:
    IdleConnections() = default;
    IdleConnections(const IdleConnections&) = delete;
    IdleConnections& operator=(const IdleConnections&) = delete;
    ~IdleConnections() {
        for (const int socket : sockets_) ::close(socket);
    }

    void open(std::uint16_t port, std::size_t count) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        for (std::size_t i = 0; i < count; ++i) {
            sockets_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
            REQUIRE(::connect(sockets_.back(), reinterpret_cast<const sockaddr*>(&address),
                              sizeof address) == 0);
        }
    }
    /// What came on the newest one, until the server closed it.
    std::string newest_answer() const {
        std::string text;
        char part[4096];
        ssize_t size = 0;
        while ((size = ::read(sockets_.back(), part, sizeof part)) > 0) {
            text.append(part, static_cast<std::size_t>(size));
        }
        return text;
    }

private:
    std::vector<int> sockets_;
};

std::size_t open_files(pid_t pid) {
    const fs::directory_iterator files("/proc/" + std::to_string(pid) + "/fd");
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TEST_CASE("idle connections leave a node the descriptors that it needs, and are told so") {
    // Goal: the hard limit is the end of connections, never of stores or peers.
    constexpr std::size_t kLimit = 280;
    const LimitedBinary binary("-n " + std::to_string(kLimit));
    LocalCluster cluster{binary.options()};
    const Grants grants(cluster);
    const std::size_t leader = cluster.await_leader();
    const pid_t pid = cluster.pid(leader);
    IdleConnections idle;
    idle.open(cluster.api_port(leader), 400);
    const std::string answer = idle.newest_answer();
    CHECK(answer.find("HTTP/1.1 503 ") == 0);
    CHECK(answer.find("overloaded") != std::string::npos);
    CHECK(answer.find("Retry-After: 1") != std::string::npos);
    CHECK(open_files(pid) < kLimit - 64);
    for (int i = 0; i < 5; ++i) {
        CHECK(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    }
    // Silence does not keep others out for long: the oldest idle one makes room.
    client::ClientOptions options;
    options.urls = {cluster.url(leader)};
    options.deadline = milliseconds(20'000);
    CHECK(cluster.make_client(options).get("/v1/genesis"));
    CHECK(cluster.pid(leader) == pid);
}

TEST_CASE("the soft limit of open files is not where a node stops") {
    const LimitedBinary binary("-Sn 128");
    LocalCluster cluster{binary.options()};
    std::ifstream file("/proc/" + std::to_string(cluster.pid(0)) + "/limits");
    const std::string limits{std::istreambuf_iterator<char>(file),
                             std::istreambuf_iterator<char>()};
    const std::size_t row = limits.find("Max open files");
    REQUIRE(row != std::string::npos);
    std::string soft;
    std::string hard;
    std::istringstream(limits.substr(row + 14)) >> soft >> hard;
    CHECK(soft == hard);
    CHECK(soft != "128");
}

TEST_CASE("too few descriptors for a node are refused with what to do") {
    const LimitedBinary binary("-n 100");
    ClusterOptions options = binary.options();
    CHECK_THROWS_WITH(LocalCluster{options},
                      Catch::Contains("may open 100 files") && Catch::Contains("ulimit"));
}

TEST_CASE("a client goes on when the first node that it knows hangs") {
    LocalCluster cluster{3};
    const Grants grants(cluster);
    const auto receipt = cluster.submit({"lender"}, grants.fresh(), kToday);
    for (std::size_t each = 0; each < 3; ++each) {
        // A confirmed reading: without a leader, a node can say only what it has applied by then.
        client::ClientOptions one;
        one.urls = {cluster.url(each)};
        REQUIRE(cluster.make_client(one).entry(receipt.transactions[0].entry));
    }
    const std::size_t hung = GENERATE(0U, 1U);  // now the leader, now a follower
    const std::size_t leader = cluster.await_leader();
    const std::size_t node = hung == 0 ? leader : (leader + 1) % 3;
    cluster.pause(node);
    client::ClientOptions options;
    options.urls = {cluster.url(node), cluster.url((node + 1) % 3), cluster.url((node + 2) % 3)};
    // One attempt may last as long as the call: only asking another node saves it.
    options.deadline = options.attempt_timeout = milliseconds(20'000);
    auto client = cluster.make_client(options);
    const auto begin = Clock::now();
    CHECK(client.entry(receipt.transactions[0].entry));
    const auto submission = cluster.sign({"lender"}, grants.fresh(), kToday);
    const auto booked = client.submit(submission);
    REQUIRE(booked);
    CHECK(booked->all_accepted());
    CHECK(Clock::now() - begin < options.deadline);
    cluster.resume(node);
    // What the hung node was sent is the same submission: it is on record once.
    cluster.await_ready();
    const auto again = client.submit(submission);
    REQUIRE(again);
    CHECK(again->transactions[0].entry == booked->transactions[0].entry);
}

TEST_CASE("SIGTERM ends a node cleanly, however soon after its start it comes") {
    LocalCluster cluster{1};
    cluster.stop(0);
    const auto network = network::NetworkFolder::open(cluster.folder());
    REQUIRE(network);
    const auto& node = network->nodes()[0];
    for (int waits = 0; waits < 12; ++waits) {
        const auto pid = network::start_node(node, built_binary());
        REQUIRE(pid);
        // At once, then ever later into the start; the last ones find a node that listens.
        const auto moment = Clock::now() + milliseconds(waits * waits);
        while (Clock::now() < moment) std::this_thread::yield();
        REQUIRE(::kill(*pid, SIGTERM) == 0);
        int status = 0;
        REQUIRE(::waitpid(*pid, &status, 0) == *pid);
        INFO("after " << waits * waits << " ms\n" << network::log_tail(node, 20));
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0);
    }
    cluster.start(0);
    cluster.await_ready();
}

TEST_CASE("a node that can open no more files says so in its log, and goes on when it can") {
    // Goal: it waits without a word otherwise, and nothing tells why.
    LocalCluster cluster{3};
    const auto limit_files = [&](rlim_t files) {
        rlimit limit{};
        REQUIRE(::prlimit(cluster.pid(1), RLIMIT_NOFILE, nullptr, &limit) == 0);
        limit.rlim_cur = files;
        REQUIRE(::prlimit(cluster.pid(1), RLIMIT_NOFILE, &limit, nullptr) == 0);
    };
    const auto says = [&](const std::string& words) {
        return within_patience([&] { return cluster.log(1).find(words) != std::string::npos; });
    };
    limit_files(12);
    CHECK(says("no file can be opened: this process may have 12 open"));
    limit_files(1024);
    CHECK(says("files can be opened again"));
    cluster.await_ready();
}

}  // namespace
}  // namespace tally::testing
