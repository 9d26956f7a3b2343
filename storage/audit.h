#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "consensus/block.h"
#include "crypto/note.h"
#include "ledger/genesis.h"
#include "storage/applier.h"

namespace tally::storage {

/// Where an audit reads from: a data folder or a node by URL.
class AuditSource {
public:
    virtual ~AuditSource() = default;
    /// The last block to audit (for a folder: the committed hint; for a node: its commit index).
    virtual Result<consensus::Index> last() const = 0;
    virtual Result<std::vector<consensus::Block>> read(consensus::Index first,
                                                       consensus::Index last) const = 0;
    /// Stored checkpoints for a seal's size, as a signed note; none if it has none.
    virtual Result<std::optional<std::string>> checkpoint(std::uint64_t size) const = 0;
    /// Sizes of all checkpoints kept, ascending, from a source that can list them: so that one of a
    /// size at which the log has no seal is found too.
    virtual Result<std::vector<std::uint64_t>> checkpoint_sizes() const {
        return std::vector<std::uint64_t>{};
    }
};

struct AuditFinding {
    std::uint64_t block = 0;
    std::string field;  ///< payload_hash, previous, signatures, double_entry, checkpoint, ...
    std::string detail;
};

struct AuditReport {
    /// At most 100. One in the hash chain, in what is stored or in the replay ends the audit there;
    /// after the others it goes on.
    std::vector<AuditFinding> findings;
    std::uint64_t blocks = 0;
    std::uint64_t submissions = 0;
    std::uint64_t transactions = 0;
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::uint64_t signatures = 0;  ///< verified
    std::uint64_t entries = 0;
    std::uint64_t seals = 0;
    std::uint64_t checkpoints = 0;  ///< verified
    std::uint64_t certified = 0;    ///< of them with cosignatures of a majority
    crypto::Digest tip_hash;
    crypto::Digest log_root;
    crypto::Digest state_digest;

    bool passed() const { return findings.empty(); }
};

/// Replays everything from the first block on memory storage: hash chain, every signature, rules,
/// double entry and the invariants of the book, log root of every seal, checkpoints and who signed
/// them. Reads only.
Result<AuditReport> audit(const AuditSource& source, const ledger::Genesis& genesis,
                          const std::function<void(consensus::Index)>& progress = {});

/// Cosignatures by distinct nodes that verify on a note; fails as crypto::verify_note.
Result<std::size_t> count_cosignatures(const crypto::Note& note, const ledger::Genesis& genesis);
/// A majority of this many voters.
constexpr std::size_t majority_of(std::size_t voters) { return voters / 2 + 1; }

}  // namespace tally::storage
