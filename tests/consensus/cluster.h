#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "consensus/raw_node.h"
#include "tests/simulation/oracles.h"
#include "tests/simulation/sim_log.h"

namespace tally::consensus {

/// A network of cores in which nothing happens by itself: ticks, syncs and deliveries are
/// commands, so that a scenario is one exact story. All oracles watch after every step. What
/// happens is written to `log`, one line per event.
class Cluster {
public:
    Cluster(std::uint32_t nodes, const Config& bounds);

    void tick(NodeId id, int count);
    /// Ticks until the node's role changes, at most two full election timeouts.
    void campaign(NodeId id);
    void propose(NodeId id, const std::string& text);
    /// kNobody: to whoever keeps up best.
    void transfer(NodeId id, NodeId to);
    void read(NodeId id, std::uint64_t context);
    /// Syncs up to `count` waiting writes.
    void sync(NodeId id, std::size_t count);
    void crash(NodeId id, std::size_t kept);
    void restart(NodeId id);
    /// Of its disk, as it is; and such a copy in the place of its disk, while it is down.
    simulation::SimLog::Copy copy(NodeId id) const { return nodes_.at(id).log.copy(); }
    void put_back(NodeId id, const simulation::SimLog::Copy& copy);
    void set_clock(NodeId id, Millis time);
    void set_stuck(NodeId id, bool stuck);
    /// Its disk does not give this block any more; once that shows, it would rather not lead.
    void damage(NodeId id, Index block) { nodes_.at(id).damaged.insert(block); }
    /// The caller's verdict at this node on submissions of a message's term.
    void set_verdict(NodeId id, Refusal refusal);

    using Link = std::pair<NodeId, NodeId>;
    using LinkFilter = std::function<bool(const Link&)>;
    /// Delivers what is on the wire now on matching links, oldest first.
    void deliver(const LinkFilter& filter);
    void drop(const LinkFilter& filter);
    /// Takes messages off the wire until `resume` puts them back.
    void postpone(const LinkFilter& filter);
    void resume();
    void cut(Link link) { cut_.insert(link); }
    void heal() { cut_.clear(); }
    /// Syncs and delivers until nothing is left to do.
    void stabilize();
    void set_traced(bool traced) { traced_ = traced; }

    void print_status();
    void print_log(NodeId id);
    void print_progress(NodeId id);

    std::vector<NodeId> ids() const;
    bool has(NodeId id) const { return nodes_.contains(id); }
    std::string take_log() { return std::exchange(log_, {}); }
    bool failed() const { return oracles_.failed(); }
    const RawNode& node(NodeId id) { return *nodes_.at(id).core; }
    void step(const Message& message) { deliver_one(message); }

private:
    struct Node {
        explicit Node(const crypto::Digest& network) : log(network) {}
        std::optional<RawNode> core;
        simulation::SimLog log;
        std::deque<AppendTask> waiting;  ///< handed out, not durable
        std::uint64_t starts = 0;
        Millis clock{1000};
        bool stuck = false;
        Refusal verdict = Refusal::none;
        Index applied;
        std::set<Index> damaged;
    };

    void start(NodeId id);
    void process(NodeId id);
    void serve_fetch(NodeId id, const FetchRequest& request);
    /// The blocks before the first damaged one; with the problem where that is the first wanted.
    FetchResult fetch(const Node& node, const FetchRequest& request) const;
    void transmit(const Message& message, NodeId sender);
    void deliver_one(const Message& message);
    PolicyVerdict verdict_on(const Message& message, const Node& node) const;
    std::vector<Message> take_matching(const LinkFilter& filter);
    void watch(NodeId id);
    void say(NodeId id, const std::string& what);

    Config config_;
    std::map<NodeId, Node> nodes_;
    std::deque<Message> wire_;
    std::vector<Message> postponed_;
    std::set<Link> cut_;
    bool traced_ = false;
    std::string log_;
    simulation::Oracles oracles_;
};

/// A message as one line, for logs.
std::string describe(const Message& message);

}  // namespace tally::consensus
