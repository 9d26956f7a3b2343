// A node whose disk was put back from a copy has forgotten votes and acknowledgements. Each test
// tells one story in which counting it would lose what was promised, and one in which it must be
// let go again.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "consensus/raw_node.h"
#include "tests/consensus/blocks.h"
#include "tests/consensus/cluster.h"
#include "tests/support/catch.h"

namespace tally::consensus {
namespace {

constexpr NodeId kOne{1};
constexpr NodeId kTwo{2};
constexpr NodeId kThree{3};

/// Of `nodes` nodes, the first of which leads.
struct Story {
    explicit Story(std::uint32_t nodes = 3) : cluster(nodes, Config{}) {
        empty = cluster.copy(kOne);
        lead(kOne);
    }
    void lead(NodeId id) {
        for (int tries = 0; tries < 5 && role(id) != Role::leader; ++tries) {
            cluster.campaign(id);
            cluster.stabilize();
        }
        REQUIRE(role(id) == Role::leader);
    }
    /// Heartbeats of the leader, so that everybody knows what it knows.
    void beat(NodeId leader, int rounds = 4) {
        for (int round = 0; round < rounds; ++round) {
            cluster.tick(leader, 2);
            cluster.stabilize();
        }
    }
    void say(NodeId leader, const std::string& text) {
        cluster.propose(leader, text);
        cluster.stabilize();
        beat(leader, 1);
    }
    void forget(NodeId id, const simulation::SimLog::Copy& copy) {
        cluster.crash(id, 0);
        cluster.put_back(id, copy);
        cluster.restart(id);
    }
    void down(NodeId id) { cluster.crash(id, 0); }
    Role role(NodeId id) { return state(id).role; }
    SoftState state(NodeId id) { return cluster.node(id).soft_state(); }
    void sound() {
        INFO(cluster.take_log());
        CHECK_FALSE(cluster.failed());
    }

    Cluster cluster;
    simulation::SimLog::Copy empty;
};

Config config_of(std::uint32_t voters) {
    Config config;
    config.id = kOne;
    config.network = test_network();
    for (std::uint32_t voter = 1; voter <= voters; ++voter) config.voters.push_back(NodeId(voter));
    return config;
}

/// Node 1 of so many, recovering, with a disk that is instant.
struct Alone {
    explicit Alone(std::uint32_t voters = 3) {
        PersistedState state{{}, empty_tip(), {}};
        state.recovering = true;
        Result<RawNode> restored =
            RawNode::restore(config_of(voters), std::move(state), Index(0), 1, kIncarnation);
        REQUIRE(restored);
        node.emplace(std::move(*restored));
    }
    std::vector<Message> drain() {
        std::vector<Message> sent;
        while (node->has_ready()) {
            Ready ready = node->take_ready();
            for (Message& message : ready.messages) sent.push_back(std::move(message));
            if (!ready.append) continue;
            ended = ended || ready.append->write.ends_recovering;
            for (Message& message : ready.append->release) sent.push_back(std::move(message));
            node->on_append_done(ready.append->sequence);
        }
        return sent;
    }
    std::vector<Message> step(std::uint64_t term, MessageBody body) {
        REQUIRE(node->step({kTwo, kOne, Term(term), 22, std::move(body)}, Millis(1000)));
        return drain();
    }
    static constexpr std::uint64_t kIncarnation = 77;
    std::optional<RawNode> node;
    bool ended = false;
};

/// Node 1 of three, which leads, with a disk that is instant; what the others say is told to it.
struct Leader {
    Leader() {
        Result<RawNode> restored =
            RawNode::restore(config_of(3), {{}, empty_tip(), {}}, Index(0), 1, 11);
        REQUIRE(restored);
        node.emplace(std::move(*restored));
        while (node->soft_state().role != Role::leader) {
            tick(1);
            for (const Message& message : std::exchange(sent, {})) {
                const auto* request = std::get_if<VoteRequest>(&message.body);
                if (request == nullptr || message.to != kThree) continue;
                say(kThree, 33, VoteReply{request->pre_vote, true, kNow}, false, message.term);
            }
        }
    }
    void say(NodeId from, std::uint64_t incarnation, MessageBody body, bool recovering, Term term) {
        REQUIRE(node->step({from, kOne, term, incarnation, std::move(body), recovering}, kNow));
        drain();
    }
    void say(NodeId from, std::uint64_t incarnation, MessageBody body, bool recovering = false) {
        say(from, incarnation, std::move(body), recovering, node->soft_state().term);
    }
    /// An answer to the newest round.
    static HeartbeatReply beat(std::uint64_t round) { return {.round = round, .clock = kNow}; }
    std::uint64_t round() const {
        std::uint64_t newest = 0;
        for (const Message& message : sent) {
            if (const auto* beat = std::get_if<Heartbeat>(&message.body)) newest = beat->round;
        }
        return newest;
    }
    static AppendReply holds(Index match) {
        AppendReply reply;
        reply.match = match;
        return reply;
    }
    void tick(int count) {
        for (int done = 0; done < count; ++done) {
            node->tick(kNow);
            drain();
        }
    }
    void drain() {
        while (node->has_ready()) {
            Ready ready = node->take_ready();
            for (Message& message : ready.messages) sent.push_back(std::move(message));
            if (ready.append) {
                for (const Block& block : ready.append->write.blocks) blocks.push_back(block);
                for (Message& message : ready.append->release) sent.push_back(std::move(message));
                node->on_append_done(ready.append->sequence);
            }
            if (ready.apply_to) node->on_apply_done(*ready.apply_to);
        }
    }
    ProgressView of_two() const { return node->progress().front(); }
    bool leads() const { return node->soft_state().role == Role::leader; }

