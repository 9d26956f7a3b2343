#include "storage/audit_compare.h"

#include <algorithm>

namespace tally::storage {
namespace {

/// Number of the first block at which two chains differ, 0 if one is the beginning of the other.
/// Each block holds the hash of the one before, so chains that have parted never meet again.
std::uint64_t first_difference(const AuditReport& one, const AuditReport& other) {
    const auto [here, there] = std::mismatch(one.block_hashes.begin(), one.block_hashes.end(),
                                             other.block_hashes.begin(), other.block_hashes.end());
    if (here == one.block_hashes.end() || there == other.block_hashes.end()) return 0;
    return static_cast<std::uint64_t>(here - one.block_hashes.begin()) + 1;
}

bool certified_at_block(const AuditReport& report, std::uint64_t block) {
    return report.anchor && report.certified_block >= block;
}

bool certified_at_size(const AuditReport& report, std::uint64_t size) {
    return report.anchor && report.anchor->size >= size;
}

/// `certified` says whether what `mine` has is vouched for: then the fault is the other's.
void contradict(NamedReport& mine, bool certified, const NamedReport& other, bool other_certified,
                const AuditFinding& finding) {
    if (certified && !other_certified) return;
    AuditFinding named = finding;
    named.detail +=
        " " + other.name + " has" + (other_certified ? ", and what it has is certified" : "");
    mine.report.find(std::move(named));
}

void compare_blocks(NamedReport& one, NamedReport& other) {
    const std::uint64_t block = first_difference(one.report, other.report);
    if (block == 0) return;
    const bool first = certified_at_block(one.report, block);
    const bool second = certified_at_block(other.report, block);
    const AuditFinding finding{block, "divergence", "another block than"};
    contradict(one, first, other, second, finding);
    contradict(other, second, one, first, finding);
}

void compare_checkpoints(NamedReport& one, NamedReport& other) {
    for (const auto& [size, root] : one.report.checkpoint_roots) {
        const auto found = other.report.checkpoint_roots.find(size);
        if (found == other.report.checkpoint_roots.end() || found->second == root) continue;
        const bool first = certified_at_size(one.report, size);
        const bool second = certified_at_size(other.report, size);
        const AuditFinding finding{0, "checkpoint",
                                   "size " + std::to_string(size) + ": another signed root than"};
        contradict(one, first, other, second, finding);
        contradict(other, second, one, first, finding);
        return;  // the first tells all
    }
}

}  // namespace

void compare_audits(std::vector<NamedReport>& audits) {
    for (std::size_t one = 0; one < audits.size(); ++one) {
        for (std::size_t other = one + 1; other < audits.size(); ++other) {
            compare_blocks(audits[one], audits[other]);
            compare_checkpoints(audits[one], audits[other]);
        }
    }
}

}  // namespace tally::storage
