#include "consensus/raw_node.h"

#include <limits>
#include <string>

#include "tests/consensus/blocks.h"
#include "tests/simulation/sim_log.h"
#include "tests/support/catch.h"

namespace tally::consensus {
namespace {

Config config_of(std::uint32_t voters, std::uint32_t id = 1) {
    Config config;
    config.id = NodeId(id);
    config.network = test_network();
    for (std::uint32_t voter = 1; voter <= voters; ++voter) config.voters.push_back(NodeId(voter));
    return config;
}

PersistedState empty_state() { return {HardState{}, empty_tip(), {}}; }

RawNode start(const Config& config) {
    Result<RawNode> node = RawNode::restore(config, empty_state(), Index(0), 1, 1);
    REQUIRE(node);
    return std::move(*node);
}

/// Completes writes and applies, as a caller whose disk is instant.
std::vector<Message> drain(RawNode& node, bool durable = true) {
    std::vector<Message> sent;
    while (node.has_ready()) {
        Ready ready = node.take_ready();
        for (Message& message : ready.messages) sent.push_back(std::move(message));
        if (ready.append && durable) {
            for (Message& message : ready.append->release) sent.push_back(std::move(message));
            node.on_append_done(ready.append->sequence);
        }
        if (ready.apply_to) node.on_apply_done(*ready.apply_to);
    }
    return sent;
}

Message reply_from(std::uint32_t from, const Message& request, MessageBody body,
                   std::uint64_t incarnation) {
    return {NodeId(from), request.from, request.term, incarnation, std::move(body)};
}

/// Makes node 1 of three the leader of a term, with votes of node 2, and drains it.
std::vector<Message> elect(RawNode& node) {
    std::vector<Message> sent;
    while (node.soft_state().role != Role::leader) {
        node.tick(Millis(1000));
        for (const Message& message : drain(node)) {
            const auto* request = std::get_if<VoteRequest>(&message.body);
            if (request == nullptr || message.to != NodeId(2)) continue;
            const VoteReply yes{request->pre_vote, true, Millis(1000)};
            REQUIRE(node.step(reply_from(2, message, yes, 22), Millis(1000)));
        }
    }
    return drain(node);
}

Result<Proposed> propose(RawNode& node, std::size_t bytes, Millis now = Millis(1000)) {
    const Proposal proposal{BlockKind::submissions, share(Bytes(bytes, 7))};
    return node.propose({&proposal, 1}, Moment(now, Millis(1000)));
}

}  // namespace

// Goal: a network of one needs nobody.
TEST_CASE("a single voter elects itself, commits and reads alone") {
    RawNode node = start(config_of(1));
    node.tick(Millis(5));
    drain(node);
    CHECK(node.soft_state().role == Role::leader);
    CHECK(node.commit() == Index(1));
    REQUIRE(propose(node, 10));
    REQUIRE(node.has_ready());
    Ready ready = node.take_ready();
    CHECK(node.commit() == Index(1));
    CHECK_FALSE(ready.apply_to);
    node.on_append_done(ready.append->sequence);
    CHECK(node.commit() == Index(2));
    drain(node);
    REQUIRE(node.read_index(77));
    ready = node.take_ready();
    REQUIRE(ready.read_states.size() == 1);
    CHECK(ready.read_states[0].granted);
    CHECK(ready.read_states[0].context == 77);
    CHECK(ready.read_states[0].index == Index(2));
}

// Goal: a configuration that cannot work is refused at the start, not discovered in production.
TEST_CASE("configurations that cannot work are refused") {
    const auto refused = [](const Config& config) {
        const Result<RawNode> node = RawNode::restore(config, empty_state(), Index(0), 1, 1);
        return !node && node.error().code == errc::bad_configuration;
    };
    Config config = config_of(3);
    CHECK_FALSE(refused(config));
    config.voters = {};
    CHECK(refused(config));
    config = config_of(16);
    CHECK(refused(config));
    config = config_of(3, 4);
    CHECK(refused(config));
    config = config_of(3);
    config.voters.push_back(NodeId(2));
    CHECK(refused(config));
    config = config_of(3);
    config.voters.push_back(kNobody);
    CHECK(refused(config));
    config = config_of(3);
    config.heartbeat_ticks = config.election_ticks;
    CHECK(refused(config));
    config = config_of(3);
    config.append_bytes_max = 0;
    CHECK(refused(config));
}

// Goal: a disk that contradicts itself stops the start.
TEST_CASE("persisted state that contradicts itself is refused") {
    const auto refused = [](const PersistedState& state, Index applied = Index(0)) {
        const Result<RawNode> node = RawNode::restore(config_of(3), state, applied, 1, 1);
        return !node && node.error().code == errc::corrupt_log;
    };
    PersistedState good = empty_state();
    good.tail = chain_of(empty_tip(), {1, 2});
    good.hard_state = {Term(2), kNobody, Index(1)};
    CHECK_FALSE(refused(good));
    CHECK_FALSE(refused(good, Index(2)));
    CHECK(refused(good, Index(3)));
    PersistedState state = good;
    state.hard_state.term = Term(1);
    CHECK(refused(state));
    state = good;
    state.hard_state.commit = Index(3);
    CHECK(refused(state));
    state = good;
    state.tail[1].header.previous.bytes[0] ^= 1;
    CHECK(refused(state));
    state = good;
    state.tail.erase(state.tail.begin());
    CHECK(refused(state));
    state = good;
    state.base.hash.bytes[0] ^= 1;
    CHECK(refused(state));
}

// Goal: derived data may know of a later commit than the hint; it is never applied again.
TEST_CASE("a restart continues after what is applied") {
    PersistedState state = empty_state();
    state.tail = chain_of(empty_tip(), {1, 1, 1});
    state.hard_state = {Term(1), kNobody, Index(1)};
    Result<RawNode> node = RawNode::restore(config_of(3), state, Index(2), 1, 1);
    REQUIRE(node);
    CHECK(node->commit() == Index(2));
    CHECK_FALSE(node->take_ready().apply_to);
}

// Goal: every bound answers busy or too_large, and nothing is appended then.
TEST_CASE("proposals are refused beyond the bounds") {
    Config config = config_of(3);
    config.block_bytes_max = 1000;
    config.uncommitted_bytes_max = 2000;
    RawNode node = start(config);
    CHECK(propose(node, 10).error().code == errc::not_leader);
    elect(node);
    CHECK(propose(node, 1001).error().code == errc::too_large);
    REQUIRE(propose(node, 900));
    REQUIRE(propose(node, 700));
    const Index last = node.last_index();
    CHECK(propose(node, 200).error().code == errc::busy);
    CHECK(node.last_index() == last);
}

// Goal: what is committed and not applied is bounded too.
TEST_CASE("proposals wait for apply") {
    Config config = config_of(1);
    config.unapplied_bytes_max = 500;
    RawNode node = start(config);
    node.tick(Millis(1));
    drain(node);
    for (int round = 0; round < 2; ++round) {
        REQUIRE(propose(node, 300));
        Ready ready = node.take_ready();
        node.on_append_done(ready.append->sequence);
        ready = node.take_ready();
        CHECK(ready.apply_to == node.commit());
    }
    CHECK(propose(node, 1).error().code == errc::busy);
    node.on_apply_done(node.commit());
    CHECK(propose(node, 1));
}

// Goal: pending reads are bounded.
TEST_CASE("reads beyond the bound are refused") {
    Config config = config_of(3);
    config.reads_max = 2;
    RawNode node = start(config);
    CHECK(node.read_index(1).error().code == errc::not_leader);
    elect(node);
    REQUIRE(node.read_index(1));
    REQUIRE(node.read_index(2));
    CHECK(node.read_index(3).error().code == errc::busy);
}

// Goal: the pipeline to a follower that does not answer stops at its bound in bytes.
TEST_CASE("a silent follower gets no more than the window") {
    Config config = config_of(3);
    config.append_bytes_max = 1000;
    config.inflight_bytes_max = 3000;
    RawNode node = start(config);
    const std::vector<Message> opening = elect(node);
    REQUIRE_FALSE(opening.empty());
    AppendReply matched;
    matched.match = Index(1);
    REQUIRE(node.step(reply_from(2, opening.front(), matched, 22), Millis(1000)));
    drain(node);
    std::size_t bytes = 0;
    for (int round = 0; round < 20; ++round) {
        REQUIRE(propose(node, 500));
        for (const Message& message : drain(node)) {
            const auto* append = std::get_if<AppendRequest>(&message.body);
            if (append == nullptr || message.to != NodeId(2)) continue;
            for (const Block& block : append->blocks) bytes += block.size_bytes();
        }
    }
    CHECK(bytes >= 3000);
    CHECK(bytes < 4000);
}

// Goal: a block is dated by the voters' lower median and never goes back.
TEST_CASE("block time follows the voters and ignores a clock that is far off") {
    RawNode node = start(config_of(3));
    const std::vector<Message> opening = elect(node);
    const auto time_of_next = [&node](Millis now) {
        REQUIRE(propose(node, 1, now));
        return node.take_ready().append->write.blocks.back().header.time;
    };
    const auto hear = [&](std::uint32_t from, Millis clock) {
        const HeartbeatReply heard{1, clock};
        REQUIRE(node.step(reply_from(from, opening.front(), heard, from * 11), Millis(1000)));
    };
    hear(2, Millis(2000));
    CHECK(time_of_next(Millis(9'000'000)) == Millis(2000));
    hear(3, Millis(2100));
    CHECK(time_of_next(Millis(9'000'000)) == Millis(2100));
    hear(3, Millis(50));
    CHECK(time_of_next(Millis(1500)) == Millis(2100));
    hear(3, Millis(2500));
    CHECK(time_of_next(Millis(2400)) == Millis(2400));
}

// Goal: the answer to an older round, which was on its way for seconds, sets nobody's clock back.
TEST_CASE("a clock that is told late is no news") {
    RawNode node = start(config_of(3));
    const std::vector<Message> opening = elect(node);
    node.tick(Millis(1000));
    node.tick(Millis(1000));
    (void)node.take_ready();
    const auto hear = [&](std::uint64_t round, Millis clock) {
        const HeartbeatReply heard{round, clock};
        REQUIRE(node.step(reply_from(2, opening.front(), heard, 22), Millis(1000)));
    };
    hear(2, Millis(9000));
    hear(1, Millis(2000));
    REQUIRE(propose(node, 1, Millis(20'000)));
    CHECK(node.take_ready().append->write.blocks.back().header.time == Millis(9000));
}

// Goal: a process that was paused does not date blocks before what they hold was submitted.
TEST_CASE("what was heard of other clocks ages with the steady clock, not with ticks") {
    RawNode node = start(config_of(3));
    const std::vector<Message> opening = elect(node);
    const HeartbeatReply heard{1, Millis(2000)};
    for (const std::uint32_t from : {2U, 3U}) {
        REQUIRE(node.step(reply_from(from, opening.front(), heard, from * 11), Millis(1000)));
    }
    const auto time_after = [&node](Moment now) {
        const Proposal proposal{BlockKind::submissions, share(Bytes(1, 7))};
        REQUIRE(node.propose({&proposal, 1}, now));
        return node.take_ready().append->write.blocks.back().header.time;
    };
    // Eight seconds without a tick; the own wall clock is far behind, which decides nothing.
    CHECK(time_after({Millis(500), Millis(9000)}) == Millis(10'000));
    // What is a minute old says nothing, and alone a leader's clock proves nothing.
    CHECK(time_after({Millis(900'000), Millis(100'000)}) == Millis(10'000));
}

// Goal: a node that should not lead makes way as soon as another one can take over, and not before.
TEST_CASE("a leader that should not lead gives way to a follower that keeps up") {
    RawNode node = start(config_of(3));
    const std::vector<Message> opening = elect(node);
    node.set_may_lead(false);
    node.tick(Millis(1000));
    CHECK(node.soft_state().role == Role::leader);
    // One that cannot lead either, then one that could but is behind.
    HeartbeatReply heard{1, Millis(1000), false};
    REQUIRE(node.step(reply_from(2, opening.front(), heard, 22), Millis(1000)));
    AppendReply matched;
    matched.match = Index(1);
    REQUIRE(node.step(reply_from(2, opening.front(), matched, 22), Millis(1000)));
    heard.may_lead = true;
    REQUIRE(node.step(reply_from(3, opening.front(), heard, 33), Millis(1000)));
    node.tick(Millis(1000));
    CHECK(node.soft_state().role == Role::leader);
    REQUIRE(node.step(reply_from(3, opening.front(), matched, 33), Millis(1000)));
    node.tick(Millis(1000));
    CHECK(node.soft_state().role == Role::follower);
    // And it lets the others try first for a long time.
    for (int tick = 0; tick < 40; ++tick) {
        node.tick(Millis(1000));
        CHECK(node.soft_state().role == Role::follower);
    }
    int ticks = 0;
    while (node.soft_state().role == Role::follower && ++ticks < 100) node.tick(Millis(1000));
    CHECK(node.soft_state().role == Role::pre_candidate);
}

// Goal: nothing is proposed that a majority said it would refuse.
TEST_CASE("a leader knows whether a majority takes submissions") {
    RawNode node = start(config_of(3));
    const std::vector<Message> opening = elect(node);
    CHECK(node.majority_has_room());
    HeartbeatReply full{1, Millis(1000), false, false};
    REQUIRE(node.step(reply_from(2, opening.front(), full, 22), Millis(1000)));
    CHECK(node.majority_has_room());  // the other two
    node.set_has_room(false);
    CHECK_FALSE(node.majority_has_room());
    node.set_has_room(true);
    REQUIRE(node.step(reply_from(3, opening.front(), full, 33), Millis(1000)));
    CHECK_FALSE(node.majority_has_room());
    full.has_room = true;
    REQUIRE(node.step(reply_from(3, opening.front(), full, 33), Millis(1000)));
    CHECK(node.majority_has_room());
}

// Goal: an old start of a peer vouches for nothing any more, whatever of it arrives late.
TEST_CASE("a new incarnation resets match and voids answers of the old one") {
    RawNode node = start(config_of(3));
    const std::vector<Message> opening = elect(node);
    const Message& request = opening.front();
    const auto match_of_2 = [&node] { return node.progress().front().match; };
    AppendReply matched;
    matched.match = Index(1);
    REQUIRE(node.step(reply_from(2, request, matched, 22), Millis(1000)));
    CHECK(match_of_2() == Index(1));
    CHECK(node.commit() == Index(1));
    // Another start is not believed for an old round: it may be the older one.
    REQUIRE(node.step(reply_from(2, request, HeartbeatReply{1, Millis(0)}, 23), Millis(1000)));
    CHECK(match_of_2() == Index(1));
    node.tick(Millis(1000));
    node.tick(Millis(1000));
    drain(node);
    REQUIRE(node.step(reply_from(2, request, HeartbeatReply{2, Millis(0)}, 23), Millis(1000)));
    CHECK(match_of_2() == Index(0));
    REQUIRE(node.step(reply_from(2, request, matched, 22), Millis(1000)));
    CHECK(match_of_2() == Index(0));
    REQUIRE(node.step(reply_from(2, request, matched, 23), Millis(1000)));
    CHECK(match_of_2() == Index(1));
}

// Goal: a folder that was put back from a copy is told by the leader that it had acknowledged to.
TEST_CASE("a new start that does not hold what the old one acknowledged is told") {
    for (const std::uint64_t held : {1U, 2U}) {
        RawNode node = start(config_of(3));
        const std::vector<Message> opening = elect(node);
        const Message& request = opening.front();
        REQUIRE(propose(node, 1));
        drain(node);
        AppendReply matched;
        matched.match = Index(2);
        REQUIRE(node.step(reply_from(2, request, matched, 22), Millis(1000)));
        REQUIRE(node.step(reply_from(2, request, HeartbeatReply{1, Millis(0)}, 22), Millis(1000)));
        for (int tick = 0; tick < 2; ++tick) node.tick(Millis(1000));
        drain(node);
        REQUIRE(node.step(reply_from(2, request, HeartbeatReply{2, Millis(0)}, 23), Millis(1000)));
        CHECK(node.progress().front().forgotten == Index(0));
        AppendReply mismatch;
        mismatch.refusal = Refusal::log_mismatch;
        // An append of an earlier term, delayed for long, is refused without a hint.
        mismatch.refused_index = Index(1);
        REQUIRE(node.step(reply_from(2, request, mismatch, 23), Millis(1000)));
        CHECK(node.progress().front().forgotten == Index(0));
        mismatch.refused_index = Index(2);
        mismatch.hint_index = Index(held);
        REQUIRE(node.step(reply_from(2, request, mismatch, 23), Millis(1000)));
        CHECK(node.progress().front().forgotten == Index(held == 1 ? 2 : 0));
    }
}

// Goal: an acknowledgement that was lost is no dead end where both windows have moved on: the
// follower does not answer for what lies before its own, and the leader has no terms before its
// own.
TEST_CASE("a follower whose window begins behind the probe is met where it says, from the disk") {
    Config config = config_of(3);
    config.cache_bytes_max = 0;
    RawNode node = start(config);
    const std::vector<Message> opening = elect(node);
    const Message& request = opening.front();
    const auto acknowledge = [&](std::uint32_t from, std::uint64_t index) {
        AppendReply matched;
        matched.match = Index(index);
        REQUIRE(node.step(reply_from(from, request, matched, from * 11ULL), Millis(1000)));
    };
    acknowledge(2, 1);
    drain(node);
    for (int more = 0; more < 3; ++more) REQUIRE(propose(node, 1));
    drain(node);
    acknowledge(3, 4);
    drain(node);
    REQUIRE(node.commit() == Index(4));
    const auto wanted_after = [&](std::uint64_t refused, std::uint64_t hint) {
        AppendReply mismatch;
        mismatch.refusal = Refusal::log_mismatch;
        mismatch.refused_index = Index(refused);
        mismatch.hint_index = Index(hint);
        mismatch.hint_term = request.term;
        REQUIRE(node.step(reply_from(2, request, mismatch, 22), Millis(1000)));
        Index first;
        while (node.has_ready()) {
            for (const FetchRequest& fetch : node.take_ready().fetches) first = fetch.first;
        }
        return first;
    };
    CHECK(wanted_after(4, 1) == Index(2));
    // Meanwhile it got and committed the next two; what it said of them is lost.
    CHECK(wanted_after(1, 3) == Index(4));
}

// Goal: what neither window holds is committed on both sides, and read from the leader's disk.
TEST_CASE("a follower whose window begins later is sent what comes after it") {
    Config config = config_of(3);
    config.cache_bytes_max = 0;
    RawNode node = start(config);
    const std::vector<Message> opening = elect(node);
    for (int block = 0; block < 5; ++block) REQUIRE(propose(node, 1));
    drain(node);
    AppendReply matched;
    matched.match = Index(6);
    REQUIRE(node.step(reply_from(2, opening.front(), matched, 22), Millis(1000)));
    drain(node);
    REQUIRE(node.commit() == Index(6));
    AppendReply mismatch;
    mismatch.refusal = Refusal::log_mismatch;
    mismatch.refused_index = Index(0);
    mismatch.hint_index = Index(3);
    mismatch.hint_term = Term(1);
    REQUIRE(node.step(reply_from(3, opening.front(), mismatch, 33), Millis(1000)));
    const Ready ready = node.take_ready();
    REQUIRE(ready.fetches.size() == 1);
    CHECK(ready.fetches.front().first == Index(4));
}

// Goal: an append of an older term is answered by the present term alone: as a refusal it would be
// taken for one of what the present leader sent.
TEST_CASE("an append of an older term is answered with the term") {
    RawNode node = start(config_of(3));
    elect(node);
    REQUIRE(node.soft_state().term > Term(0));
    Message late{NodeId(2), NodeId(1), Term(1), 22, AppendRequest{}};
    while (node.soft_state().term == Term(1)) {
        const Message next{NodeId(3), NodeId(1), Term(2), 33, Heartbeat{}};
        REQUIRE(node.step(next, Millis(1000)));
    }
    drain(node);
    REQUIRE(node.step(late, Millis(1000)));
    const std::vector<Message> sent = drain(node);
    REQUIRE(sent.size() == 1);
    CHECK(sent.front().term == Term(2));
    CHECK(std::holds_alternative<HeartbeatReply>(sent.front().body));
}

// Goal: a leader whose own disk hangs gives way, though its followers answer.
TEST_CASE("a leader whose write does not finish steps down") {
    RawNode node = start(config_of(3));
    const std::vector<Message> opening = elect(node);
    REQUIRE(propose(node, 1));
    drain(node, false);
    for (std::uint64_t tick = 0; tick < 20; ++tick) {
        CHECK(node.soft_state().role == Role::leader);
        const HeartbeatReply heard{1, Millis(1000)};
        REQUIRE(node.step(reply_from(2, opening.front(), heard, 22), Millis(1000)));
        node.tick(Millis(1000));
        drain(node, false);
    }
    CHECK(node.soft_state().role == Role::follower);
}

}  // namespace tally::consensus
