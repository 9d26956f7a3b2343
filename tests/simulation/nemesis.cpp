// What goes wrong, how often and how long. Each seed has some kinds of harm and not others, so that
// a run with nothing but lost messages exists beside one with everything at once.

#include <algorithm>

#include "api/errc.h"
#include "tests/simulation/simulator.h"

namespace tally::simulation {

namespace {

enum Harm : std::uint32_t {
    kLoss = 1U << 0U,
    kRepeat = 1U << 1U,
    kPartition = 1U << 2U,
    kOneWay = 1U << 3U,
    kCrash = 1U << 4U,
    kFreeze = 1U << 5U,
    kClock = 1U << 6U,
    kDisk = 1U << 7U,
    kClog = 1U << 8U,
    kRefuse = 1U << 9U,
    kDamage = 1U << 10U,
    kTick = 1U << 11U,
    kBurst = 1U << 12U,
    kFull = 1U << 13U,
    kFetch = 1U << 14U,
    kLie = 1U << 15U,
};
constexpr std::uint64_t kHarmKinds = 14;  // that happen at a moment: all but kFetch and kLie
/// A liar among fewer decides alone whether there is a majority.
constexpr std::size_t kNodesWithLiarMin = 3;

constexpr Millis kCertifiedWithin{15'000};
constexpr Millis kLastLosses{4000};
constexpr Millis kSilence{3000};
constexpr int kSilencesMax = 10;

}  // namespace

void Simulator::start_nemesis() {
    harm_permitted_ = static_cast<std::uint32_t>(random_.next() | random_.next());
    if ((harm_permitted_ & kLoss) != 0) loss_percent_ = random_.below(31);
    if ((harm_permitted_ & kRepeat) != 0) repeat_percent_ = random_.below(51);
    if ((harm_permitted_ & kDamage) != 0) damage_permille_ = random_.below(250);
    delay_slowest_ = between(1, 40);
    harm_interval_ = between(30, 600);
    for (NodeId id : ids_) {
        SimNode& node = *nodes_.at(id);
        node.set_disk(Millis(0), between(1, 40));
        if ((harm_permitted_ & kClock) != 0) node.set_clock_offset(between(-500, 500));
        if ((harm_permitted_ & kFetch) != 0) node.set_fetch_failures(random_.below(50));
    }
    if ((harm_permitted_ & kLie) != 0 && ids_.size() >= kNodesWithLiarMin) {
        const NodeId liar = ids_[random_.below(ids_.size())];
        nodes_.at(liar)->set_lying(true);
        oracles_.on_liar(liar);
    }
    schedule(between(50, 1500), [this] { do_harm(); });
    if (options_.forgetting) start_forgetting();
}

void Simulator::do_harm() {
    if (!harmful_) return;
    schedule(between(5, harm_interval_.count()), [this] { do_harm(); });
    const std::uint32_t harm = (1U << random_.below(kHarmKinds)) & harm_permitted_;
    SimNode& victim = *nodes_.at(ids_[random_.below(ids_.size())]);
    const NodeId id = victim.id();
    switch (harm) {
        case kPartition:
            if (chance(40)) {
                cut_.clear();
            } else {
                partition();
            }
            break;
        case kOneWay: {
            const NodeId other = ids_[random_.below(ids_.size())];
            cut_.insert({id, other});
            schedule(between(50, 3000), [this, id, other] { cut_.erase({id, other}); });
            break;
        }
        case kCrash:
            crash_one();
            break;
        case kFreeze:
            if (!victim.up() || victim.frozen()) break;
            trace([&] { return "freeze n" + std::to_string(id.value); });
            victim.freeze();
            schedule(between(20, 1500), [&victim] { victim.thaw(); });
            break;
        case kClock:
            victim.set_clock_offset(chance(50) ? Millis(0) : between(-300'000, 300'000));
            break;
        case kDisk:
            victim.set_disk(Millis(0), chance(30) ? between(100, 1500) : between(1, 40));
            break;
        case kClog:
            clogged_until_[{id, ids_[random_.below(ids_.size())]}] = now_ + between(50, 2500);
            break;
        case kRefuse:
            victim.set_refusing(true);
            schedule(between(50, 2000), [&victim] { victim.set_refusing(false); });
            break;
        case kTick:
            // A starved process counts time slowly: a leader then outlives its followers' patience.
            victim.set_starved(chance(50) ? Millis(0) : between(10, 60));
            break;
        case kFull:
            victim.set_full(true);
            schedule(between(50, 2000), [&victim] { victim.set_full(false); });
            break;
        case kBurst:
            burst();
            break;
        default:
            break;
    }
}

/// Whoever believes that it leads gets work that nobody waits for, and is often cut off at that
/// moment: so tails arise that are never committed.
void Simulator::burst() {
    const std::set<NodeId> leaders = watching_;
    for (NodeId id : leaders) {
        SimNode& node = *nodes_.at(id);
        if (!node.up() || node.frozen()) continue;
        for (std::uint64_t count = 1 + random_.below(6); count > 0; --count) {
            // Sent once, and to nobody else: a clear no must be true for ever.
            const SharedBytes submission = options_.workload(++operations_, random_);
            node.submit(submission, node::SubmitWait::committed,
                        [this, submission](const Result<node::SubmitReceipt>& result) {
                            if (result || result.error().code == api::errc::outcome_unknown) return;
                            if (unique_payloads_) oracles_.on_refused_for_good(submission);
                        });
        }
    }
    if (chance(50)) partition();
}

void Simulator::cut_links(const std::function<bool(NodeId, NodeId)>& cut) {
    cut_.clear();
    for (NodeId from : ids_) {
        for (NodeId to : ids_) {
            if (cut(from, to)) cut_.insert({from, to});
        }
    }
}

void Simulator::partition() {
    // By size: each node falls on one of two sides; or one node, often the leader, alone.
    std::set<NodeId> side;
    if (chance(50)) {
        const NodeId leader = watching_.empty() ? ids_[0] : *watching_.begin();
        side.insert(chance(60) ? leader : ids_[random_.below(ids_.size())]);
    } else {
        for (NodeId id : ids_) {
            if (chance(50)) side.insert(id);
        }
    }
    const std::uint64_t kind = random_.below(4);
    trace([&] { return "partition of " + std::to_string(side.size()); });
    cut_links([&](NodeId from, NodeId to) {
        const bool out = side.contains(from) && !side.contains(to);
        const bool in = !side.contains(from) && side.contains(to);
        if (kind == 0) return out;  // asymmetric: heard nowhere
        if (kind == 1) return in;   // asymmetric: hears nothing
        return out || in;
    });
}

void Simulator::crash_one() {
    // Whoever leads has the most to forget.
    const bool leader = !watching_.empty() && chance(50);
    SimNode& victim = *nodes_.at(leader ? *watching_.rbegin() : ids_[random_.below(ids_.size())]);
    if (!victim.up()) return;
    const auto crash = [this](SimNode& node) {
        trace([&] { return "kill n" + std::to_string(node.id().value); });
        node.crash(static_cast<std::size_t>(random_.below(node.log().waiting() + 1)));
        restart_later(node.id());
    };
    crash(victim);
    // Sometimes the power fails for everybody.
    if (!chance(10)) return;
    for (NodeId id : ids_) {
        if (nodes_.at(id)->up()) crash(*nodes_.at(id));
    }
}

void Simulator::restart_later(NodeId id) {
    schedule(between(10, chance(50) ? 100 : 2000), [this, id] {
        if (!nodes_.at(id)->up() && !dead_.contains(id)) nodes_.at(id)->start();
    });
}

/// The liveness phase: a random quorum lives, everything works, and the rest stays dead.
void Simulator::stop_harm() {
    harmful_ = false;
    loss_percent_ = repeat_percent_ = damage_permille_ = 0;
    delay_slowest_ = Millis(5);
    cut_.clear();
    clogged_until_.clear();
    std::vector<NodeId> order = ids_;
    for (std::size_t at = order.size(); at > 1; --at) {
        std::swap(order[at - 1], order[random_.below(at)]);
    }
    order.resize(living_at_end());
    for (NodeId id : ids_) {
        SimNode& node = *nodes_.at(id);
        node.set_disk(Millis(0), Millis(5));
        node.set_clock_offset(Millis(0));
        node.set_starved(Millis(0));
        node.set_full(false);
        node.set_lying(false);
        node.set_refusing(false);
        node.set_fetch_failures(0);
        if (std::find(order.begin(), order.end(), id) == order.end()) {
            dead_.insert(id);
            if (node.up()) node.crash(0);
            watching_.erase(id);
        } else if (!node.up()) {
            node.start();
        } else if (node.frozen()) {
            node.thaw();
        }
    }
    trace([] { return std::string("liveness"); });
    for (Client& client : clients_) client.done = 0;
}

/// Every client was served, and all living nodes have applied everything.
bool Simulator::judge_liveness() {
    for (const Client& client : clients_) {
        if (client.done < 3) return false;
    }
    for (NodeId id : ids_) {
        if (dead_.contains(id)) continue;
        const SimNode& node = *nodes_.at(id);
        if (!node.up() || node.applied() < oracles_.committed()) return false;
        if (node.log().is_recovering()) return false;
    }
    return true;
}

/// Nobody asks for anything any more: what was sealed is certified, whatever signatures were lost,
/// and then the nodes have nothing to say to each other about it. What was on its way for long may
/// still become a block; then it begins again.
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
        run_until(now_ + kSilence, [] { return false; });
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