    static constexpr Millis kNow{1000};
    std::optional<RawNode> node;
    std::vector<Message> sent;
    std::vector<Block> blocks;
};

}  // namespace

// Goal: the story for which all of this is there. A wiped node and one that was away are a
// majority, and neither holds what was acknowledged.
TEST_CASE("a node that forgot makes no majority with one that was away") {
    Story story;
    story.down(kThree);
    story.say(kOne, "acknowledged");
    REQUIRE(story.state(kOne).commit == Index(2));
    story.down(kOne);
    story.forget(kTwo, story.empty);
    story.cluster.restart(kThree);
    for (int round = 0; round < 10; ++round) {
        story.cluster.tick(kThree, 25);
        story.cluster.tick(kTwo, 25);
        story.cluster.stabilize();
    }
    CHECK(story.role(kThree) != Role::leader);
    CHECK(story.role(kTwo) == Role::follower);
    CHECK(story.state(kTwo).recovering);
    // Whoever remembers comes back, and the block is there.
    story.cluster.restart(kOne);
    story.lead(kOne);
    story.beat(kOne);
    CHECK_FALSE(story.state(kTwo).recovering);
    CHECK(story.cluster.node(kTwo).commit() >= Index(2));
    story.sound();
}

TEST_CASE("a recovering node votes for nobody and stands for nothing") {
    Alone alone;
    for (int tick = 0; tick < 200; ++tick) alone.node->tick(Millis(1000));
    CHECK(alone.drain().empty());
    // That of a node without a term would be taken for a message that no correct node sends.
    CHECK(alone.step(9, VoteRequest{true, Index(5), Term(3)}).empty());
    alone.step(8, Heartbeat{});
    for (int tick = 0; tick < 200; ++tick) alone.node->tick(Millis(1000));
    for (const bool pre_vote : {true, false}) {
        const auto sent = alone.step(9, VoteRequest{pre_vote, Index(5), Term(3)});
        REQUIRE(sent.size() == 1);
        CHECK_FALSE(std::get<VoteReply>(sent[0].body).granted);
        CHECK(sent[0].recovering);
    }
    SECTION("nor alone in its network") {
        Alone single(1);
        for (int tick = 0; tick < 200; ++tick) single.node->tick(Millis(1000));
        CHECK(single.node->soft_state().role == Role::follower);
    }
}

TEST_CASE("a recovering node confirms no read") {
    Alone alone;
    alone.step(1, Heartbeat{Index(0), 1});
    REQUIRE(alone.node->soft_state().leader == kTwo);
    CHECK_FALSE(alone.node->read_index(5));
}

TEST_CASE(
    "a recovering node commits nothing, keeps no leader in place and confirms no read of it") {
    Story story;
    story.down(kThree);
    story.forget(kTwo, story.empty);
    story.cluster.propose(kOne, "with one that forgot");
    story.cluster.stabilize();
    story.cluster.read(kOne, 5);
    story.beat(kOne, 2);
    // It has everything, and the leader knows that it has.
    CHECK(story.cluster.node(kTwo).last_index() == story.cluster.node(kOne).last_index());
    CHECK(story.state(kOne).commit == Index(1));
    CHECK(story.state(kTwo).recovering);
    CHECK(story.cluster.take_log().find("read 5 at") == std::string::npos);
    story.beat(kOne, 15);
    CHECK(story.role(kOne) != Role::leader);
    story.sound();
}

TEST_CASE("a recovering node is let go by a block that the others committed without it") {
    Story story;
    story.say(kOne, "before");
    const auto copy = story.cluster.copy(kTwo);
    story.say(kOne, "after");
    story.forget(kTwo, copy);
    CHECK(story.state(kTwo).recovering);
    story.beat(kOne, 1);
    // Nobody submits anything: the leader proposes the block by itself.
    story.beat(kOne, 3);
    CHECK_FALSE(story.state(kTwo).recovering);
    CHECK(story.cluster.node(kOne).progress().front().recovering == false);
    // It counts again: with it alone the leader commits.
    story.down(kThree);
    const Index before = story.state(kOne).commit;
    story.say(kOne, "with it");
    CHECK(story.state(kOne).commit > before);
    story.sound();
}

TEST_CASE("it stays let go when it starts again, and recovers again when it forgets again") {
    Story story;
    const auto copy = story.cluster.copy(kTwo);
    story.say(kOne, "something");
    story.forget(kTwo, copy);
    story.beat(kOne);
    REQUIRE_FALSE(story.state(kTwo).recovering);
    story.down(kTwo);
    story.cluster.restart(kTwo);
    CHECK_FALSE(story.state(kTwo).recovering);
    story.forget(kTwo, copy);
    CHECK(story.state(kTwo).recovering);
    // Started again before it was let go, it has still forgotten.
    story.down(kTwo);
    story.cluster.restart(kTwo);
    CHECK(story.state(kTwo).recovering);
    story.beat(kOne);
    CHECK_FALSE(story.state(kTwo).recovering);
    story.sound();
}

TEST_CASE("two of three that recover wait for a majority that remembers") {
    Story story;
    story.say(kOne, "something");
    story.forget(kTwo, story.empty);
    story.forget(kThree, story.empty);
    for (int round = 0; round < 20; ++round) {
        for (const NodeId id : {kOne, kTwo, kThree}) story.cluster.tick(id, 10);
        story.cluster.stabilize();
    }
    CHECK(story.role(kOne) != Role::leader);
    CHECK(story.state(kTwo).recovering);
    CHECK(story.state(kThree).recovering);
    story.sound();
}

TEST_CASE("two of five recover by the other three") {
    Story story(5);
    story.say(kOne, "something");
    story.forget(kTwo, story.empty);
    story.forget(kThree, story.empty);
    story.beat(kOne);
    CHECK_FALSE(story.state(kTwo).recovering);
    CHECK_FALSE(story.state(kThree).recovering);
    story.sound();
}

// Goal: what lets it go is durable, committed, of this term and said to this very start.
TEST_CASE("a recovering node leaves by nothing less than what the rule asks for") {
    Alone alone;
    const std::vector<Block> blocks = chain_of(empty_tip(), {1, 2, 2}, "leader");
    const auto append = [&](std::uint64_t commit) {
        return AppendRequest{Index(0), Term(0), empty_tip().hash, blocks, Index(commit)};
    };
    const auto beat = [](std::uint64_t by, std::uint64_t incarnation) {
        return Heartbeat{Index(0), 1, Index(0), Index(by), incarnation};
    };
    SECTION("said to an earlier start") {
        alone.step(2, append(3));
        alone.step(2, beat(3, Alone::kIncarnation + 1));
        CHECK_FALSE(alone.ended);
    }
    SECTION("not committed") {
        alone.step(2, append(2));
        alone.step(2, beat(3, Alone::kIncarnation));
        CHECK_FALSE(alone.ended);
        alone.step(2, append(3));
        CHECK(alone.ended);
    }
    SECTION("of an earlier term") {
        alone.step(2, beat(3, Alone::kIncarnation));
        REQUIRE(alone.node->step({kThree, kOne, Term(3), 33, append(3)}, Millis(1000)));
        alone.drain();
        CHECK_FALSE(alone.ended);
    }
    SECTION("not durable") {
        REQUIRE(alone.node->step({kTwo, kOne, Term(2), 22, append(3)}, Millis(1000)));
        REQUIRE(alone.node->step({kTwo, kOne, Term(2), 22, beat(3, Alone::kIncarnation)},
                                 Millis(1000)));
        const Ready ready = alone.node->take_ready();
        REQUIRE(ready.append);
        CHECK_FALSE(ready.append->write.ends_recovering);
        for (const Message& message : ready.append->release) CHECK(message.recovering);
        alone.node->on_append_done(ready.append->sequence);
        const Ready next = alone.node->take_ready();
        REQUIRE(next.append);
        CHECK(next.append->write.ends_recovering);
        // It is a voter only once that is durable.
        CHECK(alone.node->soft_state().recovering);
        REQUIRE(alone.node->step({kTwo, kOne, Term(2), 22, Heartbeat{}}, Millis(1000)));
        for (const Message& message : alone.node->take_ready().messages) CHECK(message.recovering);
        alone.node->on_append_done(next.append->sequence);
        CHECK_FALSE(alone.node->soft_state().recovering);
        REQUIRE(alone.node->step({kTwo, kOne, Term(2), 22, Heartbeat{}}, Millis(1000)));
        for (const Message& message : alone.node->take_ready().messages) {
            CHECK_FALSE(message.recovering);
        }
    }
}

TEST_CASE("what only a voter says is refused from a node that recovers") {
    Result<RawNode> node = RawNode::restore(config_of(3), {{}, empty_tip(), {}}, Index(0), 1, 1);
    REQUIRE(node);
    const std::vector<MessageBody> bodies = {VoteRequest{true, Index(0), Term(0)},
                                             VoteReply{false, true, Millis(0)}, Heartbeat{},
                                             AppendRequest{}};
    for (const MessageBody& body : bodies) {
        Message message{kTwo, kOne, Term(1), 22, body};
        message.recovering = true;
        const Status status = node->step(message, Millis(1000));
        REQUIRE_FALSE(status);
        CHECK(status.error().code == errc::bad_message);
    }
}

// Goal: what the block vouches for is all that came before, so it must be younger than the news.
TEST_CASE("a leader names a block that it proposed after it heard of the start that recovers") {
    Leader leader;
    const Index before = leader.node->last_index();
    leader.say(kTwo, 22, Leader::holds(Index(0)), true);
    CHECK(leader.of_two().recovering);
    CHECK(leader.node->last_index() == before.next());
    CHECK(leader.blocks.back().header.kind == BlockKind::noop);
    leader.say(kTwo, 22, Leader::holds(Index(0)), true);
    CHECK(leader.node->last_index() == before.next());
    leader.sent.clear();
    leader.tick(2);
    std::size_t told = 0;
    for (const Message& message : leader.sent) {
        const auto* beat = std::get_if<Heartbeat>(&message.body);
        if (beat == nullptr) continue;
        CHECK(beat->recovered_by == (message.to == kTwo ? before.next() : Index(0)));
        CHECK(beat->recovering == (message.to == kTwo ? 22U : 0U));
        ++told;
    }
    CHECK(told == 2);
    // Another start needs another block.
    leader.say(kTwo, 23, Leader::beat(leader.round()), true);
    CHECK(leader.node->last_index() == before.next().next());
}

TEST_CASE(
    "a leader commits with a node as soon as it says that it remembers, and not again without") {
    Leader leader;
    leader.say(kTwo, 22, Leader::holds(Index(0)), true);
    const Index last = leader.node->last_index();
    leader.say(kTwo, 22, Leader::holds(last), true);
    CHECK(leader.node->commit() == Index(0));
    leader.tick(2);
    leader.say(kTwo, 22, Leader::beat(leader.round()));
    CHECK_FALSE(leader.of_two().recovering);
    CHECK(leader.node->commit() == last);
    // A word from before, that was late.
    leader.say(kTwo, 22, Leader::holds(last), true);
    CHECK_FALSE(leader.of_two().recovering);
    CHECK(leader.node->last_index() == last);
}

TEST_CASE("a start that recovers keeps no leader in place before it is believed either") {
    Leader leader;
    leader.say(kTwo, 22, Leader::holds(Index(0)));
    leader.say(kThree, 33, Leader::holds(Index(1)));
    for (int tick = 0; tick < 40 && leader.leads(); ++tick) {
        leader.tick(1);
        if (leader.leads()) leader.say(kTwo, 23, Leader::holds(Index(0)), true);
    }
    CHECK_FALSE(leader.leads());
}

TEST_CASE("neither room nor the wish to lead of a node that recovers counts, nor its clock") {
    Leader leader;
    leader.say(kTwo, 22, Leader::holds(Index(0)), true);
    const Index last = leader.node->last_index();
    leader.say(kTwo, 22, Leader::holds(last), true);
    leader.say(kThree, 33, Leader::holds(last));
    leader.tick(2);
    HeartbeatReply far = Leader::beat(leader.round());
    far.clock = Millis(9000);
    leader.say(kTwo, 22, far, true);
    HeartbeatReply full = Leader::beat(leader.round());
    full.has_room = false;
    full.may_lead = false;
    full.clock = Millis(5000);
    leader.say(kThree, 33, full);
    CHECK_FALSE(leader.node->majority_has_room());
    const Proposal proposal{BlockKind::submissions, share(Bytes(1, 7))};
    REQUIRE(leader.node->propose({&proposal, 1}, Leader::kNow));
    leader.drain();
    CHECK(leader.blocks.back().header.time == Leader::kNow);
    // It would rather not lead, and nobody could in its place.
    leader.node->set_may_lead(false);
    leader.say(kThree, 33, Leader::holds(leader.node->last_index()));
    leader.say(kTwo, 22, Leader::holds(leader.node->last_index()), true);
    leader.tick(1);
    CHECK(leader.leads());
}

TEST_CASE("what a node has committed before does not let it go by itself") {
    const std::vector<Block> blocks = chain_of(empty_tip(), {1, 1, 1}, "copy");
    PersistedState state{{Term(1), kNobody, Index(3)}, tip_of(blocks.back()), {}};
    state.recovering = true;
    Result<RawNode> node = RawNode::restore(config_of(3), std::move(state), Index(3), 1, 77);
    REQUIRE(node);
    REQUIRE(node->step({kTwo, kOne, Term(1), 22, Heartbeat{Index(3), 1, Index(3), Index(2), 77}},
                       Millis(1000)));
    while (node->has_ready()) {
        const Ready ready = node->take_ready();
        if (!ready.append) continue;
        CHECK_FALSE(ready.append->write.ends_recovering);
        node->on_append_done(ready.append->sequence);
    }
    CHECK(node->soft_state().recovering);
}

}  // namespace tally::consensus
