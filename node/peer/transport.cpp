#include "node/peer/transport.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "api/errc.h"
#include "node/peer/acceptor.h"
#include "node/peer/address.h"
#include "node/peer/context.h"
#include "node/peer/dialer.h"
#include "node/peer/make_transport.h"

namespace tally::node::peer {
namespace {

namespace asio = boost::asio;
using consensus::NodeId;

class Transport final : public PeerTransport {
public:
    Transport(std::shared_ptr<Context> context, std::shared_ptr<Acceptor> acceptor)
        : context_(std::move(context)), acceptor_(std::move(acceptor)) {}
    ~Transport() override { stop_all(); }

    Status set_peer_address(NodeId id, const std::string& address) override {
        const auto endpoint = parse_endpoint(address);
        if (!endpoint) return endpoint.error();
        const auto peer = context_->peers.find(id);
        if (peer == context_->peers.end()) return unknown_peer(id);
        peer->second->set_address(address, *endpoint);
        return {};
    }

    void start() override {
        asio::post(context_->network, [context = context_, acceptor = acceptor_] {
            if (context->tasks->stopping()) return;
            context->tasks->start();
            acceptor->start();
            for (const auto& [id, peer] : context->peers) {
                for (const Channel channel : {Channel::urgent, Channel::bulk}) {
                    context->tasks->spawn(keep_dialled(context, peer, channel), "dialler");
                }
            }
        });
    }

    void stop() override { stop_all(); }
    std::uint16_t port() const override { return acceptor_->port(); }

    void send(consensus::Message message) override {
        queue(message.to, channel_of(message), message);
    }
    bool send(NodeId to, ForwardRequest request) override {
        return queue(to, Channel::bulk, request);
    }
    void send(NodeId to, ForwardReply reply) override { queue(to, Channel::bulk, reply); }
    void send(NodeId to, CheckpointSignatures signatures) override {
        queue(to, Channel::bulk, signatures);
    }
    void send(NodeId to, BlocksWanted wanted) override { queue(to, Channel::bulk, wanted); }
    void send(NodeId to, BlocksGiven given) override { queue(to, Channel::bulk, given); }

    std::vector<PeerState> peers() const override {
        std::vector<PeerState> states;
        for (const auto& [id, peer] : context_->peers) states.push_back(peer->state());
        return states;
    }

    static Error unknown_peer(NodeId id) {
        return fail(api::errc::bad_config, "node " + std::to_string(id.value) + " is not a peer");
    }

private:
    template <typename Content>
    bool queue(NodeId to, Channel channel, const Content& content) {
        const auto found = context_->peers.find(to);
        if (found == context_->peers.end()) return false;
        Peer& peer = *found->second;
        Outbox& outbox = peer.outbox(channel);
        if (!outbox.is_open()) return false;
        Frame frame = encode(content);
        const std::size_t length_max = channel == Channel::urgent ? kUrgentBytesMax : kBulkBytesMax;
        const bool sized = frame.size_bytes() - Frame::kLengthBytes <= length_max;
        const Outbox::Push pushed = sized ? outbox.push(std::move(frame)) : Outbox::Push::full;
        if (pushed == Outbox::Push::full) peer.dropped();
        return pushed == Outbox::Push::queued;
    }

    void stop_all();
    static void close_all(Context& context, Acceptor& acceptor);

