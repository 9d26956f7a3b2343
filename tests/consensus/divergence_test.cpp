#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "consensus/raw_node.h"
#include "tests/consensus/blocks.h"
#include "tests/support/catch.h"

namespace tally::consensus {
namespace {

constexpr Millis kNow{1000};

/// Node 1 of three with these blocks on its disk, all committed; its disk is instant.
struct Node {
    explicit Node(const std::vector<Block>& blocks) : Node(NodeId(1), empty_tip(), blocks) {}
    /// Only `tail` is within its window.
    Node(NodeId self, const ChainTip& base, const std::vector<Block>& tail) : id(self) {
        Config config;
        config.id = id;
        config.network = test_network();
        config.voters = {NodeId(1), NodeId(2), NodeId(3)};
        PersistedState state{{}, base, tail};
        const Index last(base.index.value + tail.size());
        state.hard_state.term = tail.empty() ? base.term : tail.back().header.term;
        state.hard_state.commit = last;
        Result<RawNode> restored = RawNode::restore(config, std::move(state), last, 1, 1);
        REQUIRE(restored);
        core.emplace(std::move(*restored));
        drain();
    }
    Status step(std::uint32_t from, std::uint64_t term, MessageBody body) {
        const Status status =
            core->step({NodeId(from), id, Term(term), from * 11ULL, std::move(body)}, kNow);
        drain();
        return status;
    }
    void drain() {
        while (core->has_ready()) {
            Ready ready = core->take_ready();
            if (ready.append) {
                for (auto& message : ready.append->release) sent.push_back(std::move(message));
                core->on_append_done(ready.append->sequence);
            }
            if (ready.apply_to) core->on_apply_done(*ready.apply_to);
            for (auto& message : ready.messages) sent.push_back(std::move(message));
            for (auto& state : ready.read_states) reads.push_back(state);
            for (auto& found : ready.divergences) divergences.push_back(found);
        }
    }
    /// The newest answer to an append.
    AppendReply last_reply() const {
        for (auto message = sent.rbegin(); message != sent.rend(); ++message) {
            if (const auto* reply = std::get_if<AppendReply>(&message->body)) {
                reply_term = message->term;
                return *reply;
            }
        }
        FAIL("no reply");
        return {};
    }

    NodeId id;
    std::optional<RawNode> core;
    std::vector<Message> sent;
    std::vector<ReadState> reads;
    std::vector<Divergence> divergences;
    mutable Term reply_term;
};

AppendRequest append(const ChainTip& previous, std::vector<Block> blocks, std::uint64_t commit) {
    return {previous.index, previous.term, previous.hash, std::move(blocks), Index(commit)};
}

}  // namespace

// Goal: a fork is told with both hashes, nothing is read under it, and the leader hears why.
TEST_CASE("a leader with another history is not followed, and nothing is read under it") {
    const std::vector<Block> own = chain_of(empty_tip(), {1, 1, 2}, "own");
    const std::vector<Block> fork = chain_of(tip_of(own[0]), {3, 3, 3}, "fork");
    Node node(own);
    // It follows the leader by its heartbeats before it has seen a block of it.
    REQUIRE(node.step(2, 4, Heartbeat{Index(0), 1, Index(4)}));
    CHECK(node.core->soft_state().leader == NodeId(2));
    CHECK(node.core->network_commit() == Index(4));
    REQUIRE(node.core->read_index(7));
    node.drain();
    const auto asked = std::get<ReadRequest>(node.sent.back().body);
    REQUIRE(node.step(2, 4, ReadReply{asked.context, true, Index(2)}));
    REQUIRE(node.reads.size() == 1);
    CHECK_FALSE(node.reads[0].granted);

    const Status refused = node.step(2, 4, append(tip_of(fork[0]), {fork[1], fork[2]}, 4));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::diverged);
    REQUIRE(node.divergences.size() == 1);
    CHECK(node.divergences[0].index == Index(2));
    CHECK(node.divergences[0].own == own[1].hash);
    CHECK(node.divergences[0].other == fork[0].hash);
    CHECK(node.divergences[0].from == NodeId(2));
    CHECK(node.divergences[0].committed);
    CHECK(node.last_reply().refusal == Refusal::diverged);
    CHECK(node.last_reply().reason.find("block 2") != std::string::npos);
    CHECK(node.core->soft_state().diverged == Index(2));
    CHECK(node.core->soft_state().leader == kNobody);
    CHECK_FALSE(node.core->read_index(8));

