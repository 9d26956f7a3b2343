#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "consensus/block.h"
#include "consensus/raw_node.h"
#include "crypto/digest.h"
#include "ledger/ledger.h"

namespace tally::node::driver {

/// What identifies a submission between nodes: its bytes, signatures included. The same function
/// names checked submissions (ledger::CheckedSubmission::digest).
crypto::Digest submission_digest(ByteView submission);

/// The submissions that stand in this node's own log and are not applied yet. Whatever put them
/// there, this process, an earlier leader or a repetition, such a submission may still be
/// committed: proposing it again would only put a second copy behind the first. Bounded by the
/// core's bounds on uncommitted and unapplied bytes.
class Standing {
public:
    /// This node proposed a block of these submissions: spares hashing them once more.
    void on_proposed(const consensus::Proposed& place, std::vector<crypto::Digest> digests);
    struct Change {
        std::vector<crypto::Digest> gone;  ///< stands nowhere any more
        std::vector<crypto::Digest> came;  ///< by other ways than this node's own proposals
    };
    /// Blocks were appended; what stood from the first one's place on is gone.
    Change on_append(std::span<const consensus::Block> blocks);
    /// The submissions of the block that was applied, in its order; forgets it and all before.
    /// Empty if its block was never seen.
    std::vector<crypto::Digest> take_applied(consensus::Index index, consensus::Term term);

    bool contains(const crypto::Digest& digest) const { return count_.contains(digest); }

private:
    struct Held {
        consensus::Term term;
        std::vector<crypto::Digest> digests;
    };
    void count(const Held& held);
    /// Counts these places out again and returns what is left nowhere.
    std::vector<crypto::Digest> discount(const Held& held);

    std::map<std::uint64_t, Held> blocks_;           // by index, of kind submissions only
    std::map<crypto::Digest, std::uint32_t> count_;  // places in blocks_, above 0
    std::map<std::uint64_t, Held> proposed_;         // not handed out for writing yet
};

}  // namespace tally::node::driver
