#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "node/peer/codec.h"
#include "node/peer/inbox.h"
#include "node/peer/limits.h"
#include "node/peer/peer.h"
#include "node/peer/task_group.h"
#include "node/peer/tls.h"
#include "node/peer/transport.h"

namespace tally::node::peer {

/// What the parts of one transport share. Every coroutine keeps it alive.
struct Context {
    Context(boost::asio::io_context& io, const PeerLimits& bounds, consensus::NodeId self,
            PeerHandlers handlers)
        : network(io),
          limits(bounds),
          inbox(self, std::move(handlers)),
          tasks(std::make_shared<TaskGroup>(io)) {}

    /// Our greeting on a channel.
    Hello greeting(Channel channel) const {
        Hello own = hello;
        own.channel = channel;
        return own;
    }

    boost::asio::io_context& network;
    const PeerLimits limits;
    Hello hello;  ///< ours, but for the channel
    std::map<consensus::NodeId, std::shared_ptr<Peer>> peers;
    std::unique_ptr<TlsContext> server;                                ///< accepts any peer's key
    std::map<consensus::NodeId, std::unique_ptr<TlsContext>> clients;  ///< each accepts one key
    Inbox inbox;
    std::shared_ptr<TaskGroup> tasks;
};

/// Why the Hello of a node that proved to be `peer` is refused; empty if it is not.
inline std::string objection(const Hello& own, const Hello& received, consensus::NodeId peer) {
    if (received.format != own.format) {
        return "peer format " + std::to_string(received.format) + ", this build speaks " +
               std::to_string(own.format);
    }
    if (received.network != own.network) return "other network";
    if (received.node != peer) return "names itself another node than its key says";
    return {};
}

}  // namespace tally::node::peer
