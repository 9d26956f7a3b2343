#pragma once

#include <memory>

#include "client/client.h"
#include "storage/audit.h"

namespace tally::cli {

/// Reads a node's blocks and checkpoints over its API. What the node sends is not believed: the
/// audit judges it. The client must outlive the source. A node has the client's deadline for its
/// answers together, and again for every 1000 blocks or 8 MiB that it gave: timed_out beyond, so
/// that one that gives a block now and then does not hold up the audit of the others.
std::unique_ptr<storage::AuditSource> make_url_audit_source(client::Client& client);

}  // namespace tally::cli
