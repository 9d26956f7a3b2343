// After the harm: what still has to work, and what may stay broken for ever. Either a random quorum
// lives and the rest stays dead; or all live, and something stays wrong with the links or with one
// of them that the others can do without.

#include <algorithm>

#include "tests/simulation/simulator.h"

namespace tally::simulation {

namespace {

enum class Lasting : std::uint8_t {
    dead_minority,
    missing_links,  ///< some pairs never hear each other, one way or both
    mute,           ///< one node's blocks reach nobody: what is small gets through
    hung_disk,      ///< one node's disk never answers again
    full_disk,
    unreadable,  ///< one node reads no block back for others
    wrong_clock,
};
constexpr std::uint64_t kLastingKinds = 7;
/// One of fewer cannot be done without.
constexpr std::size_t kNodesMin = 3;

constexpr Millis kCertifiedWithin{15'000};
constexpr Millis kLastLosses{4000};
constexpr Millis kSilence{3000};
constexpr int kSilencesMax = 10;

}  // namespace

/// Everything works, but for one thing that lasts.
void Simulator::stop_harm() {
    harmful_ = false;
    loss_percent_ = repeat_percent_ = damage_permille_ = 0;
    delay_slowest_ = Millis(5);
    cut_.clear();
    clogged_until_.clear();
    for (NodeId id : ids_) {
        SimNode& node = *nodes_.at(id);
        node.set_disk(Millis(0), chance(20) ? between(10, 30) : Millis(5));
        node.set_clock_offset(Millis(0));
        node.set_starved(Millis(0));
        node.set_full(false);
        node.set_lying(false);
        node.set_refusing(false);
        node.set_fetch_failures(0);
        node.set_damage(0);
    }
    choose_lasting();
    for (NodeId id : ids_) {
        SimNode& node = *nodes_.at(id);
        if (dead_.contains(id)) {
            if (node.up()) node.crash(0);
            watching_.erase(id);
            continue;
        }
        // Whoever it lied to follows it no further in that term, which must end for that.
        if (id == liar_ && node.up()) node.crash(0);
        if (!node.up()) {
            node.start();
        } else if (node.frozen()) {
            node.thaw();
        }
    }
    for (Client& client : clients_) client.done = 0;
}

void Simulator::choose_lasting() {
    auto lasting = static_cast<Lasting>(random_.below(kLastingKinds + 3));
    // A node whose memory is wrong is one that the others do without.
    const bool alone = ids_.size() < kNodesMin || rotting_ != consensus::kNobody;
    // Who recovers needs all that have forgotten nothing.
    const bool forgot = options_.forgetting;
    if (alone || forgot || lasting > Lasting::wrong_clock) lasting = Lasting::dead_minority;
    const NodeId victim = ids_[random_.below(ids_.size())];
    SimNode& node = *nodes_.at(victim);
    trace(consensus::kNobody, [&] {
        return "liveness " + std::to_string(static_cast<int>(lasting)) + " of node " +
               std::to_string(victim.value);
    });
    switch (lasting) {
        case Lasting::dead_minority:
            return keep_quorum();
        case Lasting::missing_links:
            return miss_links();
        case Lasting::mute:
            mute_.insert(victim);
            return;
        case Lasting::hung_disk:
            excused_ = victim;
            return node.set_hung(true);
        case Lasting::full_disk:
            return node.set_full(true);
        case Lasting::unreadable:
            return node.set_unreadable(true);
        case Lasting::wrong_clock:
            // Of three it may be one of the last two: then time stands still. In a larger quorum
            // that needs it, it refuses what the others date. What the dead told counts for a
            // minute.
            if (ids_.size() == kNodesMin && chance(50)) keep_quorum();
            patience_ = Millis(60'000);
            node.set_clock_offset(between(-300'000, 300'000));
            oracles_.on_clock(victim, node.clock_offset());
            return;
    }
}

void Simulator::keep_quorum() {
    std::vector<NodeId> order = ids_;
    for (std::size_t at = order.size(); at > 1; --at) {
        std::swap(order[at - 1], order[random_.below(at)]);
    }
    std::stable_partition(order.begin(), order.end(), [this](NodeId id) { return id != rotting_; });
    dead_.insert(order.begin() + static_cast<std::ptrdiff_t>(living_at_end()), order.end());
}

bool Simulator::reaches_quorum(NodeId id) const {
    std::size_t reached = 0;
    for (NodeId other : ids_) {
        reached += cut_.contains({id, other}) || cut_.contains({other, id}) ? 0U : 1U;
    }
    return reached > ids_.size() / 2;
}

/// As many as leave each node a quorum of its own: else the one that could lead need not be the one
/// that is up to date.
void Simulator::miss_links() {
    for (int attempt = 0; attempt < 8; ++attempt) {
        const NodeId from = ids_[random_.below(ids_.size())];
        const NodeId to = ids_[random_.below(ids_.size())];
        if (from == to) continue;
        std::set<Link> before = cut_;
        cut_.insert({from, to});
        if (chance(50)) cut_.insert({to, from});
        if (!reaches_quorum(from) || !reaches_quorum(to)) cut_ = std::move(before);
    }
    trace(consensus::kNobody, [&] {
        std::string text = "missing links:";
        for (const auto& [from, to] : cut_) {
            text += " " + std::to_string(from.value) + ">" + std::to_string(to.value);
        }
        return text;
    });
}

/// The rest is repaired too, but for the dead.
void Simulator::heal() {
    trace(consensus::kNobody, [] { return std::string("heal"); });
    cut_.clear();
    mute_.clear();
    excused_ = consensus::kNobody;
    for (NodeId id : ids_) {
        SimNode& node = *nodes_.at(id);
        node.set_hung(false);
        node.set_full(false);
        node.set_unreadable(false);
        node.set_clock_offset(Millis(0));
    }
}

/// Every client was served, and all living nodes have applied everything.
bool Simulator::judge_liveness() {
    for (const Client& client : clients_) {
        if (client.done < 3) return false;
    }
    for (NodeId id : ids_) {
        // Who does not hear the leader cannot keep up with it.
        if (is_excused(id) || !cut_.empty()) continue;
        const SimNode& node = *nodes_.at(id);
        if (!node.up() || node.applied() < oracles_.committed()) return false;
        if (node.log().is_recovering()) return false;
    }
    return true;
}

std::uint64_t Simulator::highest_term() const {
    std::uint64_t highest = 0;
    for (NodeId id : ids_) {
        const SimNode& node = *nodes_.at(id);
        if (node.core() != nullptr) {
            highest = std::max(highest, node.core()->soft_state().term.value);
        }
    }
    return highest;
}

/// Nobody asks for anything any more: what was sealed is certified, whatever signatures were lost,
/// and then the nodes have nothing to say to each other about it, and no reason to elect. What was
/// on its way for long may still become a block; then it begins again.
void Simulator::check_silence() {
    resting_ = true;
    // The last signatures are lost in part, and no later seal covers them.
    loss_percent_ = 50;
    run_until(now_ + kLastLosses, [] { return false; });
    loss_percent_ = 0;
    for (int attempt = 0; attempt < kSilencesMax && !oracles_.failed(); ++attempt) {
        if (!await_certified()) {
            return oracles_.fail("a healthy quorum leaves a seal without a certificate");
        }
        const consensus::Index committed = oracles_.committed();
        run_until(now_ + kSilence / 3, [] { return false; });
        const std::uint64_t before = oracles_.checkpoint_messages();
        const std::uint64_t term = highest_term();
        run_until(now_ + kSilence, [] { return false; });
        if (highest_term() != term) oracles_.fail("an idle, healthy network elects");
        if (oracles_.checkpoint_messages() == before) return;
        if (oracles_.committed() == committed) break;
    }
    oracles_.fail("an idle network talks about checkpoints");
}

bool Simulator::await_certified() {
    bool certified = false;
    std::uint64_t steps = 0;
    run_until(now_ + kCertifiedWithin, [&] {
        if (++steps % 16 != 0) return false;
        certified = std::all_of(ids_.begin(), ids_.end(), [this](NodeId id) {
            return dead_.contains(id) || nodes_.at(id)->all_certified();
        });
        return certified;
    });
    return certified;
}

}  // namespace tally::simulation
