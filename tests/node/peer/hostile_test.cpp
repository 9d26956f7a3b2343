#include <poll.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "node/peer/codec.h"
#include "node/peer/tls.h"
#include "random_messages.h"
#include "test_node.h"
#include "tests/support/catch.h"

// Voters against whoever reaches their port: strangers without a key, and peers that lie.

namespace tally::node::peer::test {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using consensus::NodeId;

asio::ip::tcp::socket plain_connection(asio::io_context& io, std::uint16_t port) {
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), port});
    return socket;
}

/// Reads until the other end closes; false if it says nothing for a minute instead.
template <typename Stream>
bool is_closed(Stream& stream) {
    Bytes bytes(4096);
    error_code code;
    while (!code) {
        pollfd readable{stream.lowest_layer().native_handle(), POLLIN, 0};
        if (poll(&readable, 1, 60'000) != 1) return false;
        stream.read_some(asio::buffer(bytes), code);
    }
    return true;
}

/// Speaks the protocol with a key of its choice, blocking, as a hostile program would.
class Rogue {
public:
    Rogue(const crypto::SecretKey& key, const crypto::PublicKey& server, std::uint16_t port)
        : identity_(*TlsIdentity::create(key)),
          context_(*TlsContext::create(identity_, {server})),
          stream_(plain_connection(io_, port), context_->context()) {
        stream_.handshake(asio::ssl::stream_base::client, code_);
    }

    void write(ByteView bytes) {
        if (!code_) asio::write(stream_, asio::buffer(bytes.data(), bytes.size()), code_);
    }
    void write(const Frame& frame) { write(frame.flatten()); }
    void greet(const TestNetwork& network, std::uint32_t as, Channel channel) {
        Hello hello;
        hello.network = network.genesis.network_id();
        hello.node = NodeId(as);
        hello.channel = channel;
        write(encode(hello));
    }
    /// The answer to a greeting; nothing if the connection was closed instead.
    std::optional<Hello> answer() {
        Bytes head(4);
        if (!code_) asio::read(stream_, asio::buffer(head), code_);
        if (code_) return std::nullopt;
        Bytes body(frame_length(head));
        asio::read(stream_, asio::buffer(body), code_);
        if (code_) return std::nullopt;
        Result<Envelope> envelope = decode(body);
        if (!envelope) return std::nullopt;
        return std::get<Hello>(*envelope);
    }
    bool closed_by_the_other_end() { return code_ ? true : is_closed(stream_); }

private:
    asio::io_context io_;
    TlsIdentity identity_;
    std::unique_ptr<TlsContext> context_;
    asio::ssl::stream<asio::ip::tcp::socket> stream_;
    error_code code_;
};

/// A node of three, of which the test plays number 3.
struct Target {
    explicit Target(PeerLimits limits = quick_limits())
        : node(network, 1, {.limits = limits, .genesis = {}, .on_message = {}}),
          friendly(network, 2) {
        node.knows(friendly);
        friendly.knows(node);
        node.start();
        friendly.start();
        REQUIRE(eventually([this] { return node.reaches(2) && friendly.reaches(1); }));
    }

    Rogue rogue(std::uint32_t key_of = 3) {
        return Rogue(network.keys.at(key_of - 1), network.keys[0].public_key(), node.port());
    }
    /// The node took no harm: its other peer still gets through.
    bool unharmed() {
        const std::size_t before = node.received_count();
        friendly.transport().send(heartbeat(2, 1, 1));
        return node.receives([&](const auto& all) { return all.messages.size() > before; });
    }

    TestNetwork network{3};
    TestNode node;
    TestNode friendly;
};

Bytes length_of(std::uint32_t length) {
    return {static_cast<std::uint8_t>(length >> 24), static_cast<std::uint8_t>(length >> 16),
            static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)};
}

}  // namespace

TEST_CASE("a stranger's key is refused") {
    // Goal: nobody but the voters of genesis gets past the handshake, not even with a good Hello.
    Target target;
    const crypto::SecretKey stranger = crypto::SecretKey::generate();
    Rogue rogue(stranger, target.network.keys[0].public_key(), target.node.port());
    rogue.greet(target.network, 3, Channel::urgent);
    CHECK_FALSE(rogue.answer().has_value());
    CHECK(rogue.closed_by_the_other_end());
    // Its own key, held by another program, is no peer's key either.
    Rogue mirror = target.rogue(1);
    mirror.greet(target.network, 1, Channel::urgent);
    CHECK_FALSE(mirror.answer().has_value());
    CHECK(target.unharmed());
}

