#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "consensus/block.h"
#include "storage/audit.h"
#include "storage/block_store.h"
#include "storage/state_store.h"

namespace tally::storage {

/// Where a history was sealed: whatever a node of it signs is one of these roots.
class LogSeals {
public:
    /// Of what an audit has replayed.
    explicit LogSeals(const AuditReport& report)
        : seals_(report.seal_points), entries_(report.entries), last_(report.blocks) {}

    /// It is signed of this history.
    bool has(const SignedMark& root) const;
    /// It is signed of another history. Of more entries than this one has nothing is known.
    bool contradicts(const SignedMark& root) const { return root.size <= entries_ && !has(root); }
    /// Where something was signed of another history: so was all that its signer signed after it.
    struct Other {
        std::uint64_t size = 0;
        consensus::Index block;  ///< of this history, that has so many entries first
    };
    /// The first of these.
    std::optional<Other> first_other(const std::vector<SignedMark>& roots) const;

private:
    std::map<std::uint64_t, SealPoint> seals_;
    std::uint64_t entries_;
    std::uint64_t last_;
};

/// The log as an audit reads it, up to its last block, whatever is known to be committed: what goes
/// on from there has all of it.
class LogSource : public AuditSource {
public:
    /// Of a store that outlives it.
    LogSource(const BlockStore& blocks, consensus::Index last) : blocks_(blocks), last_(last) {}
    Result<consensus::Index> last() const override { return last_; }
    Result<std::vector<consensus::Block>> read(consensus::Index first,
                                               consensus::Index last) const override;
    Result<std::optional<std::string>> checkpoint(std::uint64_t size) const override;
    Result<std::optional<std::string>> newest_certified() const override;

private:
    const BlockStore& blocks_;
    const consensus::Index last_;
};

}  // namespace tally::storage
