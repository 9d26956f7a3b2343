#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/audit.h"
#include "tests/support/ledger_chain.h"

namespace tally::testing {

/// A checkpoint's note with the log signature of the first node and so many cosignatures.
std::string signed_checkpoint(const Cast& cast, std::uint64_t size, const crypto::Digest& root,
                              std::size_t cosigners);

/// A node's ledger as a liar would have it. It begins as an honest copy of a chain, with a
/// checkpoint that all nodes signed at each seal; each lie changes what it gives. Blocks above a
/// changed one are hashed anew, as somebody does who rewrites history. Blocks are counted from 1.
class LyingLedger : public storage::AuditSource {
public:
    explicit LyingLedger(const LedgerChain& chain);

    // Lies about the blocks. The checkpoints stay the genuine ones.
    void drop(std::uint64_t block);
    void swap_payloads(std::uint64_t one, std::uint64_t other);
    /// Only the first `count` blocks.
    void truncate(std::uint64_t count);
    /// Appends what a block submitted once more, in a block of its own.
    void repeat(std::uint64_t block);
    void shift_times(std::uint64_t from, consensus::Millis by);
    void remove_seals();
    /// Another history from this block on.
    void fork(std::uint64_t from);
    void replace(std::uint64_t block, consensus::BlockKind kind, Bytes payload);

    // Lies about the checkpoints.
    void withhold_checkpoints();
    /// Signatures of this one node under the roots that its own blocks lead to; given out as
    /// certified, too, or just kept.
    void sign_alone(bool as_certified);
    /// The same for a log in which the last transaction that was refused is accepted.
    void forge_outcome();

    Result<consensus::Index> last() const override;
    Result<std::vector<consensus::Block>> read(consensus::Index first,
                                               consensus::Index last) const override;
    Result<std::optional<std::string>> checkpoint(std::uint64_t size) const override;
    Result<std::vector<std::uint64_t>> checkpoint_sizes() const override;
    Result<std::optional<std::string>> newest_certified() const override { return newest; }

    std::vector<consensus::Block> blocks;
    std::map<std::uint64_t, std::string> checkpoints;
    std::optional<std::string> newest;
    /// Whether it lists what it has, as a data folder does and a node does not.
    bool lists_sizes = false;

    /// Numbers, links and hashes all blocks anew.
    void hash_anew();

private:
    const LedgerChain& chain_;
};

}  // namespace tally::testing
