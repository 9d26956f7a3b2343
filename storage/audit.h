#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "consensus/block.h"
#include "crypto/note.h"
#include "ledger/genesis.h"
#include "storage/applier.h"

namespace tally::storage {

/// Where an audit reads from: a data folder or a node by URL. Nothing that it gives is believed.
class AuditSource {
public:
    virtual ~AuditSource() = default;
    /// The number of the node that it says it is of, from a source that says one.
    virtual std::optional<std::uint32_t> node() const { return std::nullopt; }
    /// The last block to audit (for a folder: the committed hint; for a node: its commit index).
    virtual Result<consensus::Index> last() const = 0;
    /// The last block that it can give. Those after `last` are read only as far as a checkpoint
    /// shows that they are committed: a folder's hint may be a few blocks old.
    virtual Result<consensus::Index> stored() const { return last(); }
    /// The blocks asked for, or fewer of them from the first on.
    virtual Result<std::vector<consensus::Block>> read(consensus::Index first,
                                                       consensus::Index last) const = 0;
    /// Stored checkpoints for a seal's size, as a signed note; none if it has none.
    virtual Result<std::optional<std::string>> checkpoint(std::uint64_t size) const = 0;
    /// Sizes of all checkpoints kept, ascending, from a source that can list them: so that one of a
    /// size at which the log has no seal is found too.
    virtual Result<std::vector<std::uint64_t>> checkpoint_sizes() const {
        return std::vector<std::uint64_t>{};
    }
    /// What it gives out as its newest certified checkpoint, from a source that names one.
    virtual Result<std::optional<std::string>> newest_certified() const {
        return std::optional<std::string>{};
    }
};

/// What a signed note says of the log, and how many nodes say so.
struct CheckpointClaim {
    std::uint64_t size = 0;
    crypto::Digest root;
    std::size_t cosigners = 0;  ///< distinct nodes of the genesis, each with its own key
};

/// Fails with diverged when the note is none, is of another log, or a signature of a known key does
/// not hold.
Result<CheckpointClaim> read_claim(std::string_view note_text, const ledger::Genesis& genesis);

/// A checkpoint that a majority of the genesis' nodes cosigned. Blocks carry no signature of the
/// network: this alone ties a chain to it.
struct Anchor {
    std::uint64_t size = 0;
    crypto::Digest root;
    std::size_t cosigners = 0;
    std::string from;  ///< who had it, in words; empty: the source itself

    bool operator==(const Anchor&) const = default;
};

/// As read_claim; diverged as well when no majority cosigned.
Result<Anchor> read_anchor(std::string_view note_text, const ledger::Genesis& genesis,
                           std::string from);

/// The newest certified checkpoint that a source has, for the audit of others. What it has instead
/// of one is for its own audit to say. Fails when the source does.
Result<std::optional<Anchor>> newest_anchor(const AuditSource& source,
                                            const ledger::Genesis& genesis);

struct AuditFinding {
    std::uint64_t block = 0;
    std::string field;  ///< payload_hash, previous, signatures, double_entry, checkpoint, ...
    std::string detail;
};

/// The finding's field for entries that a certified checkpoint has and the source has not.
inline constexpr const char* kMissingEntries = "entries";

enum class Verdict : std::uint8_t {
    passed,       ///< holds together, up to a checkpoint that a majority of the nodes signed
    uncertified,  ///< holds together, and nobody vouches for it
    failed,       ///< there are findings
};
/// `PASSED` and so on.
std::string_view verdict_name(Verdict verdict);

struct AuditReport {
    /// At most 100. One in the hash chain, in what is stored or in the replay ends the audit there;
    /// after the others it goes on.
    std::vector<AuditFinding> findings;
    std::uint64_t blocks = 0;
    std::uint64_t submissions = 0;
    std::uint64_t transactions = 0;
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::uint64_t repeated = 0;    ///< on record before: no effect, answered with the first outcome
    std::uint64_t signatures = 0;  ///< verified
    std::uint64_t entries = 0;
    std::uint64_t seals = 0;
    std::uint64_t checkpoints = 0;  ///< verified
    std::uint64_t certified = 0;    ///< of them with cosignatures of a majority
    crypto::Digest tip_hash;
    crypto::Digest log_root;
    crypto::Digest state_digest;

    /// The newest certified checkpoint that the replay arrived at, and the block of its seal.
    std::optional<Anchor> anchor;
    std::uint64_t certified_block = 0;
    /// Of every block that was replayed, in order: what sources are compared by.
    std::vector<crypto::Digest> block_hashes;
    /// Every seal of the log that was replayed, by its size.
    std::map<std::uint64_t, SealPoint> seal_points;
    /// Roots of all checkpoints met, by size, that at least one node signed.
    std::map<std::uint64_t, crypto::Digest> checkpoint_roots;

    Verdict verdict() const;
    /// Keeps the first 100.
    void find(AuditFinding finding);
};

/// Replays everything from the first block on memory storage: hash chain, every signature, rules,
/// double entry and the invariants of the book, log root of every seal, checkpoints and who signed
/// them. The log must lead to the source's own checkpoints and to each of `anchors`, which come
/// from elsewhere. Reads only. Fails only when the source cannot say what there is; whatever it
/// does not give afterwards is a finding.
Result<AuditReport> audit(const AuditSource& source, const ledger::Genesis& genesis,
                          const std::vector<Anchor>& anchors = {},
                          const std::function<void(consensus::Index)>& progress = {});

/// Cosignatures by distinct nodes that verify on a note; fails as crypto::verify_note.
Result<std::size_t> count_cosignatures(const crypto::Note& note, const ledger::Genesis& genesis);
/// A majority of this many voters.
constexpr std::size_t majority_of(std::size_t voters) { return voters / 2 + 1; }

}  // namespace tally::storage
