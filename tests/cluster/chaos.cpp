#include "tests/cluster/chaos.h"

#include <algorithm>
#include <random>
#include <thread>

#include "tests/cluster/workload.h"

namespace tally::testing {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPoll{20};
constexpr milliseconds kMendMax{120'000};  // without having come any further
constexpr milliseconds kAwaitMax{900'000};
constexpr milliseconds kLeaderWait{3000};

constexpr const char* kNames[kHarms] = {"kill",     "stop",        "pause", "isolate",  "deafen",
                                        "mute",     "part",        "slow",  "transfer", "copy",
                                        "put back", "lose blocks", "rot"};

bool changes_a_folder(Harm harm) {
    return harm == Harm::put_back || harm == Harm::lose_blocks || harm == Harm::rot;
}

}  // namespace

const char* harm_name(Harm harm) { return kNames[static_cast<std::size_t>(harm)]; }

ChaosStep ChaosStep::draw(std::uint64_t seed, std::uint64_t number, std::size_t nodes) {
    std::seed_seq mixed{seed & 0xffff'ffffU, seed >> 32U, number & 0xffff'ffffU, number >> 32U};
    std::mt19937_64 random(mixed);
    const auto below = [&](std::uint64_t bound) { return random() % bound; };
    const auto within = [&](std::uint64_t least, std::uint64_t most) {
        return milliseconds(least + below(most - least));
    };
    ChaosStep step;
    step.number = number;
    step.harm = static_cast<Harm>(below(kHarms));
    step.of_leader = below(2) == 0 && !changes_a_folder(step.harm);
    step.node = below(nodes);
    step.other = (step.node + 1 + below(nodes - 1)) % nodes;
    step.lasts = below(4) == 0 ? within(3000, 9000) : within(50, 2500);
    step.delay = within(20, 300);
    step.before = below(3) == 0 ? milliseconds(0) : within(0, 2000);
    step.place = random();
    return step;
}

Chaos::Chaos(LocalCluster& cluster, Say say) : cluster_(cluster), say_(std::move(say)) {}

bool Chaos::is_out(std::size_t node) const {
    return std::any_of(outages_.begin(), outages_.end(),
                       [&](const Outage& outage) { return outage.node == node; });
}

/// The step's node, the leader, or the next one that is not out. Who leads is spared where a
/// folder is changed.
std::size_t Chaos::chosen(const ChaosStep& step) {
    std::size_t leader = cluster_.size();
    try {
        leader = cluster_.await_leader(kLeaderWait);
    } catch (const ClusterError&) {
        // Nobody leads at this moment.
    }
    if (step.of_leader && leader < cluster_.size() && !is_out(leader)) return leader;
    std::size_t node = step.node;
    while (is_out(node) || (changes_a_folder(step.harm) && node == leader)) {
        node = (node + 1) % cluster_.size();
    }
    return node;
}

void Chaos::await(const std::string& what, milliseconds most, const std::function<bool()>& holds) {
    const auto deadline = Clock::now() + most;
    while (!holds()) {
        tend();
        if (Clock::now() >= deadline) throw ClusterError(what + " takes too long");
        std::this_thread::sleep_for(kPoll);
    }
}

void Chaos::step(const ChaosStep& step) {
    const auto begin_at = Clock::now() + step.before;
    await("the moment of a step", kAwaitMax, [&] { return Clock::now() >= begin_at; });
    const std::size_t minority = (cluster_.size() - 1) / 2;
    await("that a node comes back", kAwaitMax, [&] { return outages_.size() < minority; });
    const std::size_t node = chosen(step);
    ++done_[step.harm];
    begin(step, node);
    if (step.harm == Harm::transfer) return;
    outages_.push_back({step, node, Clock::now() + step.lasts});
}

void Chaos::begin(const ChaosStep& step, std::size_t node) {
    const auto as_number = [](milliseconds time) { return std::to_string(time.count()) + " ms"; };
    say_("step " + std::to_string(step.number) + ": " + harm_name(step.harm) + " " + name(node) +
         (step.harm == Harm::part ? " and " + name(step.other == node ? step.node : step.other)
                                  : "") +
         (step.harm == Harm::slow ? " by " + as_number(step.delay) : "") +
         (step.harm == Harm::transfer ? "" : " for " + as_number(step.lasts)));
    switch (step.harm) {
        case Harm::kill:
            return cluster_.kill(node);
        case Harm::stop:
            return cluster_.stop(node);
        case Harm::pause:
            return cluster_.pause(node);
        case Harm::isolate:
        case Harm::deafen:
        case Harm::mute:
        case Harm::part:
        case Harm::slow:
            return links_of(step, node);
        case Harm::copy:
            return copy_folder(node);
        case Harm::put_back:
            return put_back(node);
        case Harm::lose_blocks:
            return lose_blocks(node);
        case Harm::rot:
            return rot(step, node);
        case Harm::transfer:
            break;
    }
    try {
        cluster_.transfer_leader(node);
    } catch (const ClusterError& error) {
        // It may have been asked of somebody who is no more, or who does not keep up.
        say_("  not handed over: " + std::string(error.what()).substr(0, 200));
    }
}

void Chaos::links_of(const ChaosStep& step, std::size_t node) {
    const std::size_t with = step.other == node ? step.node : step.other;
    for (std::size_t peer = 0; peer < cluster_.size(); ++peer) {
        if (peer == node || (step.harm == Harm::part && peer != with)) continue;
        if (step.harm == Harm::slow) {
            cluster_.slow(node, peer, step.delay);
            cluster_.slow(peer, node, step.delay);
            continue;
        }
        if (step.harm != Harm::deafen) cluster_.cut(node, peer);
        if (step.harm != Harm::mute) cluster_.cut(peer, node);
    }
}

void Chaos::end(Outage& outage) {
    outage.mending = true;
    outage.deadline = Clock::now() + kMendMax;
    switch (outage.step.harm) {
        case Harm::pause:
            return cluster_.resume(outage.node);
        case Harm::isolate:
        case Harm::deafen:
        case Harm::mute:
        case Harm::part:
        case Harm::slow:
            for (std::size_t peer = 0; peer < cluster_.size(); ++peer) {
                if (peer == outage.node) continue;
                cluster_.heal(outage.node, peer);
                cluster_.heal(peer, outage.node);
            }
            return;
        default:
            return start(outage.node);
    }
}

bool Chaos::is_back(Outage& outage) {
    if (!cluster_.running(outage.node)) {
        help(outage);
        return false;
    }
    const auto ready = cluster_.client().get_from(outage.node, "/readyz");
    if (ready && ready->status == 200) return true;
    // The longer the network runs the longer it takes to get all of it.
    const auto status = cluster_.client().status(outage.node);
    const auto applied = status ? status->integer("applied_index").value_or(0) : 0;
    if (applied > outage.applied) outage.deadline = Clock::now() + kMendMax;
    outage.applied = std::max(outage.applied, applied);
    return false;
}

void Chaos::tend() {
    for (Outage& outage : outages_) {
        if (!outage.mending) {
            if (Clock::now() >= outage.over) end(outage);
        } else if (is_back(outage)) {
            say_("  " + name(outage.node) + " is back");
            outage.node = cluster_.size();
        } else if (Clock::now() >= outage.deadline) {
            throw ClusterError(name(outage.node) + " does not come back after step " +
                               std::to_string(outage.step.number) + ":\n" +
                               cluster_.log(outage.node, 30));
        }
    }
    std::erase_if(outages_, [&](const Outage& outage) { return outage.node == cluster_.size(); });
    for (const std::size_t node : rotten_) {
        // What is found late ends it now and then: that is as documented, and one more outage.
        if (is_out(node) || cluster_.pid(node) != 0) continue;
        say_("  " + name(node) + " has ended by itself");
        ChaosStep late;
        late.harm = Harm::rot;
        outages_.push_back({late, node, Clock::now(), true, Clock::now() + kMendMax});
    }
}

void Chaos::calm() {
    say_("all harm ends");
    for (Outage& outage : outages_) outage.over = Clock::now();
    await("that all come back", kAwaitMax, [&] { return outages_.empty(); });
    cluster_.heal();
    cluster_.await_ready(kMendMax);
    // What rotted is found by a whole round, or was where nothing is stored.
    for (const std::size_t node : rotten_) {
        await("a round of " + name(node) + " over its disk", kAwaitMax, [&] {
            if (is_out(node)) return false;
            const auto status = cluster_.status(node);
            return status.text("scrub/ended").value_or("") != "" &&
                   status.text("unreadable").value_or("").empty() &&
                   status.integer("scrub/damaged") == 0;
        });
    }
    cluster_.await_ready(kMendMax);
}

}  // namespace tally::testing
