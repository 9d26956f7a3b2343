#include "network/ports.h"

#include <fstream>
#include <set>

#include "tests/support/catch.h"

namespace tally::network {
namespace {

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

}  // namespace
}  // namespace tally::network
