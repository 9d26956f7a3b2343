#include <deque>
#include <map>

#include "base/random.h"
#include "consensus/raw_node.h"
#include "tests/consensus/blocks.h"
#include "tests/support/catch.h"

namespace tally::consensus {
namespace {

/// Changes one thing in a message that a correct node sent: near its value, at its end, or a hash.
class Mutator {
public:
    explicit Mutator(std::uint64_t seed) : random_(seed) {}

    Message mutate(Message message) {
        if (random_.below(4) == 0) {
            change(message.term);
        } else {
            std::visit([this](auto& body) { change_body(body); }, message.body);
        }
        return message;
    }

private:
    template <typename Number>
    void change(Number& number) {
        switch (random_.below(4)) {
            case 0:
                number.value += 1 + random_.below(3);
                break;
            case 1:
                number.value -= std::min<std::uint64_t>(number.value, 1 + random_.below(3));
                break;
            case 2:
                number.value = 0;
                break;
            default:
                number.value = random_.next() >> random_.below(64);
        }
    }
    void change(std::uint64_t& number) {
        Index as_index(number);
        change(as_index);
        number = as_index.value;
    }
    void change(crypto::Digest& digest) { digest = crypto::domain_hash("mutated", {}); }

    void change_body(VoteRequest& body) {
        if (random_.below(3) == 0) body.pre_vote = !body.pre_vote;
        random_.below(2) == 0 ? change(body.last_index) : change(body.last_term);
    }
    void change_body(VoteReply& body) {
        random_.below(2) == 0 ? body.granted = !body.granted : body.pre_vote = !body.pre_vote;
    }
    void change_body(AppendRequest& body) {
        switch (random_.below(6)) {
            case 0:
                return change(body.previous_index);
            case 1:
                return change(body.previous_term);
            case 2:
                return change(body.previous_hash);
            case 3:
                return change(body.commit);
            default:
                if (!body.blocks.empty()) change_blocks(body.blocks);
        }
    }
    void change_blocks(std::vector<Block>& blocks) {
        Block& block = blocks[random_.below(blocks.size())];
        switch (random_.below(7)) {
            case 0:
                return change(block.hash);
            case 1:
                change(block.header.previous);
                break;
            case 2:
                change(block.header.index);
                break;
            case 3:
                change(block.header.term);
                break;
            case 4:
                block.payload = share(to_bytes("mutated"));
                break;
            case 5:
                blocks.erase(blocks.begin());
                return;
            default:
                blocks.push_back(block);
                return;
        }
        // Half of the liars hash what they send.
        if (random_.below(2) == 0) block.hash = block.header.hash();
    }
    void change_body(AppendReply& body) {
        switch (random_.below(5)) {
            case 0:
                return change(body.match);
            case 1:
                return change(body.refused_index);
            case 2:
                return change(body.hint_index);
            case 3:
                return change(body.hint_term);
            default:
                body.refusal = static_cast<Refusal>(random_.below(9));
        }
    }
    void change_body(Heartbeat& body) {
        const std::uint64_t which = random_.below(4);
        which == 0   ? change(body.commit)
        : which == 1 ? change(body.network_commit)
        : which == 2 ? change(body.lacks)
                     : change(body.round);
    }
    void change_body(HeartbeatReply& body) {
        random_.below(2) == 0 ? change(body.round) : change(body.commit);
    }
    void change_body(ReadRequest& body) { change(body.context); }
    void change_body(ReadReply& body) {
        body.granted = true;
        random_.below(2) == 0 ? change(body.index) : change(body.context);
    }

    Random random_;
};

/// Three cores on one wire; their disks are instant.
struct Net {
    explicit Net(std::uint64_t seed) : random(seed) {
        for (std::uint32_t id = 1; id <= 3; ++id) {
            Config config;
            config.id = NodeId(id);
            config.network = test_network();
            config.voters = {NodeId(1), NodeId(2), NodeId(3)};
            config.cache_bytes_max = 600;
            config.inflight_bytes_max = 1000;
            nodes.emplace(id, RawNode::restore(config, {HardState{}, empty_tip(), {}}, Index(0),
                                               seed * 3 + id, seed + id)
                                  .value());
        }
    }
    void drain(std::uint32_t id) {
        RawNode& node = nodes.at(id);
        while (node.has_ready()) {
            Ready ready = node.take_ready();
            for (auto& message : ready.messages) wire.push_back(std::move(message));
            if (ready.append) {
                for (auto& message : ready.append->release) wire.push_back(std::move(message));
                node.on_append_done(ready.append->sequence);
            }
            if (ready.apply_to) node.on_apply_done(*ready.apply_to);
            for (const auto& fetch : ready.fetches) node.on_blocks_fetched({fetch.id, {}, {}, ""});
        }
    }
    void deliver(const Message& message) {
        if (nodes.count(message.to.value) == 0) return;
        if (!nodes.at(message.to.value).step(message, Millis(1000))) ++refused;
        drain(message.to.value);
    }

    Random random;
    std::map<std::uint32_t, RawNode> nodes;
    std::deque<Message> wire;
    std::size_t refused = 0;
};

}  // namespace

// Goal: step is total for what is nearly right, which reaches further than nonsense: a member with
// valid keys sends what a node sends, but for one thing. Every invariant is checked in every call.
TEST_CASE("no message that differs in one thing from a correct one makes a node fail") {
    std::size_t refused = 0;
    std::size_t led = 0;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        INFO("seed " << seed);
        Net net(seed);
        Mutator mutator(seed);
        for (int step = 0; step < 600; ++step) {
            const auto id = static_cast<std::uint32_t>(1 + net.random.below(3));
            RawNode& node = net.nodes.at(id);
            if (net.random.below(3) == 0) node.tick(Millis(1000));
            if (net.random.below(10) == 0) static_cast<void>(node.read_index(net.random.next()));
            const Proposal proposal{BlockKind::submissions, share(Bytes(50, 1))};
            if (net.random.below(4) == 0 && node.propose({&proposal, 1}, Millis(1000))) ++led;
            net.drain(id);
            for (int more = 0; more < 3 && !net.wire.empty(); ++more) {
                const Message message = net.wire.front();
                net.wire.pop_front();
                if (net.random.below(12) == 0) net.deliver(mutator.mutate(message));
                net.deliver(message);
            }
        }
        refused += net.refused;
    }
    CHECK(refused > 500);
    CHECK(led > 1000);
}

}  // namespace tally::consensus
