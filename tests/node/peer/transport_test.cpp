#include "node/peer/transport.h"

#include <atomic>
#include <set>
#include <thread>

#include "api/errc.h"
#include "node/peer/codec.h"
#include "node/peer/make_transport.h"
#include "random_messages.h"
#include "test_node.h"
#include "tests/support/catch.h"

namespace tally::node::peer::test {

using consensus::NodeId;

TEST_CASE("two nodes find each other and exchange everything") {
    // Goal: each kind reaches its handler, unchanged, under the name of its sender.
    Pair pair;
    RandomMessages random(1);
    std::vector<consensus::Message> sent;
    for (std::size_t kind = 0; kind < 8; ++kind) {
        consensus::Message message = random.message(kind);
        message.from = NodeId(1);
        message.to = NodeId(2);
        sent.push_back(message);
        pair.one.transport().send(message);
    }
    const ForwardRequest request{77, share(random.bytes(5000))};
    CHECK(pair.one.transport().send(NodeId(2), request));
    const ForwardReply reply = random.receipt();
    pair.two.transport().send(NodeId(1), reply);
    const CheckpointSignatures signatures = random.signatures();
    pair.two.transport().send(NodeId(1), signatures);
    const BlocksWanted wanted = random.blocks_wanted();
    pair.one.transport().send(NodeId(2), wanted);
    const BlocksGiven given = random.blocks_given();
    pair.two.transport().send(NodeId(1), given);

    REQUIRE(pair.two.receives([](const auto& all) {
        return all.messages.size() == 8 && all.forwards.size() == 2 && all.wanted.size() == 1;
    }));
    REQUIRE(pair.one.receives([](const auto& all) {
        return all.replies.size() == 1 && all.signatures.size() == 1 && all.given.size() == 1;
    }));
    const TestNode::Received at_two = pair.two.received();
    std::multiset<Bytes> expected;
    std::multiset<Bytes> arrived;
    for (const auto& message : sent) expected.insert(encode(message).flatten());
    for (const auto& message : at_two.messages) arrived.insert(encode(message).flatten());
    CHECK(arrived == expected);
    CHECK(at_two.forwards[1].first == NodeId(1));
    CHECK(at_two.forwards[1].second.id == 77);
    CHECK(*at_two.forwards[1].second.submission == *request.submission);
    const TestNode::Received at_one = pair.one.received();
    CHECK(at_one.replies[0].first == NodeId(2));
    CHECK(encode(at_one.replies[0].second).flatten() == encode(reply).flatten());
    CHECK(encode(at_one.signatures[0].second).flatten() == encode(signatures).flatten());
    CHECK(at_two.wanted[0].first == NodeId(1));
    CHECK(encode(at_two.wanted[0].second).flatten() == encode(wanted).flatten());
    CHECK(at_one.given[0].first == NodeId(2));
    CHECK(encode(at_one.given[0].second).flatten() == encode(given).flatten());
    CHECK(pair.one.peer(2).faults == 0);
    CHECK(pair.two.peer(1).faults == 0);
    CHECK(pair.one.peer(2).last_error.empty());
}

TEST_CASE("three nodes keep messages of one connection in order") {
    // Goal: what a node sends to a peer on a channel arrives once each, in the order of sending.
    const TestNetwork network(3);
    TestNode one(network, 1);
    TestNode two(network, 2);
    TestNode three(network, 3);
    for (TestNode* node : {&one, &two, &three}) {
        for (const TestNode* other : {&one, &two, &three}) {
            if (node != other) node->knows(*other);
        }
        node->start();
    }
    REQUIRE(eventually([&] {
        return one.reaches(2) && one.reaches(3) && two.reaches(1) && two.reaches(3) &&
               three.reaches(1) && three.reaches(2);
    }));
    constexpr std::uint64_t kCount = 2000;
    for (std::uint64_t round = 0; round < kCount; ++round) {
        one.transport().send(heartbeat(1, 3, round));
        two.transport().send(heartbeat(2, 3, round));
    }
    REQUIRE(three.receives([](const auto& all) { return all.messages.size() == 2 * kCount; }));
    std::uint64_t next[3] = {};
    for (const consensus::Message& message : three.received().messages) {
        const std::uint64_t round = std::get<consensus::Heartbeat>(message.body).round;
        REQUIRE(round == next[message.from.value]++);
    }
}

TEST_CASE("a very large append arrives whole") {
    // Goal: the largest block of a network passes, and heartbeats pass beside it.
    Pair pair;
    const consensus::Message message = append_of(1, 2, 40 << 20);
    pair.one.transport().send(message);
    pair.one.transport().send(heartbeat(1, 2, 5));
    REQUIRE(pair.two.receives([](const auto& all) { return all.messages.size() == 2; }));
    for (const consensus::Message& received : pair.two.received().messages) {
        const auto* append = std::get_if<consensus::AppendRequest>(&received.body);
        if (append == nullptr) continue;
        const auto& sent = std::get<consensus::AppendRequest>(message.body).blocks[0];
        REQUIRE(append->blocks.size() == 1);
        CHECK(append->blocks[0].hash == sent.hash);
        CHECK(*append->blocks[0].payload == *sent.payload);
    }
    CHECK(pair.two.peer(1).faults == 0);
}

TEST_CASE("a frame above the bound is not sent") {
    // Goal: what the receiver would refuse never costs the connection.
    Pair pair;
    const ForwardRequest request{1, share(Bytes(kBulkBytesMax + 1))};
    CHECK_FALSE(pair.one.transport().send(NodeId(2), request));
    CHECK(pair.one.peer(2).dropped == 1);
    pair.one.transport().send(heartbeat(1, 2, 1));
    CHECK(pair.two.receives([](const auto& all) { return all.messages.size() == 1; }));
    CHECK(pair.two.peer(1).faults == 0);
}

TEST_CASE("a peer that died is reached again when it is back") {
    // Goal: no restart of the survivor is needed, on the same port or on a new one.
    const TestNetwork network(2);
    TestNode one(network, 1);
    auto two = std::make_unique<TestNode>(network, 2);
    one.knows(*two);
    two->knows(one);
    one.start();
    two->start();
    REQUIRE(eventually([&] { return one.reaches(2) && two->reaches(1); }));
    const std::uint16_t port = two->port();
    const consensus::Millis since = one.peer(2).since;

    two->kill();
    REQUIRE(eventually([&] { return !one.reaches(2); }));
    CHECK_FALSE(one.peer(2).last_error.empty());
    CHECK(one.peer(2).since >= since);
    // The bulk connection is lost a moment later, perhaps.
    REQUIRE(eventually([&] {
        return !one.transport().send(NodeId(2), ForwardRequest{1, share({})});
    }));

    two = std::make_unique<TestNode>(
        network, 2,
        TestNode::Options{.incarnation = 2, .genesis = {}, .port = port, .on_message = {}});
    two->knows(one);
    two->start();
    REQUIRE(eventually([&] { return one.reaches(2) && two->reaches(1); }));
    REQUIRE(eventually([&] { return one.peer(2).incarnation == 2; }));
    one.transport().send(heartbeat(1, 2, 9));
    CHECK(two->receives([](const auto& all) { return !all.messages.empty(); }));
}

TEST_CASE("a paused peer is noticed, and welcome again") {
    // Goal: a process that hangs keeps its sockets open; only its silence tells.
    PeerLimits limits = quick_limits();
    limits.urgent_answer_timeout = std::chrono::milliseconds(400);
    limits.bulk_answer_timeout = std::chrono::milliseconds(400);
    Pair pair(limits);
    pair.two.pause();
    REQUIRE(eventually([&] { return !pair.one.reaches(2); }));
    pair.two.resume();
    CHECK(eventually([&] { return pair.one.reaches(2) && pair.two.reaches(1); }));
}

TEST_CASE("idle connections stay") {
    // Goal: two followers have nothing to tell each other for hours; that breaks nothing.
    PeerLimits limits = quick_limits();
    limits.ping_interval = std::chrono::milliseconds(20);
    limits.receive_idle_timeout = std::chrono::milliseconds(1000);
    Pair pair(limits);
    bool stayed = false;
    for (int attempt = 0; attempt < 10 && !stayed; ++attempt) {
        const consensus::Millis since = pair.one.peer(2).since;
        // The time itself is the condition: beyond the idle timeout. A machine that stood still for
        // as long is given another attempt.
        std::this_thread::sleep_for(std::chrono::milliseconds(1500));
        stayed = pair.one.reaches(2) && pair.one.peer(2).since == since;
    }
    CHECK(stayed);
}

TEST_CASE("a full queue drops and says so, and what was queued arrives") {
    // Goal: memory is bounded while a peer does not read; `true` means queued.
    PeerLimits limits = quick_limits();
    limits.bulk_queue_bytes_max = 4 << 20;
    Pair pair(limits);
    pair.two.pause();
    const SharedBytes submission = share(Bytes(1 << 20, 7));
    std::uint64_t queued = 0;
    while (pair.one.transport().send(NodeId(2), ForwardRequest{queued + 1, submission})) {
        ++queued;
        REQUIRE(queued < 1000);
    }
    // The queue and what the kernel holds.
    CHECK(queued >= 3);
    CHECK(pair.one.peer(2).dropped == 1);
    CHECK(pair.one.reaches(2));
    pair.two.resume();
    REQUIRE(pair.two.receives([&](const auto& all) { return all.forwards.size() == queued + 1; }));
    for (std::uint64_t i = 0; i <= queued; ++i) {
        CHECK(pair.two.received().forwards[i].second.id == i);
    }
    // There is room again.
    CHECK(eventually([&] {
        return pair.one.transport().send(NodeId(2), ForwardRequest{1, submission});
    }));
}

TEST_CASE("stopping while busy ends everything at once") {
    // Goal: no handler after stop, no matter how many threads send and receive.
    for (int round = 0; round < 5; ++round) {
        Pair pair;
        std::atomic<bool> sending{true};
        std::vector<std::thread> senders;
        for (int i = 0; i < 2; ++i) {
            senders.emplace_back([&, i] {
                TestNode& from = i == 0 ? pair.one : pair.two;
                const std::uint32_t to = i == 0 ? 2 : 1;
                const SharedBytes submission = share(Bytes(30'000, 1));
                while (sending) {
                    from.transport().send(heartbeat(from.id().value, to, 1));
                    (void)from.transport().send(NodeId(to), ForwardRequest{1, submission});
                }
            });
        }
        const bool busy = eventually([&] { return pair.two.received_count() > 50; });
        const auto begun = std::chrono::steady_clock::now();
        pair.two.transport().stop();
        const std::size_t count = pair.two.received_count();
        const auto took = std::chrono::steady_clock::now() - begun;
        const bool lost = eventually([&] { return !pair.one.reaches(2); });
        const std::size_t later = pair.two.received_count();
        pair.two.transport().stop();
        sending = false;
        for (std::thread& sender : senders) sender.join();
        CHECK(busy);
        CHECK(took < std::chrono::seconds(10));
        CHECK(lost);
        CHECK(later == count);
        CHECK_FALSE(pair.two.transport().send(NodeId(1), ForwardRequest{1, share({})}));
        pair.one.kill();
        pair.two.kill();
    }
}

TEST_CASE("a handler may stop its own transport") {
    // Goal: a fatal message ends the node from inside, without a deadlock.
    const TestNetwork network(2);
    TestNode one(network, 1);
    TestNode* stopping = nullptr;
    TestNode two(network, 2, {.genesis = {}, .on_message = [&](const consensus::Message&) {
                                  stopping->transport().stop();
                              }});
    stopping = &two;
    one.knows(two);
    one.start();
    two.start();
    REQUIRE(eventually([&] { return one.reaches(2); }));
    one.transport().send(heartbeat(1, 2, 1));
    REQUIRE(two.receives([](const auto& all) { return all.messages.size() == 1; }));
    CHECK(eventually([&] { return !one.reaches(2); }));
}

TEST_CASE("a transport that was never started, or whose thread never ran, ends too") {
    // Goal: every way out of a failed start is clean.
    const TestNetwork network(2);
    { TestNode idle(network, 1); }
    boost::asio::io_context io;
    NodeConfig config;
    config.id = NodeId(1);
    config.peer_listen = "127.0.0.1:0";
    auto made = PeerTransport::create(io, config, network.genesis, network.keys[0], {1}, {});
    REQUIRE(made.has_value());
    (*made)->start();
    (*made)->send(heartbeat(1, 2, 1));
    (*made)->stop();
}

TEST_CASE("a configuration that cannot work is refused at once") {
    // Goal: an operator reads what is wrong, before the node runs.
    const TestNetwork network(2);
    boost::asio::io_context io;
    NodeConfig config;
    config.id = NodeId(1);
    config.peer_listen = "127.0.0.1:0";
    const auto code_of = [&](const NodeConfig& changed, std::size_t key) {
        const auto made =
            PeerTransport::create(io, changed, network.genesis, network.keys[key], {1}, {});
        return made ? std::error_code() : made.error().code;
    };
    CHECK_FALSE(code_of(config, 0));
    CHECK(code_of(config, 1) == api::errc::bad_config);  // another node's key
    NodeConfig changed = config;
    changed.id = NodeId(3);
    CHECK(code_of(changed, 0) == api::errc::bad_config);
    for (const char* text : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                             "host.example:7201", "::1:7201", "[127.0.0.1]:1"}) {
        changed = config;
        changed.peer_listen = text;
        CHECK(code_of(changed, 0) == api::errc::bad_config);
        changed = config;
        changed.peers = {{NodeId(2), text}};
        CHECK(code_of(changed, 0) == api::errc::bad_config);
    }
    changed = config;
    changed.peers = {{NodeId(3), "127.0.0.1:1"}};
    CHECK(code_of(changed, 0) == api::errc::bad_config);
    changed.peers = {{NodeId(2), "localhost:1"}};
    CHECK_FALSE(code_of(changed, 0));

    TestNode taken(network, 2);
    changed = config;
    changed.peer_listen = "127.0.0.1:" + std::to_string(taken.port());
    CHECK(code_of(changed, 0) == api::errc::address_in_use);
}

}  // namespace tally::node::peer::test
