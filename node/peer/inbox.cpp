#include "node/peer/inbox.h"

#include <string>
#include <utility>

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
    if (auto* message = std::get_if<consensus::Message>(&envelope)) {
        return deliver_message(from, std::move(*message));
    }
    if (auto* request = std::get_if<ForwardRequest>(&envelope)) {
        if (handlers_.forward) handlers_.forward(from, std::move(*request));
    } else if (auto* reply = std::get_if<ForwardReply>(&envelope)) {
        if (handlers_.forward_reply) handlers_.forward_reply(from, std::move(*reply));
    } else if (auto* signatures = std::get_if<CheckpointSignatures>(&envelope)) {
        if (handlers_.signatures) handlers_.signatures(from, std::move(*signatures));
    } else {
        return misplaced("a greeting out of place");
    }
    return {};
}

Status Inbox::deliver_message(consensus::NodeId from, consensus::Message message) {
    if (message.from != from) {
        return misplaced("a message in the name of node " + std::to_string(message.from.value));
    }
    if (message.to != self_) {
        return misplaced("a message to node " + std::to_string(message.to.value));
    }
    if (handlers_.message) handlers_.message(std::move(message));
    return {};
}

void Inbox::close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
}

}  // namespace tally::node::peer
