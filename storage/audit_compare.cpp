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

void compare_blocks(NamedReport& left, NamedReport& right) {
    const std::uint64_t block = first_difference(left.report, right.report);
    if (block == 0) return;
    const bool first = certified_at_block(left.report, block);
    const bool second = certified_at_block(right.report, block);
    const AuditFinding finding{block, "divergence", "another block than"};
    contradict(left, first, right, second, finding);
    contradict(right, second, left, first, finding);
}

void compare_checkpoints(NamedReport& left, NamedReport& right) {
    for (const auto& [size, root] : left.report.checkpoint_roots) {
        const auto found = right.report.checkpoint_roots.find(size);
        if (found == right.report.checkpoint_roots.end() || found->second == root) continue;
        const bool first = certified_at_size(left.report, size);
        const bool second = certified_at_size(right.report, size);
        const AuditFinding finding{0, "checkpoint",
                                   "size " + std::to_string(size) + ": another signed root than"};
        contradict(left, first, right, second, finding);
        contradict(right, second, left, first, finding);
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
