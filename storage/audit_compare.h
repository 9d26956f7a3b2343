#pragma once

#include <string>
#include <vector>

#include "storage/audit.h"

namespace tally::storage {

/// The audit of one of several sources.
struct NamedReport {
    std::string name;
    AuditReport report;
};

/// Compares all sources of one network with each other: their blocks up to the last that both of
/// two have, and their checkpoints of equal size. Who contradicts what is certified gets the
/// finding; where nothing certified decides, both do.
void compare_audits(std::vector<NamedReport>& audits);

}  // namespace tally::storage
