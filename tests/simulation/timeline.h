#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "consensus/message.h"

namespace tally::simulation {

/// Something that happened at one node, or to the world as a whole (nobody).
struct TraceLine {
    consensus::Millis at{0};
    consensus::NodeId node;
    std::string text;

    bool operator==(const TraceLine&) const = default;
};

/// What a message says, in short: `append 5..7 after 4 (t3) commit 4`.
std::string words_of(const consensus::Message& message);

/// The story with a column for each node.
std::vector<std::string> timeline(const std::vector<TraceLine>& lines, std::uint32_t nodes);

/// A number that stands for all that happened: equal runs, equal numbers, whatever compiler built
/// them.
class TraceHash {
public:
    void add(std::uint64_t number);
    void add(const consensus::Message& message);
    std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 0x51ab5eed;
};

}  // namespace tally::simulation
