#pragma once

#include <memory>

#include "client/client.h"
#include "storage/audit.h"

namespace tally::cli {

/// Reads a node's blocks and checkpoints over its API. What the node sends is not believed: the
/// audit judges it. The client must outlive the source.
std::unique_ptr<storage::AuditSource> make_url_audit_source(client::Client& client);

}  // namespace tally::cli
