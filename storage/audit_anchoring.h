#pragma once

// Internal.
#include <cstdint>
#include <set>
#include <vector>

#include "storage/audit.h"
#include "storage/state_store.h"

namespace tally::storage {

/// The part of an audit that ties a replayed log to its network: every checkpoint that the source
/// keeps, the one that it names as its newest, and those that others have, must each be arrived at
/// with the same root. Source, genesis and report must outlive it.
class Anchoring {
public:
    Anchoring(const AuditSource& source, const ledger::Genesis& genesis,
              const std::vector<Anchor>& others, AuditReport& report);

    /// Asks the source what it has. To be called before it is asked for its last block: then that
    /// block is not older than the checkpoint.
    Status begin();
    /// Entries that the log has to have, because a node signed for them.
    std::uint64_t wanted() const { return wanted_; }
    /// At each seal, with the root that the replay led to.
    void on_seal(const SealPoint& seal);
    /// After the last block: what the log did not arrive at.
    Status finish(const StateView& view);

private:
    void expect(Anchor anchor);
    void check_stored(const SealPoint& seal);
    void adopt(Anchor anchor, const SealPoint& seal);
    Status finish_kept(const StateView& view);
    Status miss(const StateView& view, std::uint64_t size, const std::string& who);
    std::string signed_by(std::size_t cosigners) const;
    void find(std::uint64_t block, const char* field, std::string detail);

    const AuditSource& source_;
    const ledger::Genesis& genesis_;
    AuditReport& report_;
    std::vector<Anchor> expected_;  // not yet arrived at
    std::set<std::uint64_t> kept_;  // sizes of the source's notes, likewise
    std::uint64_t wanted_ = 0;
};

}  // namespace tally::storage
