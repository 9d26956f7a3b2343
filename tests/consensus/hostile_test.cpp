#include <limits>

#include "base/random.h"
#include "consensus/raw_node.h"
#include "tests/consensus/blocks.h"
#include "tests/consensus/cluster.h"
#include "tests/support/catch.h"

namespace tally::consensus {
namespace {

/// Messages of any content: numbers near what is real, and far from it.
class Nonsense {
public:
    explicit Nonsense(std::uint64_t seed) : random_(seed) {}

    Message next() {
        Message message;
        message.from = NodeId(static_cast<std::uint32_t>(random_.below(5)));
        message.to = NodeId(static_cast<std::uint32_t>(random_.below(8) == 0 ? 4 : 1));
        message.term = Term(number());
        message.incarnation = random_.below(4);
        message.body = body();
        return message;
    }

private:
    /// Mostly small, so that it means something; sometimes at the end of its type.
    std::uint64_t number() {
        switch (random_.below(8)) {
            case 0:
                return std::numeric_limits<std::uint64_t>::max() - random_.below(3);
            case 1:
                return random_.next();
            default:
                return random_.below(6);
        }
    }
    Millis clock() { return Millis(static_cast<std::int64_t>(random_.next())); }

    Block block() {
        ChainTip tip = empty_tip();
        tip.index = Index(number());
        Block block = next_block(tip, number(), random_.below(2) == 0 ? "" : "text");
        block.header.time = clock();
        if (random_.below(2) == 0) block.hash = block.header.hash();
        if (random_.below(8) == 0) block.payload = nullptr;
        return block;
    }

    AppendRequest append() {
        AppendRequest request;
        request.previous_index = Index(number());
        request.previous_term = Term(number());
        if (random_.below(2) == 0) request.previous_hash = test_network();
        if (random_.below(2) == 0) {
            // A well-chained run, so that more than the first check is reached.
            ChainTip tip = empty_tip();
            request.previous_index = Index(0);
            request.previous_term = Term(0);
            request.previous_hash = tip.hash;
            std::uint64_t term = 1;
            for (std::uint64_t count = random_.below(5); count > 0; --count) {
                term += random_.below(2);
                request.blocks.push_back(next_block(tip, term, "nonsense"));
                tip = tip_of(request.blocks.back());
            }
        } else {
            for (std::uint64_t count = random_.below(3); count > 0; --count) {
                request.blocks.push_back(block());
            }
        }
        request.commit = Index(number());
        return request;
    }

    MessageBody body() {
        switch (random_.below(8)) {
            case 0:
                return VoteRequest{random_.below(2) == 0, Index(number()), Term(number())};
            case 1:
                return VoteReply{random_.below(2) == 0, random_.below(2) == 0, clock()};
            case 2:
                return append();
            case 3: {
                AppendReply reply;
                reply.refusal = static_cast<Refusal>(random_.below(9));
                reply.match = Index(number());
                reply.refused_index = Index(number());
                reply.hint_index = Index(number());
                reply.hint_term = Term(number());
                reply.reason.assign(random_.below(300), 'x');
                return reply;
            }
            case 4:
                return Heartbeat{Index(number()), number(), Index(number())};
            case 5:
                return HeartbeatReply{number(), clock(), random_.below(2) == 0};
            case 6:
                return ReadRequest{number()};
            default:
                return ReadReply{number(), random_.below(2) == 0, Index(number())};
        }
    }

    Random random_;
};

}  // namespace

// Goal: step is total. Whatever a peer sends, the node goes on, and its own invariants hold: they
// are checked inside every call.
TEST_CASE("no message makes a node fail") {
    std::uint64_t refused = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Config config;
        config.id = NodeId(1);
        config.network = test_network();
        config.voters = {NodeId(1), NodeId(2), NodeId(3)};
        config.cache_bytes_max = 200;
        Result<RawNode> node =
            RawNode::restore(config, {HardState{}, empty_tip(), {}}, Index(0), seed, seed);
        REQUIRE(node);
        Nonsense nonsense(seed);
        Random random(seed);
        for (int step = 0; step < 200; ++step) {
            const Message message = nonsense.next();
            PolicyVerdict verdict;
            if (random.below(4) == 0) {
                verdict = {Index(random.below(6)), Refusal::signature, std::string(300, 'r')};
            }
            const Status status = node->step(message, Millis(1000), verdict);
            if (!status) {
                ++refused;
                const bool known = status.error().code == errc::bad_message ||
                                   status.error().code == errc::diverged;
                REQUIRE(known);
            }
            if (random.below(2) == 0) node->tick(Millis(1000));
            if (random.below(4) == 0) (void)node->read_index(random.next());
            while (node->has_ready()) {
                Ready ready = node->take_ready();
                if (ready.append) node->on_append_done(ready.append->sequence);
                if (ready.apply_to) node->on_apply_done(*ready.apply_to);
            }
        }
    }
    CHECK(refused > 1000);
}

// Goal: a peer that contradicts committed history is refused and changes nothing.
TEST_CASE("committed history cannot be contradicted") {
    Cluster cluster(3, Config{});
    cluster.campaign(NodeId(1));
    cluster.stabilize();
    cluster.propose(NodeId(1), "real");
    cluster.stabilize();
    const SoftState before = cluster.node(NodeId(2)).soft_state();
    REQUIRE(before.commit == Index(2));
    cluster.take_log();

    AppendRequest forged{Index(0), Term(0), empty_tip().hash, {}, Index(3)};
    forged.blocks = chain_of(empty_tip(), {1, 1, 1}, "forged");
    cluster.step({NodeId(3), NodeId(2), before.term.next(), 9, forged});
    CHECK(cluster.take_log().find("rejects message") != std::string::npos);
    CHECK(cluster.node(NodeId(2)).soft_state() == before);

    // Nor may a second leader of the term be followed.
    cluster.step({NodeId(3), NodeId(2), before.term, 9, Heartbeat{Index(0), 0, Index(0)}});
    CHECK(cluster.take_log().find("second leader") != std::string::npos);
    CHECK_FALSE(cluster.failed());
}

}  // namespace tally::consensus
