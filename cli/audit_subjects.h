#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/target.h"
#include "storage/audit.h"

namespace tally::cli {

/// One thing to audit: a data folder or a node's URL.
struct AuditSubject {
    std::string name;
    std::string place;
    bool is_url = false;
    Status unusable;  ///< why it is known from the start that nothing can be read from it
    /// Of a folder in a network's folder: whose it is by its name.
    std::optional<ledger::GenesisNode> node = std::nullopt;
};

/// What an audit is about, and whom it believes.
struct AuditPlan {
    std::vector<AuditSubject> subjects;
    ledger::Genesis genesis;
    std::string trusted;  ///< the file that the genesis came from
    /// The genesis is the audited folder's own: whoever made the folder chose it.
    bool trusts_itself = false;
};

/// Whether it is a network's folder: it has a network.pub.
bool is_network(const std::string& folder);

/// Of a network's folder all nodes that its genesis names, whether they are there or not; a data
/// folder is one itself, and so is each URL. Without either: the folder of --dir. Trusted is the
/// file of --trust; else the network.pub of the first folder that has one, in it or around it, of
/// --dir where there are URLs only; a data folder that stands alone brings its own genesis. Fails
/// only where nothing is trusted: a folder that cannot be audited is a subject all the same.
Result<AuditPlan> plan_audit(const Target& target, const std::vector<std::string>& named);

/// A source with what it reads through.
struct AuditReader {
    std::unique_ptr<client::Client> client;  // before the source, which refers to it
    std::unique_ptr<storage::AuditSource> source;
};
/// Fails with what is missing or cannot be read.
Result<AuditReader> open_subject(const AuditSubject& subject, const Target& target);

}  // namespace tally::cli
