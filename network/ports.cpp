#include "network/ports.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <fstream>
#include <random>

#include "api/errc.h"
#include "base/descriptor.h"

namespace tally::network {
namespace {

constexpr std::uint16_t kPortMin = 20'000;
constexpr std::uint16_t kPortMax = 32'767;  // Linux gives out ports from 32768 by default
constexpr int kTriesPerPort = 200;

/// Listens nowhere: holds the port until it goes out of scope, so that none is chosen twice.
class HeldPort {
public:
    /// `shared`: connections that have just ended there do not count, as for a node.
    explicit HeldPort(std::uint16_t port, bool shared = false)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int yes = shared ? 1 : 0;
        (void)::setsockopt(socket_.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        bound_ = socket_.number() >= 0 &&
                 ::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address),
                        sizeof(address)) == 0;
    }
    bool bound() const { return bound_; }

private:
    Descriptor socket_;
    bool bound_ = false;
};

std::uint16_t port_max() {
    std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
    std::uint32_t first = 0;
    if (file >> first && first > kPortMin + 1000 && first <= 65'535) {
        return static_cast<std::uint16_t>(first - 1);
    }
    return kPortMax;
}

}  // namespace

Result<std::vector<std::uint16_t>> choose_free_ports(std::size_t count) {
    std::random_device entropy;
    std::mt19937 random(entropy());
    std::uniform_int_distribution<std::uint16_t> any(kPortMin, port_max());
    std::vector<std::uint16_t> ports;
    std::vector<HeldPort> held;
    for (std::size_t tries = 0; ports.size() < count; ++tries) {
        if (tries == count * kTriesPerPort) {
            return fail(api::errc::address_in_use, "no free TCP ports on 127.0.0.1 from " +
                                                       std::to_string(kPortMin) + " to " +
                                                       std::to_string(port_max()));
        }
        const std::uint16_t port = any(random);
        HeldPort candidate(port);
        if (!candidate.bound()) continue;
        held.push_back(std::move(candidate));
        ports.push_back(port);
    }
    return ports;
}

bool is_free_port(std::uint16_t port) { return HeldPort(port, true).bound(); }

}  // namespace tally::network
