#include "tests/simulation/timeline.h"

#include <iterator>
#include <variant>

#include "base/overloaded.h"

namespace tally::simulation {

using namespace consensus;

namespace {

constexpr std::size_t kColumn = 34;

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string words(const VoteRequest& request) {
    return std::string(request.pre_vote ? "pre-vote?" : "vote?") + " last " +
           number(request.last_index.value) + " (t" + number(request.last_term.value) + ")";
}
std::string words(const VoteReply& reply) {
    return std::string(reply.pre_vote ? "pre-vote " : "vote ") + (reply.granted ? "yes" : "no");
}
std::string words(const AppendRequest& request) {
    std::string text = "append ";
    if (request.blocks.empty()) {
        text += "nothing";
    } else {
        text += number(request.blocks.front().header.index.value);
        if (request.blocks.size() > 1) {
            text += ".." + number(request.blocks.back().header.index.value);
        }
    }
    return text + " after " + number(request.previous_index.value) + " (t" +
           number(request.previous_term.value) + ") commit " + number(request.commit.value);
}
std::string words(const AppendReply& reply) {
    if (reply.refusal == Refusal::none) return "has " + number(reply.match.value);
    return "refuses " + number(reply.refused_index.value) + ": " +
           std::string(refusal_name(reply.refusal)) + ", try " + number(reply.hint_index.value);
}
std::string words(const Heartbeat& heartbeat) {
    return "beat r" + number(heartbeat.round) + " commit " + number(heartbeat.commit.value);
}
std::string words(const HeartbeatReply& reply) { return "beats r" + number(reply.round); }
std::string words(const ReadRequest& request) { return "read? #" + number(request.context % 1000); }
std::string words(const ReadReply& reply) {
    return "read #" + number(reply.context % 1000) +
           (reply.granted ? " at " + number(reply.index.value) : std::string(" no"));
}

}  // namespace

std::string words_of(const Message& message) {
    return "t" + number(message.term.value) + " " +
           std::visit([](const auto& body) { return words(body); }, message.body);
}

std::vector<std::string> timeline(const std::vector<TraceLine>& lines, std::uint32_t nodes) {
    std::vector<std::string> result;
    std::string head = "      ms";
    for (std::uint32_t node = 1; node <= nodes; ++node) {
        head.resize(10 + (node - 1) * kColumn, ' ');
        head += "node " + number(node);
    }
    result.push_back(std::move(head));
    for (const TraceLine& line : lines) {
        std::string text = number(static_cast<std::uint64_t>(line.at.count()) % 100'000'000);
        text.insert(0, 8 - text.size(), ' ');
        const std::size_t column = line.node.value == 0 ? 0 : (line.node.value - 1) * kColumn;
        text.resize(10 + column, ' ');
        result.push_back(text + (line.node.value == 0 ? "-- " : "") + line.text);
    }
    return result;
}

void TraceHash::add(std::uint64_t number) {
    value_ ^= number + 0x9e3779b97f4a7c15U + (value_ << 6U) + (value_ >> 2U);
    value_ *= 0xff51afd7ed558ccdU;
    value_ ^= value_ >> 33U;
}

void TraceHash::add(const Message& message) {
    add(message.from.value * 1000 + message.to.value * 10 + message.body.index());
    add(message.term.value);
    std::visit(Overloaded{[this](const VoteRequest& request) { add(request.last_index.value); },
                          [this](const VoteReply& reply) { add(reply.granted ? 1 : 0); },
                          [this](const AppendRequest& request) {
                              add(request.previous_index.value);
                              add(request.commit.value);
                              for (const Block& block : request.blocks) add(block.hash.bytes[0]);
                          },
                          [this](const AppendReply& reply) {
                              add(reply.match.value);
                              add(static_cast<std::uint64_t>(reply.refusal));
                          },
                          [this](const Heartbeat& heartbeat) { add(heartbeat.round); },
                          [this](const HeartbeatReply& reply) { add(reply.round); },
                          [this](const ReadRequest& request) { add(request.context); },
                          [this](const ReadReply& reply) { add(reply.index.value); }},
               message.body);
}

}  // namespace tally::simulation
