#include "test_node.h"

#include <boost/asio/post.hpp>

#include "node/peer/make_transport.h"
#include "random_messages.h"
#include "tests/support/catch.h"

namespace tally::node::peer::test {
namespace {

/// A machine that builds beside the tests may stand still for long.
constexpr std::chrono::seconds kPatience{60};

NodeConfig config_for(std::uint32_t id, std::uint16_t port) {
    NodeConfig config;
    config.id = consensus::NodeId(id);
    config.peer_listen = "127.0.0.1:" + std::to_string(port);
    return config;
}

}  // namespace

bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

TestNetwork::TestNetwork(std::uint32_t count, const std::string& name) {
    genesis.name = name;
    genesis.origin_base = "ledger.example";
    genesis.calendar = "Asia/Shanghai";
    for (std::uint32_t id = 1; id <= count; ++id) {
        keys.push_back(crypto::SecretKey::generate());
        ledger::GenesisNode node;
        node.id = id;
        node.name = "node-" + std::to_string(id);
        node.tls_key = keys.back().public_key();
        genesis.nodes.push_back(node);
    }
}

ledger::Genesis TestNetwork::renamed(const std::string& name) const {
    ledger::Genesis other = genesis;
    other.name = name;
    return other;
}

PeerLimits quick_limits() {
    PeerLimits limits;
    limits.redial_min = std::chrono::milliseconds(5);
    limits.redial_max = std::chrono::milliseconds(50);
    limits.ping_interval = std::chrono::milliseconds(100);
    limits.connect_timeout = std::chrono::seconds(30);
    limits.handshake_timeout = std::chrono::seconds(180);
    limits.urgent_answer_timeout = std::chrono::seconds(180);
    limits.bulk_answer_timeout = std::chrono::seconds(180);
    limits.write_stall_timeout = std::chrono::seconds(180);
    limits.receive_idle_timeout = std::chrono::seconds(180);
    return limits;
}

TestNode::TestNode(const TestNetwork& network, std::uint32_t id)
    : TestNode(network, id, Options{}) {}

TestNode::TestNode(const TestNetwork& network, std::uint32_t id, Options options)
    : id_(id),
      io_(std::make_unique<boost::asio::io_context>(1)),
      work_(boost::asio::make_work_guard(*io_)) {
    auto made = make_transport(*io_, config_for(id, options.port),
                               options.genesis.value_or(network.genesis), network.keys.at(id - 1),
                               {options.incarnation}, handlers(options.on_message), options.limits);
    if (!made) FAIL(made.error().context);
    transport_ = *std::move(made);
    port_ = transport_->port();
    thread_ = std::thread([this] { io_->run(); });
}

TestNode::~TestNode() { kill(); }

void TestNode::kill() {
    if (!transport_) return;
    resume();
    transport_->stop();
    work_.reset();
    thread_.join();
    transport_.reset();
    io_.reset();
}

void TestNode::knows(const TestNode& other) { knows(other.id().value, other.port()); }

void TestNode::knows(std::uint32_t id, std::uint16_t port) {
    const Status set =
        transport_->set_peer_address(consensus::NodeId(id), "127.0.0.1:" + std::to_string(port));
    REQUIRE(set.has_value());
}

void TestNode::pause() {
    {
        const std::lock_guard lock(mutex_);
        paused_ = true;
    }
    boost::asio::post(*io_, [this] {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !paused_; });
    });
}

void TestNode::resume() {
    const std::lock_guard lock(mutex_);
    paused_ = false;
    changed_.notify_all();
}

PeerState TestNode::peer(std::uint32_t id) const {
    for (const PeerState& state : transport_->peers()) {
        if (state.id.value == id) return state;
    }
    FAIL("no such peer");
    return {};
}

bool TestNode::receives(const std::function<bool(const Received&)>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return condition(received_); });
}

TestNode::Received TestNode::received() const {
    const std::lock_guard lock(mutex_);
    return received_;
}

std::size_t TestNode::received_count() const {
    const std::lock_guard lock(mutex_);
    return received_.messages.size() + received_.forwards.size() + received_.replies.size() +
           received_.signatures.size() + received_.wanted.size() + received_.given.size();
}

template <typename Change>
void TestNode::note(Change change) {
    const std::lock_guard lock(mutex_);
    change(received_);
    changed_.notify_all();
}

PeerHandlers TestNode::handlers(std::function<void(const consensus::Message&)> on_message) {
    PeerHandlers handlers;
    handlers.message = [this, on_message = std::move(on_message)](consensus::Message message) {
        if (on_message) on_message(message);
        note([&](Received& all) { all.messages.push_back(std::move(message)); });
    };
    handlers.forward = [this](consensus::NodeId from, ForwardRequest request) {
        note([&](Received& all) { all.forwards.emplace_back(from, std::move(request)); });
    };
    handlers.forward_reply = [this](consensus::NodeId from, ForwardReply reply) {
        note([&](Received& all) { all.replies.emplace_back(from, std::move(reply)); });
    };
    handlers.signatures = [this](consensus::NodeId from, CheckpointSignatures signatures) {
        note([&](Received& all) { all.signatures.emplace_back(from, std::move(signatures)); });
    };
    handlers.blocks_wanted = [this](consensus::NodeId from, BlocksWanted wanted) {
        note([&](Received& all) { all.wanted.emplace_back(from, wanted); });
    };
    handlers.blocks_given = [this](consensus::NodeId from, BlocksGiven given) {
        note([&](Received& all) { all.given.emplace_back(from, std::move(given)); });
    };
    return handlers;
}

Pair::Pair(PeerLimits limits)
    : one(network, 1, {.limits = limits, .genesis = {}, .on_message = {}}),
      two(network, 2, {.limits = limits, .genesis = {}, .on_message = {}}) {
    one.knows(two);
    two.knows(one);
    one.start();
    two.start();
    REQUIRE(eventually([this] { return one.reaches(2) && two.reaches(1); }));
    // The bulk connections too: a forward is queued on them alone.
    const ForwardRequest probe{0, share({})};
    REQUIRE(eventually([&] { return one.transport().send(consensus::NodeId(2), probe); }));
    REQUIRE(eventually([&] { return two.transport().send(consensus::NodeId(1), probe); }));
    REQUIRE(one.receives([](const auto& all) { return !all.forwards.empty(); }));
    REQUIRE(two.receives([](const auto& all) { return !all.forwards.empty(); }));
}

consensus::Message heartbeat(std::uint32_t from, std::uint32_t to, std::uint64_t round) {
    consensus::Message message;
    message.from = consensus::NodeId(from);
    message.to = consensus::NodeId(to);
    message.term = consensus::Term(1);
    message.body = consensus::Heartbeat{consensus::Index(1), round};
    return message;
}

consensus::Message append_of(std::uint32_t from, std::uint32_t to, std::size_t payload_size) {
    RandomMessages random(payload_size);
    consensus::Message message = heartbeat(from, to, 0);
    consensus::AppendRequest request;
    request.blocks.push_back(random.block(payload_size));
    message.body = std::move(request);
    return message;
}

}  // namespace tally::node::peer::test
