#include "node/peer/inbox.h"

#include <string>
#include <utility>
#include <variant>

#include "consensus/errc.h"

namespace tally::node::peer {
namespace {

Error misplaced(const std::string& what) { return fail(consensus::errc::bad_message, what); }

}  // namespace

Inbox::Inbox(consensus::NodeId self, PeerHandlers handlers)
    : self_(self), handlers_(std::move(handlers)) {}

Status Inbox::deliver(consensus::NodeId from, Envelope envelope) {
    const std::lock_guard lock(mutex_);
    if (!open_) return {};
    return std::visit(
        [&](auto&& content) { return on(from, std::forward<decltype(content)>(content)); },
        std::move(envelope));
}

// One `on` per kind of envelope: a new kind does not compile until it has its own.

Status Inbox::on(consensus::NodeId, const Hello&) { return misplaced("a greeting out of place"); }
Status Inbox::on(consensus::NodeId, Ping) { return misplaced("a ping out of place"); }
Status Inbox::on(consensus::NodeId, Pong) { return misplaced("a pong out of place"); }

Status Inbox::on(consensus::NodeId from, consensus::Message message) {
    if (message.from != from) {
        return misplaced("a message in the name of node " + std::to_string(message.from.value));
    }
    if (message.to != self_) {
        return misplaced("a message to node " + std::to_string(message.to.value));
    }
    if (handlers_.message) handlers_.message(std::move(message));
    return {};
}

Status Inbox::on(consensus::NodeId from, ForwardRequest request) {
    if (handlers_.forward) handlers_.forward(from, std::move(request));
    return {};
}

Status Inbox::on(consensus::NodeId from, ForwardReply reply) {
    if (handlers_.forward_reply) handlers_.forward_reply(from, std::move(reply));
    return {};
}

Status Inbox::on(consensus::NodeId from, CheckpointSignatures signatures) {
    if (handlers_.signatures) handlers_.signatures(from, std::move(signatures));
    return {};
}

Status Inbox::on(consensus::NodeId from, BlocksWanted wanted) {
    if (handlers_.blocks_wanted) handlers_.blocks_wanted(from, wanted);
    return {};
}

Status Inbox::on(consensus::NodeId from, BlocksGiven given) {
    if (handlers_.blocks_given) handlers_.blocks_given(from, std::move(given));
    return {};
}

void Inbox::close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
}

}  // namespace tally::node::peer
