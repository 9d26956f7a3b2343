#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/random.h"
#include "consensus/message.h"
#include "tests/simulation/oracles.h"

namespace tally::simulation {

using consensus::Millis;
using consensus::NodeId;

class SimNode;

/// What a simulated node sees of the world around it: virtual time, a network, and the oracles.
class World {
public:
    virtual ~World() = default;
    virtual Millis now() const = 0;
    virtual void schedule(Millis delay, std::function<void()> event) = 0;
    virtual void transmit(const consensus::Message& message) = 0;
    /// Anything else between two nodes, under the same losses and delays.
    virtual void carry(NodeId from, NodeId to, std::function<void(SimNode&)> arrive) = 0;
    virtual const std::vector<NodeId>& nodes() const = 0;
    /// The node did something: the oracles look.
    virtual void watch(NodeId id) = 0;
    /// Its disk was replaced at some time.
    virtual bool is_forgetful(NodeId id) const = 0;
    virtual Random& random() = 0;
    virtual Oracles& oracles() = 0;
    /// One line of the story, of a node or of nobody; made only when the run is traced.
    virtual void trace(NodeId node, const std::function<std::string()>& line) = 0;
    /// Goes into the number that stands for the run.
    virtual void count(std::uint64_t number) = 0;

    bool chance(std::uint64_t percent) { return random().below(100) < percent; }
    Millis between(std::int64_t low, std::int64_t high) {
        const auto span = static_cast<std::uint64_t>(high - low + 1);
        return Millis(low + static_cast<std::int64_t>(random().below(span)));
    }
};

}  // namespace tally::simulation