    // Its heartbeats count for nothing any more; each is told why.
    const std::size_t before = node.sent.size();
    REQUIRE(node.step(2, 4, Heartbeat{Index(0), 2, Index(4)}));
    REQUIRE(node.sent.size() == before + 1);
    CHECK(node.last_reply().refusal == Refusal::diverged);
    CHECK(node.core->soft_state().leader == kNobody);
    CHECK(node.divergences.size() == 1);

    // Another leader that holds the block ends it.
    REQUIRE(node.step(3, 5, append(tip_of(own[2]), {}, 3)));
    CHECK(node.core->soft_state().diverged == Index(0));
    CHECK(node.core->soft_state().leader == NodeId(3));
}

// Goal: one liar does not keep a node from serving under a leader that showed it the block.
TEST_CASE("a claim against what the present leader has shown is evidence and no more") {
    const std::vector<Block> own = chain_of(empty_tip(), {1, 1}, "own");
    Node node(own);
    REQUIRE(node.step(2, 3, append(tip_of(own[1]), {}, 2)));
    const SoftState before = node.core->soft_state();
    const auto fork = chain_of(empty_tip(), {1, 2}, "lie");
    CHECK_FALSE(node.step(3, 9, append(tip_of(fork[0]), {fork[1]}, 2)));
    CHECK(node.divergences.size() == 1);
    CHECK(node.core->soft_state() == before);
    CHECK(node.last_reply().refusal == Refusal::diverged);
    CHECK(node.reply_term == Term(9));
}

// Goal: a fork is told also where the leader's log is the shorter one, which no block shows.
TEST_CASE("a leader whose commit lies below what earlier terms committed holds another log") {
    const std::vector<Block> own = chain_of(empty_tip(), {1, 1, 2}, "own");
    Node node(own);
    // Before a block of its own term is committed it cannot know how far it is.
    REQUIRE(node.step(2, 4, Heartbeat{Index(0), 1, Index(0)}));
    CHECK(node.core->soft_state().diverged == Index(0));
    // Above it is as it must be; in the term of the own block messages may be late.
    REQUIRE(node.step(2, 4, Heartbeat{Index(0), 2, Index(4)}));
    CHECK(node.core->soft_state().leader == NodeId(2));
    CHECK_FALSE(node.step(2, 4, Heartbeat{Index(0), 3, Index(3)}));
    REQUIRE(node.divergences.size() == 1);
    CHECK(node.divergences[0].index == Index(3));
    CHECK(node.divergences[0].own == own[2].hash);
    CHECK(describe(node.divergences[0]).find("another one") != std::string::npos);
    CHECK(node.core->soft_state().diverged == Index(3));
    CHECK(node.core->soft_state().leader == kNobody);
    CHECK(node.last_reply().refusal == Refusal::diverged);
}

// Goal: no message brings the terms to their end.
TEST_CASE("a term far ahead is refused") {
    Node node({});
    const std::uint64_t far = (1ULL << 20) + 1;
    CHECK_FALSE(node.step(2, far, Heartbeat{Index(0), 1, Index(0)}));
    CHECK_FALSE(node.step(2, 1ULL << 62, VoteRequest{false, Index(0), Term(0)}));
    CHECK(node.core->soft_state().term == Term(0));
    CHECK(node.step(2, far - 1, Heartbeat{Index(0), 1, Index(0)}));
    CHECK(node.core->soft_state().term == Term(far - 1));
}

