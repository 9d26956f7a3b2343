// Disks that are replaced by empty ones or by copies of some time ago. Never of more nodes at a
// time than a network can lose: as long as one of them recovers, what it promised is known to
// others only.

#include <algorithm>

#include "tests/simulation/simulator.h"

namespace tally::simulation {

void Simulator::start_forgetting() {
    schedule(between(100, 1500), [this] { copy_one(); });
    schedule(between(300, 3000), [this] { forget_one(); });
}

void Simulator::copy_one() {
    if (!harmful_) return;
    schedule(between(50, 2000), [this] { copy_one(); });
    const NodeId id = ids_[random_.below(ids_.size())];
    copies_[id] = nodes_.at(id)->log().copy();
}

std::size_t Simulator::recovering() const {
    return static_cast<std::size_t>(std::count_if(ids_.begin(), ids_.end(), [this](NodeId id) {
        return nodes_.at(id)->log().is_recovering();
    }));
}

void Simulator::forget_one() {
    if (!harmful_) return;
    schedule(between(100, 3000), [this] { forget_one(); });
    const bool leader = !watching_.empty() && chance(30);
    const NodeId id = leader ? *watching_.rbegin() : ids_[random_.below(ids_.size())];
    SimNode& node = *nodes_.at(id);
    // One that recovers may forget once more: it has promised nothing since.
    const bool again = node.log().is_recovering();
    if (!again && recovering() + 1 > (ids_.size() - 1) / 2) return;
    if (node.up()) node.crash(0);
    watching_.erase(id);
    node.put_back(chance(30) ? SimLog::Copy{} : copies_[id]);
    forgetful_.insert(id);
    ++result_.forgotten;
    if (chance(30)) isolate_with(id);
    restart_later(id, chance(50));
}

/// Who has forgotten meets first somebody who has slept: one of an earlier term, perhaps, that
/// still believes that it leads. The others are cut off for a while.
void Simulator::isolate_with(NodeId id) {
    const NodeId mate = ids_[random_.below(ids_.size())];
    if (mate == id || !nodes_.at(mate)->up()) return;
    const auto inside = [id, mate](NodeId node) { return node == id || node == mate; };
    cut_links([&](NodeId from, NodeId to) { return inside(from) != inside(to); });
    nodes_.at(mate)->thaw();
    schedule(between(20, 60), [this, id] {
        if (!nodes_.at(id)->up() && !dead_.contains(id)) nodes_.at(id)->start();
    });
    schedule(between(200, 3000), [this] { cut_.clear(); });
}

/// How many nodes live in the liveness phase: a majority, or all where some have forgotten, for
/// those count in none.
std::size_t Simulator::living_at_end() const {
    return recovering() > 0 ? ids_.size() : ids_.size() / 2 + 1;
}

}  // namespace tally::simulation
