#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "consensus/block.h"
#include "crypto/digest.h"
#include "ledger/genesis.h"

namespace tally::storage {

struct StoredCheckpoint;

/// Roots of one size that differ: a signed note for each root, as it was signed.
struct RootConflict {
    std::uint32_t node = 0;  ///< whose statement differs from what was known before
    std::uint64_t size = 0;
    std::vector<std::string> notes;  ///< at most kNotesMax; no two of one text

    static constexpr std::size_t kNotesMax = 16;
};

/// Two blocks at one index that is committed here. Nobody signed them: this node's word.
struct BlockConflict {
    std::uint32_t node = 0;  ///< who sent the other one
    std::uint64_t index = 0;
    crypto::Digest own;    ///< hash of the committed block
    crypto::Digest other;  ///< hash of the other one, or of what stands before it
};

/// What a node keeps against another one, or against itself.
struct Evidence {
    consensus::Millis found{0};  ///< wall time of the node that keeps it
    std::variant<RootConflict, BlockConflict> what;
};

/// Of one key there is one record.
struct EvidenceKey {
    std::uint8_t kind = 0;
    std::uint32_t node = 0;
    std::uint64_t place = 0;  ///< size or block
    auto operator<=>(const EvidenceKey&) const = default;
};
EvidenceKey key_of(const Evidence& evidence);

/// Records of one kind against one node: so many prove as much as more would, and one node's lies
/// never push out what is kept against another.
inline constexpr std::size_t kEvidencePerNodeMax = 64;

/// `kept` and whatever `more`, of the same key, adds to it: what was kept stays. Nothing if it adds
/// nothing, or the record is full.
std::optional<Evidence> merged(const Evidence& kept, const Evidence& more);

/// Adds the checkpoint of the record's size, if it is certified: who signed another root
/// contradicts a majority, though that signed only after the record was made.
void add_certified(RootConflict& record, const StoredCheckpoint& checkpoint);

/// The stored layout (docs/FORMAT.md). The decoder is total: corrupt_block, naming the field.
Bytes encode_evidence(const Evidence& evidence);
Result<Evidence> decode_evidence(ByteView bytes);

/// A record that is there and cannot be read.
struct DamagedEvidence {
    std::string record;  ///< which, by its key, as description_of says it
    std::string why;
};
/// What a node keeps. A damaged record hides no other one.
struct KeptEvidence {
    std::vector<Evidence> records;
    std::vector<DamagedEvidence> damaged;
};

/// `roots against node 3 at size 10`.
std::string description_of(const EvidenceKey& key);

/// What a data folder keeps, and of which network it says that its blocks are.
struct FolderEvidence {
    crypto::Digest network;
    KeptEvidence kept;
};
/// Also beside the running node; writes nothing. In tally::storage_rocks.
Result<FolderEvidence> read_evidence(const std::string& folder);

/// What a record proves to whoever trusts the genesis alone.
struct Judgement {
    /// One root or block hash, and the nodes that signed it, ascending.
    struct Statement {
        crypto::Digest digest;
        std::vector<std::uint32_t> nodes;
        bool certified = false;  ///< cosignatures of a majority
    };
    std::vector<Statement> statements;
    std::vector<std::uint32_t> equivocated;   ///< signed more than one of them
    std::vector<std::uint32_t> contradicted;  ///< signed one while another is certified
    std::vector<std::uint32_t> disputed;      ///< signed one of several, and none is certified
    bool is_signed = true;                    ///< false: the word of the node that keeps it
};
/// Verifies every signature of a known key. Fails with bad_encoding, bad_signature or unverified if
/// a note does not hold, is of another network or size, if no two roots differ, or if the record
/// names a node that genesis does not have.
Result<Judgement> judge(const Evidence& evidence, const ledger::Genesis& genesis);

}  // namespace tally::storage
