#pragma once

#include <mutex>

#include "node/peer/codec.h"
#include "node/peer/transport.h"

namespace tally::node::peer {

/// The gate to the handlers: what was received is handed over here, and nothing after `close`.
class Inbox {
public:
    Inbox(consensus::NodeId self, PeerHandlers handlers);

    /// Hands the envelope to its handler. Fails with bad_message, and hands over nothing, when
    /// `from` may not say this: a message in another's name or to another node, or a kind that has
    /// no place on an established connection. For the network thread.
    Status deliver(consensus::NodeId from, Envelope envelope);

    /// Waits for the handler that runs, unless it is the caller. Thread-safe.
    void close();

private:
    Status on(consensus::NodeId from, const Hello& hello);
    Status on(consensus::NodeId from, Ping ping);
    Status on(consensus::NodeId from, Pong pong);
    Status on(consensus::NodeId from, consensus::Message message);
    Status on(consensus::NodeId from, ForwardRequest request);
    Status on(consensus::NodeId from, ForwardReply reply);
    Status on(consensus::NodeId from, CheckpointSignatures signatures);
    Status on(consensus::NodeId from, BlocksWanted wanted);
    Status on(consensus::NodeId from, BlocksGiven given);

    const consensus::NodeId self_;
    const PeerHandlers handlers_;
    // Held while a handler runs; recursive, because a handler may stop the transport.
    std::recursive_mutex mutex_;
    bool open_ = true;  // guarded by mutex_
};

}  // namespace tally::node::peer
