#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "consensus/message.h"
#include "crypto/ed25519.h"
#include "ledger/genesis.h"
#include "node/config.h"
#include "node/peer_messages.h"

namespace boost::asio {
class io_context;
}

namespace tally::node::peer {

struct PeerHandlers {
    /// On the network thread; must not block. `from` is the authenticated peer, and message.from
    /// equals it (others are dropped and counted as faults of the peer).
    std::function<void(consensus::Message)> message;
    std::function<void(consensus::NodeId from, ForwardRequest)> forward;
    std::function<void(consensus::NodeId from, ForwardReply)> forward_reply;
    std::function<void(consensus::NodeId from, CheckpointSignatures)> signatures;
    std::function<void(consensus::NodeId from, BlocksWanted)> blocks_wanted;
    std::function<void(consensus::NodeId from, BlocksGiven)> blocks_given;
};

struct PeerState {
    consensus::NodeId id;
    std::string address;
    bool reachable = false;
    consensus::Millis since{0};      ///< wall time of the last change of `reachable`
    std::string last_error;          ///< empty once reachable, until the next failure
    std::uint32_t rules_newest = 0;  ///< that it applies; 0: not known
    std::uint64_t faults = 0;        ///< what a correct peer never sends: bad bytes, another's name
    std::uint64_t dropped = 0;       ///< messages that found the queue full, since the start
    std::uint64_t incarnation = 0;   ///< of its newest connection to us; 0 before the first
};

/// What a node says of itself when it greets.
struct Introduction {
    std::uint64_t incarnation = 0;
    std::uint32_t rules_newest = ledger::kRulesVersion;
};

/// Mutually authenticated TLS 1.3 between the voters: each side's certificate must hold exactly the
/// Ed25519 key that genesis pins for it; names and dates in certificates mean nothing. Frames are a
/// u32 length and a Protobuf envelope (node/peer/peer.proto). Two connections per pair: one for
/// heartbeats, votes and reads, one for appends, forwards, signatures and mended blocks, so that a
/// large append never causes an election; acknowledgements of appends take the first. Every pair is
/// dialled by both ends for their own sending; dialling is retried with a bounded, growing delay.
/// One thread runs `network`, which outlives the transport.
class PeerTransport {
public:
    static Result<std::unique_ptr<PeerTransport>> create(
        boost::asio::io_context& network, const NodeConfig& config, const ledger::Genesis& genesis,
        const crypto::SecretKey& tls_key, const Introduction& said, PeerHandlers handlers);
    virtual ~PeerTransport() = default;

    /// Where a peer is dialled from now on; `host` is an IP address or `localhost`. Thread-safe,
    /// before and after start. Fails with bad_config for other text or an unknown peer.
    virtual Status set_peer_address(consensus::NodeId peer, const std::string& address) = 0;

    virtual void start() = 0;
    /// No handler runs after it returns (but the one that calls it, if one does); hold no lock that
    /// a handler takes. Sockets are closed by the network thread, for which a call from another
    /// thread waits. Idempotent, and called by the destructor.
    virtual void stop() = 0;
    /// The port that the system chose, after create.
    virtual std::uint16_t port() const = 0;

    /// Thread-safe, never blocks. Dropped when the peer's queue (bounded in bytes) is full or it is
    /// not connected: consensus repeats what matters.
    virtual void send(consensus::Message message) = 0;
    /// False when it was not queued: then nothing has left.
    virtual bool send(consensus::NodeId to, ForwardRequest request) = 0;
    virtual void send(consensus::NodeId to, ForwardReply reply) = 0;
    virtual void send(consensus::NodeId to, CheckpointSignatures signatures) = 0;
    virtual void send(consensus::NodeId to, BlocksWanted wanted) = 0;
    virtual void send(consensus::NodeId to, BlocksGiven given) = 0;

    virtual std::vector<PeerState> peers() const = 0;
};

}  // namespace tally::node::peer
