#include "node/peer/dialer.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <random>
#include <utility>
#include <vector>

#include "api/errc.h"
#include "consensus/errc.h"

namespace tally::node::peer {
namespace {

using std::chrono::milliseconds;
using Clock = Connection::Clock;

/// Frames are gathered into one write up to about this size.
constexpr std::size_t kWriteBytes = 1 << 20;

/// Growing delays between attempts, with jitter, so that nodes that lost each other at the same
/// moment do not meet again in step.
class Backoff {
public:
    Backoff(const PeerLimits& limits, std::uint64_t seed)
        : limits_(limits), delay_(limits.redial_min), random_(seed) {}

    void reset() { delay_ = limits_.redial_min; }
    /// Between half of the delay and all of it.
    milliseconds next() {
        const milliseconds whole = std::exchange(delay_, std::min(delay_ * 2, limits_.redial_max));
        std::uniform_int_distribution<milliseconds::rep> jitter(whole.count() / 2, whole.count());
        return milliseconds(jitter(random_));
    }

private:
    const PeerLimits& limits_;
    milliseconds delay_;
    std::mt19937_64 random_;
};

/// Closes a connection when its keeper ends, however it ends.
class Closer {
public:
    explicit Closer(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
    Closer(const Closer&) = delete;
    Closer& operator=(const Closer&) = delete;
    ~Closer() { connection_->close("abandoned"); }

private:
    std::shared_ptr<Connection> connection_;
};

/// Says who we are and hears who they are. The answer also tells that the other end has accepted
/// our key: in TLS 1.3 the client learns that only with the first bytes after the handshake.
Task<Status> greet(std::shared_ptr<Context> context, std::shared_ptr<Peer> peer, Channel channel,
                   std::shared_ptr<Connection> connection) {
    std::vector<Frame> greeting;
    greeting.push_back(encode(context->greeting(channel)));
    const Status sent = co_await connection->write(std::move(greeting));
    if (!sent) co_return sent.error();
    const Result<ByteView> bytes = co_await connection->read_frame(kHelloBytesMax);
    if (!bytes) co_return bytes.error();
    const Result<Envelope> envelope = decode(*bytes);
    if (!envelope) co_return envelope.error();
    const Hello* const hello = std::get_if<Hello>(&*envelope);
    if (hello == nullptr) co_return fail(consensus::errc::bad_message, "answered without a hello");
    std::string text = objection(context->hello, *hello, peer->id());
    if (text.empty() && hello->channel != channel) text = "answered for another channel";
    if (text.empty() && !hello->refusal.empty()) text = "refused by the peer: " + hello->refusal;
    if (!text.empty()) co_return fail(consensus::errc::bad_message, text);
    peer->said(*hello);
    co_return Status();
}

/// Reads the other end's signs of life, and notices its end.
Task<void> read_answers(std::shared_ptr<Peer> peer, Channel channel,
                        std::shared_ptr<Connection> connection) {
    while (connection->is_open()) {
        const Result<ByteView> bytes = co_await connection->read_frame(kHelloBytesMax);
        if (!bytes) {
            connection->close(bytes.error().context);
            break;
        }
        const Result<Envelope> envelope = decode(*bytes);
        if (!envelope || !std::holds_alternative<Pong>(*envelope)) {
            peer->fault("something else than an answer on a connection of ours");
            connection->close("answered with something else than a sign of life");
            break;
        }
        connection->answered();
    }
    // The writer may be waiting. Once it has ended, the outbox is closed, and a wake would only cut
    // the pause before the next attempt.
    if (peer->outbox(channel).is_open()) peer->outbox(channel).wake();
}

/// Writes what the outbox holds until the connection ends; gives the reason.
Task<std::string> write_queue(std::shared_ptr<Context> context, std::shared_ptr<Peer> peer,
                              Channel channel, std::shared_ptr<Connection> connection) {
    Outbox& outbox = peer->outbox(channel);
    const PeerLimits& limits = context->limits;
    const milliseconds answer_timeout =
        channel == Channel::urgent ? limits.urgent_answer_timeout : limits.bulk_answer_timeout;
    Clock::time_point next_ping = Clock::now() + limits.ping_interval;
    while (connection->is_open()) {
        std::vector<Frame> frames = outbox.take(kWriteBytes);
        const Clock::time_point now = Clock::now();
        const bool ping = now >= next_ping;
        if (ping) {
            next_ping = now + limits.ping_interval;
            frames.push_back(encode(Ping{}));
        }
        if (frames.empty()) {
            const auto idle = std::chrono::ceil<milliseconds>(next_ping - now);
            co_await outbox.wait(idle);
            continue;
        }
        const Status written = co_await connection->write(std::move(frames));
        outbox.written();
        if (!written) co_return written.error().context;
        if (ping && !connection->expects_answer()) connection->expect_answer(answer_timeout);
    }
    co_return connection->reason();
}

/// One connection from dialling to its end; gives the reason of the end.
Task<std::string> dial_once(std::shared_ptr<Context> context, std::shared_ptr<Peer> peer,
                            Channel channel) {
    const auto endpoint = peer->endpoint();
    if (!endpoint) co_return std::string("no address");
    const auto connection =
        std::make_shared<Connection>(boost::asio::ip::tcp::socket(context->network),
                                     context->clients.at(peer->id())->context(), context->limits);
    const Closer closer(connection);
    context->tasks->watch(connection);
    const Status connected = co_await connection->connect(*endpoint);
    if (!connected) co_return connected.error().context;
    const Status secured = co_await connection->handshake(Connection::Role::client);
    if (!secured) co_return secured.error().context;
    const Status greeted = co_await greet(context, peer, channel, connection);
    if (!greeted) co_return greeted.error().context;

    connection->established(std::nullopt);
    peer->opened(channel);
    context->tasks->spawn(read_answers(peer, channel, connection), "answers");
    std::string reason = co_await write_queue(context, peer, channel, connection);
    co_return reason;
}

}  // namespace

Task<void> keep_dialled(std::shared_ptr<Context> context, std::shared_ptr<Peer> peer,
                        Channel channel) {
    const std::uint64_t seed = context->hello.incarnation ^ (std::uint64_t{peer->id().value} << 8) ^
                               static_cast<std::uint64_t>(channel);
    Backoff backoff(context->limits, seed);
    while (!context->tasks->stopping()) {
        const Clock::time_point begun = Clock::now();
        std::string reason;
        try {
            reason = co_await dial_once(context, peer, channel);
        } catch (const std::exception& exception) {
            reason = exception.what();
        }
        peer->closed(channel, reason);
        if (context->tasks->stopping()) break;
        // A connection that held for a while was a good one: try again soon.
        if (Clock::now() - begun > context->limits.redial_max * 2) backoff.reset();
        co_await peer->outbox(channel).wait(backoff.next());
    }
}

}  // namespace tally::node::peer
