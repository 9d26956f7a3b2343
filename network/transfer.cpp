#include "network/transfer.h"

#include <algorithm>
#include <thread>

#include "api/errc.h"
#include "network/commands.h"
#include "network/network_state.h"

namespace tally::network {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLook{20};

const NodeProcess* find(const std::vector<NodeProcess>& nodes, const std::string& name) {
    const auto found = std::ranges::find(nodes, name, &NodeProcess::name);
    return found == nodes.end() ? nullptr : &*found;
}

std::string status_command(const NetworkFolder& network) {
    return command_on(network.path(), {"network", "status"});
}

/// What came of it so far: nothing while the one that led still does, or nobody.
Result<std::string> new_leader(const NetworkFolder& network, const NodeProcess& before) {
    const auto nodes = network_status(network);
    std::string leader = state_of(nodes).leader;
    if (leader != before.name) return leader;
    const NodeProcess* now = find(nodes, before.name);
    const bool handled = now != nullptr && now->transfers_asked > before.transfers_asked;
    if (handled && !now->transfer_refused.empty()) {
        return fail(api::errc::not_ready, before.name + " leads on: " + now->transfer_refused +
                                              "; see " + status_command(network));
    }
    return std::string();
}

}  // namespace

Result<LeadChange> transfer_leader(const NetworkFolder& network, const std::string& to,
                                   std::chrono::milliseconds deadline) {
    const auto nodes = network_status(network);
    const NodeProcess* before = find(nodes, state_of(nodes).leader);
    if (before == nullptr) {
        return fail(api::errc::no_quorum, "no node leads, so there is no lead to hand over; see " +
                                              status_command(network));
    }
    if (before->name == to) return LeadChange{to, to};
    const NodeFolder* successor = to.empty() ? nullptr : network.node(to);
    const Status asked =
        order_transfer(*network.node(before->name), successor == nullptr ? 0 : successor->id);
    if (!asked) return asked.error();
    const auto end = Clock::now() + deadline;
    std::string leader;
    while (leader.empty() && Clock::now() < end) {
        std::this_thread::sleep_for(kLook);
        auto found = new_leader(network, *before);
        if (!found) return found.error();
        leader = std::move(*found);
    }
    if (leader.empty() || (!to.empty() && leader != to)) {
        return fail(api::errc::not_ready,
                    (leader.empty() ? before->name + " was asked, and no other node leads yet"
                                    : leader + " leads now, not " + to) +
                        "; see " + status_command(network));
    }
    return LeadChange{before->name, leader};
}

}  // namespace tally::network
