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
    kLate = 1U << 16U,
    kRot = 1U << 17U,
    kOneClock = 1U << 18U,
};
constexpr std::uint64_t kHarmKinds = 14;  // that happen at a moment: those before kFetch
/// A liar among fewer decides alone whether there is a majority.
constexpr std::size_t kNodesWithLiarMin = 3;

}  // namespace

void Simulator::start_nemesis() {
    harm_permitted_ = static_cast<std::uint32_t>(random_.next() | random_.next());
    if ((harm_permitted_ & kLoss) != 0) loss_percent_ = random_.below(31);
    if ((harm_permitted_ & kRepeat) != 0) repeat_percent_ = random_.below(51);
    if ((harm_permitted_ & kDamage) != 0) damage_permille_ = random_.below(250);
    delay_slowest_ = between(1, 40);
    harm_interval_ = between(15, 300);
    late_ = (harm_permitted_ & kLate) != 0;
    if ((harm_permitted_ & kOneClock) != 0) clock_ = ids_[random_.below(ids_.size())];
    for (NodeId id : ids_) {
        SimNode& node = *nodes_.at(id);
        node.set_disk(Millis(0), between(1, 40));
        if ((harm_permitted_ & kClock) != 0) node.set_clock_offset(between(-500, 500));
        if ((harm_permitted_ & kDamage) != 0) node.set_damage(random_.below(100));
        if ((harm_permitted_ & kFetch) != 0) node.set_fetch_failures(random_.below(50));
    }
    if ((harm_permitted_ & kLie) != 0 && ids_.size() >= kNodesWithLiarMin) {
        const NodeId liar = ids_[random_.below(ids_.size())];
        oracles_.on_liar(liar);
        if (chance(50)) liar_ = liar;
        if (liar_ != liar || chance(50)) nodes_.at(liar)->set_lying(true);
    } else if ((harm_permitted_ & kRot) != 0 && ids_.size() >= kNodesWithLiarMin &&
               !options_.forgetting) {
        // Whose disk is replaced forgets that it signed what it had wrong.
        rotting_ = ids_[random_.below(ids_.size())];
        schedule(between(1000, 15'000), [this] {
            if (harmful_) nodes_.at(rotting_)->rot();
        });
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
            freeze(victim);
            break;
        case kClock:
            step_clock(victim);
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
            oracles_.on_slowness(Millis(200));
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

/// Forward or back, by seconds or by minutes, and sometimes right again.
void Simulator::step_clock(SimNode& victim) {
    Millis offset = chance(50) ? between(-300'000, 300'000) : between(-3000, 3000);
    const bool honest = clock_ != consensus::kNobody && victim.id() != clock_;
    if (honest || chance(30)) offset = between(-500, 500);
    victim.set_clock_offset(offset);
    oracles_.on_clock(victim.id(), offset);
    trace(victim.id(), [&] { return "clock off by " + std::to_string(offset.count()); });
}

void Simulator::freeze(SimNode& victim) {
    trace(victim.id(), [] { return std::string("freezes"); });
    victim.freeze();
    const Millis pause = between(20, 1500);
    oracles_.on_slowness(pause + Millis(200));
    schedule(pause, [&victim] { victim.thaw(); });
}

/// Whoever believes that it leads, and sometimes somebody else, gets work that nobody waits for,
/// and is often cut off at that moment: so tails arise that are never committed.
void Simulator::burst() {
    std::set<NodeId> busy = watching_;
    if (chance(50)) busy.insert(ids_[random_.below(ids_.size())]);
    for (NodeId id : busy) {
        SimNode& node = *nodes_.at(id);
        if (!node.up() || node.frozen()) continue;
        for (std::uint64_t count = 1 + random_.below(6); count > 0; --count) {
            // Sent once, and to nobody else: a clear no must be true for ever.
            const SharedBytes submission = options_.workload(++operations_, random_);
            if (unique_payloads_) history_.begin_write(operations_, ++place_);
            node.submit(submission, node::SubmitWait::committed,
                        [this, submission](const Result<node::SubmitReceipt>& result) {
                            const std::uint64_t number = operation_of(*submission);
                            if (result && unique_payloads_) history_.end_write(number, ++place_);
                            if (result || result.error().code == api::errc::outcome_unknown) return;
                            if (!unique_payloads_) return;
                            oracles_.on_refused_for_good(submission);
                            history_.drop_write(number);
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
    // Alone and slow, a leader believes longest that it leads.
    if (side.size() == 1 && (harm_permitted_ & kTick) != 0 && chance(50)) {
        nodes_.at(*side.begin())->set_starved(between(30, 60));
        oracles_.on_slowness(Millis(200));
    }
    schedule(between(100, 500), [this] { read_at_leaders(); });
    const std::uint64_t kind = random_.below(4);
    trace(consensus::kNobody, [&] { return "partition of " + std::to_string(side.size()); });
    cut_links([&](NodeId from, NodeId to) {
        const bool out = side.contains(from) && !side.contains(to);
        const bool in = !side.contains(from) && side.contains(to);
        if (kind == 0) return out;  // asymmetric: heard nowhere
        if (kind == 1) return in;   // asymmetric: hears nothing
        return out || in;
    });
}

/// Whoever believes that it leads is asked, as the others might not be any more.
void Simulator::read_at_leaders() {
    const std::set<NodeId> leaders = watching_;
    for (NodeId id : leaders) {
        SimNode& node = *nodes_.at(id);
        if (!node.up() || node.frozen()) continue;
        node.read(node::ReadOptions{},
                  [this, id, at_least = oracles_.read_begins()](
                      const node::driver::ReadAnswer& answer, consensus::Index view) {
                      if (answer.status && !answer.stale) oracles_.on_read(id, view, at_least);
                  });
    }
}

void Simulator::crash_one() {
    // Whoever leads has the most to forget.
    const bool leader = !watching_.empty() && chance(50);
    SimNode& victim = *nodes_.at(leader ? *watching_.rbegin() : ids_[random_.below(ids_.size())]);
    if (!victim.up()) return;
    const auto crash = [this](SimNode& node, bool quickly) {
        node.crash(static_cast<std::size_t>(random_.below(node.log().waiting() + 1)));
        restart_later(node.id(), quickly);
    };
    crash(victim, leader);
    // Sometimes the power fails for everybody.
    if (!chance(10)) return;
    for (NodeId id : ids_) {
        if (nodes_.at(id)->up()) crash(*nodes_.at(id), false);
    }
}

void Simulator::restart_later(NodeId id, bool quickly) {
    schedule(between(10, quickly || chance(50) ? 100 : 2000), [this, id] {
        if (!nodes_.at(id)->up() && !dead_.contains(id)) nodes_.at(id)->start();
    });
}

}  // namespace tally::simulation
