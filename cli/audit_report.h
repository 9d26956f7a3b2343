#pragma once

#include <vector>

#include "cli/audit_subjects.h"
#include "cli/output.h"
#include "storage/audit_compare.h"

namespace tally::cli {

/// Of all sources together: the worst.
storage::Verdict verdict_of(const std::vector<storage::NamedReport>& audits);
/// Each verdict has its own exit code (docs/CLI.md).
Exit exit_of(storage::Verdict verdict);

/// Shows what an audit found. `audits` are of the plan's subjects, in their order.
void show_audit(Console& console, const AuditPlan& plan,
                const std::vector<storage::NamedReport>& audits);

}  // namespace tally::cli