TEST_CASE("a server with another voter's key is refused by who dials it") {
    // Goal: being a voter is not enough, it must be the voter that was dialled.
    const TestNetwork network(3);
    TestNode one(network, 1);
    TestNode two(network, 2);
    one.knows(3, two.port());
    one.start();
    two.start();
    REQUIRE(
        eventually([&] { return one.peer(3).last_error == "TLS: not a key that genesis pins"; }));
    CHECK_FALSE(one.reaches(3));
    CHECK_FALSE(one.transport().send(NodeId(3), ForwardRequest{1, share({})}));
}

TEST_CASE("a node of another network is refused with these words") {
    // Goal: the same keys in two networks never mix, and both operators read why.
    const TestNetwork network(2);
    TestNode one(network, 1);
    TestNode two(network, 2, {.genesis = network.renamed("another"), .on_message = {}});
    one.knows(two);
    two.knows(one);
    one.start();
    two.start();
    CHECK(eventually([&] { return one.peer(2).last_error == "other network"; }));
    CHECK(eventually([&] { return two.peer(1).last_error == "other network"; }));
    CHECK_FALSE(one.reaches(2));
    CHECK_FALSE(two.reaches(1));
}

TEST_CASE("a Hello must name the node of its key, and the format") {
    // Goal: a voter cannot speak as another one.
    Target target;
    Rogue rogue = target.rogue();
    rogue.greet(target.network, 2, Channel::urgent);
    const auto answer = rogue.answer();
    REQUIRE(answer.has_value());
    CHECK(answer->refusal == "names itself another node than its key says");
    CHECK(rogue.closed_by_the_other_end());
    CHECK(target.node.peer(3).last_error == answer->refusal);

    Rogue newer = target.rogue();
    Hello hello;
    hello.format = Hello::kFormat + 1;
    hello.network = target.network.genesis.network_id();
    hello.node = NodeId(3);
    newer.write(encode(hello));
    const auto newer_answer = newer.answer();
    REQUIRE(newer_answer.has_value());
    CHECK(newer_answer->refusal == "peer format " + std::to_string(Hello::kFormat + 1) +
                                       ", this build speaks " + std::to_string(Hello::kFormat));
    CHECK(target.unharmed());
}

