#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "crypto/ed25519.h"
#include "node/peer/codec.h"
#include "node/peer/outbox.h"
#include "node/peer/transport.h"

namespace tally::node::peer {

/// Another voter as this node knows it. Thread-safe.
class Peer {
public:
    Peer(consensus::NodeId id, std::string name, const crypto::PublicKey& key,
         std::shared_ptr<Outbox> urgent, std::shared_ptr<Outbox> bulk);

    consensus::NodeId id() const { return id_; }
    const std::string& name() const { return name_; }
    const crypto::PublicKey& key() const { return key_; }
    Outbox& outbox(Channel channel) const;

    void set_address(std::string text, const boost::asio::ip::tcp::endpoint& endpoint);
    std::optional<boost::asio::ip::tcp::endpoint> endpoint() const;

    /// The outgoing connection is established: messages may be pushed.
    void opened(Channel channel);
    /// It is not, or no longer, and why.
    void closed(Channel channel, const std::string& error);
    /// An incoming connection greeted well: redial at once, the peer is there.
    void greeted(std::uint64_t incarnation);
    /// What it says of itself, in either direction.
    void said(const Hello& hello);
    /// An incoming connection of this peer was refused.
    void refused(const std::string& error);
    /// The peer sent what no correct node sends.
    void fault(const std::string& error);
    void dropped();

    PeerState state() const;

private:
    enum Source { kIncoming, kUrgent, kBulk, kSources };

    const consensus::NodeId id_;
    const std::string name_;
    const crypto::PublicKey key_;
    const std::shared_ptr<Outbox> urgent_;
    const std::shared_ptr<Outbox> bulk_;

    mutable std::mutex mutex_;  // guards the rest
    PeerState state_;           // last_error is made from errors_
    std::optional<boost::asio::ip::tcp::endpoint> endpoint_;
    std::array<std::string, kSources> errors_;
};

}  // namespace tally::node::peer