    const std::shared_ptr<Context> context_;
    const std::shared_ptr<Acceptor> acceptor_;
    std::atomic<bool> stopped_{false};
};

void Transport::close_all(Context& context, Acceptor& acceptor) {
    acceptor.stop();
    context.tasks->stop();
    for (const auto& [id, peer] : context.peers) {
        for (const Channel channel : {Channel::urgent, Channel::bulk}) {
            peer->outbox(channel).close();
            peer->outbox(channel).wake();
        }
    }
}

void Transport::stop_all() {
    // Long enough for any thread that is at work, and an end if the network thread is not.
    constexpr std::chrono::seconds kPatience{2};
    context_->inbox.close();
    if (stopped_.exchange(true)) return;
    asio::io_context& network = context_->network;
    if (network.get_executor().running_in_this_thread()) {
        close_all(*context_, *acceptor_);
        return;
    }
    asio::post(network,
               [context = context_, acceptor = acceptor_] { close_all(*context, *acceptor); });
    // A network thread that never ran, or has ended, closes nothing: then the sockets go with the
    // io_context.
    if (context_->tasks->started() && !network.stopped()) context_->tasks->wait_idle(kPatience);
}

Status add_peers(Context& context, const NodeConfig& config, const ledger::Genesis& genesis,
                 const TlsIdentity& identity) {
    std::vector<crypto::PublicKey> keys;
    for (const ledger::GenesisNode& node : genesis.nodes) {
        const NodeId id(node.id);
        if (id == config.id) continue;
        const auto outbox = [&context](std::size_t bytes_max) {
            return std::make_shared<Outbox>(context.network, bytes_max);
        };
        context.peers[id] = std::make_shared<Peer>(id, node.name, node.tls_key,
                                                   outbox(context.limits.urgent_queue_bytes_max),
                                                   outbox(context.limits.bulk_queue_bytes_max));
        auto client = TlsContext::create(identity, {node.tls_key});
        if (!client) return client.error();
        context.clients[id] = *std::move(client);
        keys.push_back(node.tls_key);
    }
    auto server = TlsContext::create(identity, std::move(keys));
    if (!server) return server.error();
    context.server = *std::move(server);

    for (const PeerAddress& entry : config.peers) {
        const auto peer = context.peers.find(entry.id);
        if (peer == context.peers.end()) return Transport::unknown_peer(entry.id);
        const auto endpoint = parse_endpoint(entry.address);
        if (!endpoint) return endpoint.error();
        peer->second->set_address(entry.address, *endpoint);
    }
    return {};
}

/// This node must be a voter, and hold the key that genesis pins for it.
Status check_self(const NodeConfig& config, const ledger::Genesis& genesis,
                  const crypto::SecretKey& tls_key) {
    for (const ledger::GenesisNode& node : genesis.nodes) {
        if (NodeId(node.id) != config.id) continue;
        if (node.tls_key == tls_key.public_key()) return {};
        return fail(
            api::errc::bad_config,
            "keys/tls.key is not the key that genesis pins for node " + std::to_string(node.id));
    }
    return fail(api::errc::bad_config,
                "node " + std::to_string(config.id.value) + " is not in genesis");
}

}  // namespace

Result<std::unique_ptr<PeerTransport>> PeerTransport::create(
    asio::io_context& network, const NodeConfig& config, const ledger::Genesis& genesis,
    const crypto::SecretKey& tls_key, const Introduction& said, PeerHandlers handlers) {
    return make_transport(network, config, genesis, tls_key, said, std::move(handlers),
                          PeerLimits{});
}

Result<std::unique_ptr<PeerTransport>> make_transport(
    asio::io_context& network, const NodeConfig& config, const ledger::Genesis& genesis,
    const crypto::SecretKey& tls_key, const Introduction& said, PeerHandlers handlers,
    const PeerLimits& limits) {
    const Status self = check_self(config, genesis, tls_key);
    if (!self) return self.error();
    const auto identity = TlsIdentity::create(tls_key);
    if (!identity) return identity.error();
    auto context = std::make_shared<Context>(network, limits, config.id, std::move(handlers));
    context->hello.network = genesis.network_id();
    context->hello.node = config.id;
    context->hello.incarnation = said.incarnation;
    context->hello.rules_newest = said.rules_newest;
    const Status added = add_peers(*context, config, genesis, *identity);
    if (!added) return added.error();
    auto acceptor = Acceptor::listen(context, config.peer_listen);
    if (!acceptor) return acceptor.error();
    return std::unique_ptr<PeerTransport>(
        std::make_unique<Transport>(std::move(context), *std::move(acceptor)));
}

}  // namespace tally::node::peer
