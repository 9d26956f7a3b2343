#include "network/ports.h"

#include <filesystem>
#include <fstream>
#include <set>

#include "api/errc.h"
#include "network/listener.h"
#include "tests/network/stage.h"
#include "tests/support/catch.h"

namespace tally::network {
namespace {

using testing::Stage;

TEST_CASE("Chosen ports are different, and not among those of outgoing connections") {
    std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
    std::uint32_t first_outgoing = 32'768;
    file >> first_outgoing;
    const auto ports = choose_free_ports(30);
    REQUIRE(ports);
    CHECK(std::set<std::uint16_t>(ports->begin(), ports->end()).size() == 30);
    for (const auto port : *ports) {
        CHECK(port >= 1024);
        if (first_outgoing > 21'001) CHECK(port < first_outgoing);
    }
}

TEST_CASE("A port that somebody listens on is not free, and who it is can be told") {
    // Goal: whoever finds a port taken is told which network it is and how that is stopped.
    const Stage stage;
    stage.tell(0, "answers", "0");
    const pid_t pid = stage.start(0);
    const std::string& listen = stage.node(0).api_listen;
    const auto port = static_cast<std::uint16_t>(std::stoi(listen.substr(listen.rfind(':') + 1)));
    CHECK_FALSE(is_free_port(port));
    CHECK(listener_on(port) == pid);
    const std::string& folder = stage.network.path();
    CHECK(listener_words(listen) == "n1 of the network in " + folder + " (process " +
                                        std::to_string(pid) + "; `tallystick network down --dir " +
                                        folder + "` stops that network)");
    REQUIRE(kill_node(stage.node(0)));
    CHECK(is_free_port(port));
    CHECK(listener_words(listen).empty());
}

TEST_CASE("A node that ends because its port is taken says who has it, and to clean nothing") {
    const Stage other;
    other.tell(0, "answers", "0");
    other.start(0);
    const Stage stage;
    network::NodeFolder node = stage.node(1);
    node.api_listen = other.node(0).api_listen;
    stage.tell(1, "fail", "error[address_in_use]: api.listen: " + node.api_listen);
    const auto pid = start_node(node, testing::kStandIn);
    REQUIRE(pid);
    const auto listening =
        await_listening(node, *pid, testing::Clock::now() + std::chrono::seconds(10));
    REQUIRE_FALSE(listening);
    CHECK(listening.error().code == api::errc::address_in_use);
    const std::string& said = listening.error().context;
    CHECK(said.find(node.api_listen + " is held by n1 of the network in " + other.network.path()) !=
          std::string::npos);
    CHECK(said.find("network clean") == std::string::npos);
}

TEST_CASE("A network that is to run at once is not made where a port of it is taken") {
    const Stage other;
    other.tell(2, "answers", "0");
    other.start(2);
    const std::string& listen = other.node(2).api_listen;
    InitOptions options;
    options.folder = other.temp.path() + "/second";
    options.peer_port = static_cast<std::uint16_t>(std::stoi(listen.substr(listen.rfind(':') + 1)));
    options.check_ports = true;
    const auto refused = NetworkFolder::init(NetworkSpec::development(1), options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == api::errc::address_in_use);
    CHECK(refused.error().context.find("nothing was made") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(options.folder));
}

}  // namespace
}  // namespace tally::network
