#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/json.hpp>

#include "cli/session.h"
#include "node/recovery.h"

namespace tally::cli {

/// `node recover`, below `node`. What it chooses is called through `chosen`, for `node` itself has
/// an action as well.
void add_node_recover(const Command& node, Session& session,
                      const std::shared_ptr<std::function<Exit(Console&)>>& chosen);
/// As a file, whole or not at all; in place of one that is there.
Status write_recovery(const std::string& path, const node::RecoveryDocument& document);
/// Where blocks were set aside, and the command that audits them.
std::string aside_words(const std::string& folder);
/// For people, and for programs.
std::string recovery_words(const node::RecoveryManifest& manifest);
boost::json::object recovery_json(const node::RecoveryDocument& document);

/// `network recover`.
void add_network_recover(const Command& network, Session& session);

}  // namespace tally::cli