// Goal: step is total also where what a message says of a block's hash is a lie.
TEST_CASE("a block whose hash field lies neither passes nor aborts") {
    const std::vector<Block> own = chain_of(empty_tip(), {1, 1}, "own");
    for (const bool header_lies : {false, true}) {
        Node node(own);
        std::vector<Block> blocks = chain_of(empty_tip(), {1, 1}, "lie");
        if (header_lies) {
            // Its header is that of the own block, its hash field another.
            blocks[0] = own[0];
            blocks[0].hash = test_network();
        } else {
            blocks[0].hash = own[0].hash;
        }
        // Chained to the own block: only the place of the first would keep it from being looked at.
        blocks[1] = next_block(tip_of(own[0]), 1, "second lie");
        static_cast<void>(node.step(2, 2, append(empty_tip(), blocks, 0)));
        CHECK(node.last_reply().refusal == Refusal::chain);
        CHECK(node.core->last_index() == Index(2));
    }
}

// Goal: nothing is acknowledged that could not be compared.
TEST_CASE("an append from below the window is answered with where to look") {
    const std::vector<Block> own = chain_of(empty_tip(), {1, 1, 1, 1}, "own");
    Config config;
    config.id = NodeId(1);
    config.network = test_network();
    config.voters = {NodeId(1), NodeId(2), NodeId(3)};
    PersistedState state{{Term(1), kNobody, Index(4)}, tip_of(own[3]), {}};
    Result<RawNode> core = RawNode::restore(config, std::move(state), Index(4), 1, 1);
    REQUIRE(core);
    const std::vector<Block> fork = chain_of(empty_tip(), {1, 1}, "fork");
    REQUIRE(core->step({NodeId(2), NodeId(1), Term(2), 22, append(empty_tip(), fork, 4)}, kNow));
    std::optional<AppendReply> reply;
    while (core->has_ready()) {
        Ready ready = core->take_ready();
        if (ready.append) core->on_append_done(ready.append->sequence);
        for (const Message& message : ready.messages) reply = std::get<AppendReply>(message.body);
    }
    REQUIRE(reply.has_value());
    CHECK(reply->refusal == Refusal::log_mismatch);
    CHECK(reply->match == Index(0));
    CHECK(reply->hint_index == Index(4));
}

// Goal: as above in the term of the own block, where a low commit index may just be an old one.
TEST_CASE("a leader that says that it lacks what is committed here is not followed") {
    const std::vector<Block> own = chain_of(empty_tip(), {1, 1, 2}, "own");
    Node node(own);
    REQUIRE(node.step(2, 2, Heartbeat{Index(0), 1, Index(2)}));
    CHECK(node.core->soft_state().leader == NodeId(2));
    Heartbeat lacks{Index(0), 2, Index(2)};
    // What is not committed here was said by somebody else.
    lacks.lacks = Index(4);
    REQUIRE(node.step(2, 2, lacks));
    CHECK(node.core->soft_state().leader == NodeId(2));
    lacks.lacks = Index(3);
    CHECK_FALSE(node.step(2, 2, lacks));
    REQUIRE(node.divergences.size() == 1);
    CHECK(node.divergences[0].own == own[2].hash);
    CHECK(node.core->soft_state().diverged == Index(3));
    CHECK(node.core->soft_state().leader == kNobody);
    // The first block of that history is kept too, and no later one.
    const std::vector<Block> fork = chain_of(tip_of(own[1]), {2, 2}, "fork");
    for (int time = 0; time < 2; ++time) {
        (void)node.step(2, 2, append(tip_of(own[1]), fork, 2));
        REQUIRE(node.divergences.size() == 2);
        CHECK(node.divergences[1].other == fork[0].hash);
        CHECK(node.core->soft_state().leader == kNobody);
    }
}