TEST_CASE("plain bytes on the port are refused without effect") {
    // Goal: port scanners, HTTP clients and noise cost one connection each, nothing else.
    Target target;
    RandomMessages random(1);
    const std::string http = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    for (const Bytes& noise : {to_bytes(http), random.bytes(10'000), Bytes(64, 0xff)}) {
        asio::io_context io;
        auto socket = plain_connection(io, target.node.port());
        error_code ignored;
        asio::write(socket, asio::buffer(noise), ignored);
        CHECK(is_closed(socket));
    }
    CHECK(target.node.peer(2).faults == 0);
    CHECK(target.node.peer(3).faults == 0);
    CHECK(target.unharmed());
}

TEST_CASE("who says nothing is sent away in time") {
    // Goal: silence holds a connection no longer than the handshake may take.
    PeerLimits limits = quick_limits();
    limits.handshake_timeout = std::chrono::milliseconds(1000);
    Target target(limits);
    asio::io_context io;
    auto socket = plain_connection(io, target.node.port());
    CHECK(is_closed(socket));
    Rogue secured = target.rogue();
    CHECK(secured.closed_by_the_other_end());
    CHECK(target.unharmed());
}

TEST_CASE("a listener that never answers is given up in time") {
    // Goal: the dialling end is bounded as well, and says what it waits for.
    PeerLimits limits = quick_limits();
    limits.handshake_timeout = std::chrono::milliseconds(300);
    const TestNetwork network(2);
    asio::io_context io;
    asio::ip::tcp::acceptor mute(io, {asio::ip::address_v4::loopback(), 0});
    TestNode one(network, 1, {.limits = limits, .genesis = {}, .on_message = {}});
    one.knows(2, mute.local_endpoint().port());
    one.start();
    CHECK(eventually([&] { return one.peer(2).last_error == "no handshake in time"; }));
}

TEST_CASE("strangers cannot crowd the voters out") {
    // Goal: many silent connections neither pile up nor keep a peer from connecting.
    PeerLimits limits = quick_limits();
    limits.unknown_connections_max = 4;
    Target target(limits);
    asio::io_context io;
    std::vector<asio::ip::tcp::socket> crowd;
    for (int i = 0; i < 30; ++i) crowd.push_back(plain_connection(io, target.node.port()));
    CHECK(is_closed(crowd.front()));
    Rogue voter = target.rogue();
    voter.greet(target.network, 3, Channel::urgent);
    const auto answer = voter.answer();
    REQUIRE(answer.has_value());
    CHECK(answer->refusal.empty());
    for (int i = 0; i < 10; ++i) crowd.push_back(plain_connection(io, target.node.port()));
    // Known now: the crowd does not push it out.
    voter.write(encode(heartbeat(3, 1, 42)));
    CHECK(target.node.receives([](const auto& all) { return all.messages.size() == 1; }));
}

TEST_CASE("a frame above the bound is refused before it is read") {
    // Goal: four bytes cannot make a node allocate gigabytes; the bound is tightest before Hello.
    Target target;
    Rogue early = target.rogue();
    early.write(length_of(kHelloBytesMax + 1));
    CHECK(early.closed_by_the_other_end());
    CHECK(target.node.peer(3).faults == 0);  // nobody is known by name yet

    const std::pair<Channel, std::size_t> bounds[] = {{Channel::urgent, kUrgentBytesMax},
                                                      {Channel::bulk, kBulkBytesMax}};
    std::uint64_t faults = 0;
    for (const auto& [channel, bound] : bounds) {
        Rogue rogue = target.rogue();
        rogue.greet(target.network, 3, channel);
        REQUIRE(rogue.answer().has_value());
        rogue.write(length_of(static_cast<std::uint32_t>(bound + 1)));
        CHECK(rogue.closed_by_the_other_end());
        CHECK(target.node.peer(3).faults == ++faults);
    }
    CHECK(target.unharmed());
}

TEST_CASE("an envelope that does not decode closes the connection") {
    // Goal: a broken peer is counted and cut off, never guessed at.
    Target target;
    Rogue rogue = target.rogue();
    rogue.greet(target.network, 3, Channel::bulk);
    REQUIRE(rogue.answer().has_value());
    Bytes bytes = length_of(3);
    append(bytes, Bytes{0xff, 0xff, 0xff});
    rogue.write(bytes);
    CHECK(rogue.closed_by_the_other_end());
    CHECK(target.node.peer(3).faults == 1);
    CHECK_FALSE(target.node.peer(3).last_error.empty());
    CHECK(target.unharmed());
}

TEST_CASE("a message in another's name is dropped and counted") {
    // Goal: consensus may trust message.from.
    Target target;
    Rogue rogue = target.rogue();
    rogue.greet(target.network, 3, Channel::urgent);
    REQUIRE(rogue.answer().has_value());
    rogue.write(encode(heartbeat(2, 1, 1)));  // in the name of node 2
    rogue.write(encode(heartbeat(3, 2, 2)));  // to somebody else
    rogue.write(encode(Pong{}));              // out of place
    rogue.write(encode(heartbeat(3, 1, 3)));  // good, on the same connection
    REQUIRE(target.node.receives([](const auto& all) { return !all.messages.empty(); }));
    const TestNode::Received received = target.node.received();
    REQUIRE(received.messages.size() == 1);
    CHECK(std::get<consensus::Heartbeat>(received.messages[0].body).round == 3);
    CHECK(target.node.peer(3).faults == 3);
    CHECK(target.unharmed());
}

TEST_CASE("a newer connection of the same peer and channel replaces the older") {
    // Goal: what a dead process left behind is gone as soon as its successor greets.
    Target target;
    Rogue older = target.rogue();
    older.greet(target.network, 3, Channel::urgent);
    REQUIRE(older.answer().has_value());
    Rogue other_channel = target.rogue();
    other_channel.greet(target.network, 3, Channel::bulk);
    REQUIRE(other_channel.answer().has_value());
    Rogue newer = target.rogue();
    newer.greet(target.network, 3, Channel::urgent);
    REQUIRE(newer.answer().has_value());
    CHECK(older.closed_by_the_other_end());
    newer.write(encode(heartbeat(3, 1, 1)));
    other_channel.write(encode(heartbeat(3, 1, 2)));
    CHECK(target.node.receives([](const auto& all) { return all.messages.size() == 2; }));
}

}  // namespace tally::node::peer::test
