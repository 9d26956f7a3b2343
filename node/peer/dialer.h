#pragma once

#include <memory>

#include "node/peer/context.h"
#include "node/peer/task.h"

namespace tally::node::peer {

/// Keeps one outgoing connection for as long as the transport runs: dials, greets, writes what the
/// outbox holds, and dials again after a growing delay. Ends when the tasks are stopped and the
/// outbox is woken.
Task<void> keep_dialled(std::shared_ptr<Context> context, std::shared_ptr<Peer> peer,
                        Channel channel);

}  // namespace tally::node::peer