// Goal: two nodes of three were put back to block 1, and led term 2 once more. The third one holds
// the first term 2 and nothing of it in its window, so that no block meets another.
TEST_CASE("two histories in one term are told though no block of the one meets the other") {
    const std::vector<Block> first = chain_of(empty_tip(), {1, 2, 2, 2}, "first");
    Node leader(NodeId(1), empty_tip(), {first[0]});
    Node third(NodeId(3), tip_of(first[3]), {});
    const auto voter = [&leader](const Message& message) {
        const auto* asks = std::get_if<VoteRequest>(&message.body);
        if (asks == nullptr || message.to != NodeId(2)) return;
        REQUIRE(leader.step(2, message.term.value, VoteReply{asks->pre_vote, true, kNow}));
    };
    const auto exchange = [&] {
        for (const Message& message : std::exchange(leader.sent, {})) {
            voter(message);
            if (message.to == third.id) (void)third.core->step(message, kNow);
            third.drain();
        }
        for (const Message& message : std::exchange(third.sent, {})) {
            if (message.to == leader.id) (void)leader.core->step(message, kNow);
            leader.drain();
        }
    };
    for (int tick = 0; tick < 60 && third.divergences.empty(); ++tick) {
        leader.core->tick(kNow);
        leader.drain();
        for (int hop = 0; hop < 4; ++hop) exchange();
    }
    REQUIRE(leader.core->soft_state().role == Role::leader);
    REQUIRE(leader.core->soft_state().term == Term(2));
    CHECK(leader.divergences.empty());
    REQUIRE(third.divergences.size() == 1);
    CHECK(third.divergences[0].index == Index(4));
    CHECK(third.divergences[0].committed);
    CHECK(third.core->soft_state().diverged == Index(4));
    CHECK_FALSE(third.core->read_index(1));
    for (const ProgressView& view : leader.core->progress()) {
        if (view.id == third.id) CHECK(view.last_refusal == Refusal::diverged);
    }
}

// Goal: a follower that refuses every heartbeat is still sent the block that it could compare, so
// that it can keep both as evidence.
TEST_CASE("a leader whose heartbeats are refused shows the block that is refused") {
    const std::vector<Block> own = chain_of(empty_tip(), {1, 1, 2, 2}, "own");
    Node leader(NodeId(1), empty_tip(), own);
    const auto lead = [&leader] {
        for (const Message& message : std::exchange(leader.sent, {})) {
            const auto* asks = std::get_if<VoteRequest>(&message.body);
            if (asks == nullptr || message.to != NodeId(2)) continue;
            REQUIRE(leader.step(2, message.term.value, VoteReply{asks->pre_vote, true, kNow}));
        }
    };
    // Whether it sent what node 3 has another block of, which is the second one.
    const auto refused = [&leader] {
        bool shown = false;
        for (const Message& message : std::exchange(leader.sent, {})) {
            if (message.to == NodeId(2) && std::holds_alternative<Heartbeat>(message.body)) {
                const auto round = std::get<Heartbeat>(message.body).round;
                (void)leader.step(2, message.term.value, HeartbeatReply{.round = round});
            }
            if (message.to != NodeId(3)) continue;
            if (const auto* append = std::get_if<AppendRequest>(&message.body)) {
                shown = shown || (append->previous_index < Index(2) && !append->blocks.empty());
            }
            AppendReply reply;
            reply.refusal = Refusal::diverged;
            reply.refused_index = Index(2);
            reply.reason = "two histories";
            (void)leader.step(3, message.term.value, std::move(reply));
        }
        return shown;
    };
    for (int tick = 0; tick < 60 && leader.core->soft_state().role != Role::leader; ++tick) {
        leader.core->tick(kNow);
        leader.drain();
        lead();
        lead();
    }
    REQUIRE(leader.core->soft_state().role == Role::leader);
    bool shown = false;
    for (int tick = 0; tick < 100 && !shown; ++tick) {
        leader.core->tick(kNow);
        leader.drain();
        shown = refused();
    }
    CHECK(leader.core->soft_state().role == Role::leader);
    CHECK(shown);
}

}  // namespace tally::consensus
