#include "node/peer/acceptor.h"

#include <chrono>
#include <variant>
#include <vector>

#include "api/errc.h"
#include "consensus/errc.h"
#include "node/peer/address.h"

namespace tally::node::peer {

namespace asio = boost::asio;

Acceptor::Acceptor(std::shared_ptr<Context> context)
    : context_(std::move(context)), socket_(context_->network), pause_(context_->network) {}

Result<std::shared_ptr<Acceptor>> Acceptor::listen(std::shared_ptr<Context> context,
                                                   const std::string& address) {
    std::shared_ptr<Acceptor> acceptor(new Acceptor(std::move(context)));
    const Status bound = acceptor->bind(address);
    if (!bound) return bound.error();
    return acceptor;
}

Status Acceptor::bind(const std::string& address) {
    const auto endpoint = parse_endpoint(address);
    if (!endpoint) return endpoint.error();
    boost::system::error_code code;
    socket_.open(endpoint->protocol(), code);
    if (!code) socket_.set_option(asio::socket_base::reuse_address(true), code);
    if (!code) socket_.bind(*endpoint, code);
    if (!code) socket_.listen(asio::socket_base::max_listen_connections, code);
    if (code == asio::error::address_in_use) {
        return fail(
            api::errc::address_in_use,
            "peer.listen: " + address +
                " is taken by another process; end that process, or give this node another port: "
                "there, and as its address under `peers` in the node.toml of every other node");
    }
    if (code) return fail(api::errc::io_failed, "peer.listen: " + address + ": " + code.message());
    port_ = socket_.local_endpoint(code).port();
    return {};
}

void Acceptor::start() { context_->tasks->spawn(accept_forever(shared_from_this()), "accept"); }

void Acceptor::stop() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    pause_.cancel();
}

Task<void> Acceptor::accept_forever(std::shared_ptr<Acceptor> self) {
    constexpr std::chrono::milliseconds kPause{100};
    while (self->socket_.is_open()) {
        Socket socket(self->context_->network);
        const auto [code] = co_await self->socket_.async_accept(socket, kAwait);
        if (!code) {
            self->admit(std::move(socket));
        } else if (self->socket_.is_open()) {
            // Out of file descriptors, most likely: it passes, and a tight loop would not help.
            self->pause_.expires_after(kPause);
            co_await self->pause_.async_wait(kAwait);
        }
    }
}

void Acceptor::admit(Socket socket) {
    const auto gone = [](const auto& waiting) {
        const auto connection = waiting.lock();
        return !connection || !connection->is_open();
    };
    std::erase_if(unknown_, gone);
    while (unknown_.size() >= context_->limits.unknown_connections_max) {
        if (const auto oldest = unknown_.front().lock()) oldest->close("too many unknown");
        unknown_.pop_front();
    }
    const auto connection = std::make_shared<Connection>(
        std::move(socket), context_->server->context(), context_->limits);
    unknown_.push_back(connection);
    context_->tasks->watch(connection);
    context_->tasks->spawn(serve(shared_from_this(), connection), "incoming");
}

/// It is known now: nobody else's connection pushes it out.
void Acceptor::settle(const std::shared_ptr<Connection>& connection) {
    std::erase_if(unknown_, [&](const auto& waiting) { return waiting.lock() == connection; });
}

std::shared_ptr<Peer> Acceptor::peer_with(const Connection& connection) const {
    const auto key = connection.key();
    for (const auto& [id, peer] : context_->peers) {
        if (key == peer->key()) return peer;
    }
    return nullptr;
}

Task<void> Acceptor::serve(std::shared_ptr<Acceptor> self, std::shared_ptr<Connection> connection) {
    const Context& context = *self->context_;
    const Status secured = co_await connection->handshake(Connection::Role::server);
    const std::shared_ptr<Peer> peer = secured ? self->peer_with(*connection) : nullptr;
    if (!peer) {
        connection->close("not a peer");
        co_return;
    }
    const Result<ByteView> bytes = co_await connection->read_frame(kHelloBytesMax);
    const Result<Envelope> envelope = bytes ? decode(*bytes) : bytes.error();
    const Hello* const hello = envelope ? std::get_if<Hello>(&*envelope) : nullptr;
    if (hello == nullptr) {
        if (bytes) peer->fault("greeted without a hello");
        connection->close("greeted without a hello");
        co_return;
    }
    Hello answer = context.greeting(hello->channel);
    answer.refusal = objection(context.hello, *hello, peer->id());
    std::vector<Frame> answers;
    answers.push_back(encode(answer));
    const Status sent = co_await connection->write(std::move(answers));
    if (!answer.refusal.empty()) peer->refused(answer.refusal);
    if (!sent || !answer.refusal.empty()) {
        connection->close(answer.refusal.empty() ? sent.error().context : answer.refusal);
        co_return;
    }
    self->settle(connection);
    connection->established(context.limits.receive_idle_timeout);
    const auto replaced = std::exchange(self->current_[{peer->id(), hello->channel}], connection);
    if (const auto older = replaced.lock()) older->close("replaced by a newer connection");
    peer->said(*hello);
    peer->greeted(hello->incarnation);
    co_await self->receive(peer, hello->channel, connection);
}

Task<void> Acceptor::receive(std::shared_ptr<Peer> peer, Channel channel,
                             std::shared_ptr<Connection> connection) {
    const std::size_t length_max = channel == Channel::urgent ? kUrgentBytesMax : kBulkBytesMax;
    while (connection->is_open()) {
        const Result<ByteView> bytes = co_await connection->read_frame(length_max);
        if (!bytes) {
            // Of what can fail here, only too long a frame is the peer's fault.
            const bool fault = bytes.error().code == consensus::errc::bad_message;
            if (fault) peer->fault(bytes.error().context);
            connection->close(bytes.error().context);
            break;
        }
        Result<Envelope> envelope = decode(*bytes);
        if (!envelope) {
            peer->fault(envelope.error().context);
            connection->close(envelope.error().context);
            break;
        }
        if (std::holds_alternative<Ping>(*envelope)) {
            std::vector<Frame> answers;
            answers.push_back(encode(Pong{}));
            const Status sent = co_await connection->write(std::move(answers));
            if (!sent) connection->close(sent.error().context);
            continue;
        }
        const Status delivered = context_->inbox.deliver(peer->id(), *std::move(envelope));
        if (!delivered) peer->fault(delivered.error().context);
    }
}

}  // namespace tally::node::peer
