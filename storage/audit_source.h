#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "ledger/genesis.h"
#include "storage/audit.h"

namespace tally::storage {

/// Reads `<folder>/blocks` as it stands, also beside the running node, and writes nothing; or the
/// folder itself, where it is a node's `blocks` alone (a copy, or what was set aside). Blocks
/// come unjudged: the audit is to name what is wrong with them. What RocksDB itself refuses is
/// corrupt_block.
Result<std::unique_ptr<AuditSource>> make_folder_audit_source(const std::string& folder);

/// The genesis of a data folder, `<folder>/genesis.bin`, at most 1 MiB of it: not_found without
/// one, else as ledger::Genesis::decode fails.
Result<ledger::Genesis> read_genesis(const std::string& folder);

}  // namespace tally::storage
