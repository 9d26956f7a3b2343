#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "consensus/log_store.h"
#include "crypto/digest.h"
#include "storage/evidence.h"
#include "storage/held_folder.h"

namespace rocksdb {
class Env;
}

namespace tally::storage {

/// How far this node has signed: remembered durably before a checkpoint signature leaves.
struct SignedMark {
    std::uint64_t size = 0;
    crypto::Digest root;
};

/// A checkpoint with the signatures collected so far: a signed note, verbatim.
struct StoredCheckpoint {
    std::uint64_t size = 0;
    std::string note;
    bool certified = false;
};

/// A block that the disk did not give back as it was written.
struct DamagedBlock {
    consensus::Index index;
    std::string problem;
};

/// What was found of the blocks that a scrub read.
struct Scrubbed {
    consensus::Index next;                ///< those before it are good
    std::size_t bytes = 0;                ///< that were read
    std::optional<DamagedBlock> damaged;  ///< not before the block before `next`
};

/// Everything of a node that cannot be derived: blocks, hard state, signing memory, checkpoints.
class BlockStore : public consensus::LogStore {
public:
    virtual std::optional<SignedMark> signed_mark() const = 0;
    /// Durable before it returns. Refuses a smaller size, and another root for an equal size
    /// (diverged).
    virtual Status remember_signed(const SignedMark& mark) = 0;

    /// All that a node holds itself to: what it signed last, the checkpoints that it keeps, and
    /// what is proved of it (each root of the record).
    virtual Result<std::vector<SignedMark>> signed_roots(std::uint32_t /*node*/) const {
        return std::vector<SignedMark>{};
    }
    /// Whether what was signed at this size was of a history that was given up here. Thread-safe.
    virtual bool gave_up_signed(std::uint64_t /*size*/) const { return false; }

    /// Durable with the next synced write; replaces the note of that size.
    virtual Status put_checkpoint(const StoredCheckpoint& checkpoint) = 0;
    virtual Result<std::optional<StoredCheckpoint>> checkpoint(std::uint64_t size) const = 0;
    /// The certified checkpoint with the smallest size >= `size`, or the largest one of all.
    virtual Result<std::optional<StoredCheckpoint>> certified_covering(
        std::uint64_t size) const = 0;
    virtual Result<std::optional<StoredCheckpoint>> latest_certified() const = 0;

    /// Adds to the record of the same kind, node and place; nothing that was kept is lost. True,
    /// and durable, if there was something to add; false if it is known, or the node's share is
    /// full (kEvidencePerNodeMax). A record that cannot be read is replaced. Any thread; waits for
    /// the disk.
    virtual Result<bool> keep_evidence(const Evidence& evidence) = 0;
    /// All of it, by kind, node and place, and what of it is damaged. Bounded, as keeping is.
    virtual Result<KeptEvidence> evidence() const = 0;

    /// How far the blocks are known to be committed, by what was written: a hint as in HardState.
    /// Thread-safe.
    virtual consensus::Index committed() const = 0;
    /// Reads blocks as `read` does, from the disk alone, up to the first damaged one, which is
    /// noted (see damaged); what was noted of good ones is forgotten. not_found: no such block.
    /// Thread-safe.
    virtual Result<Scrubbed> scrub(consensus::Index first, consensus::Index last,
                                   std::size_t bytes_max) = 0;
    /// Puts a block in the place of a damaged one, durable before it returns. Only where it is
    /// known to be committed (else not_found), and only the one whose hash the block after it, or
    /// the tip, names (else diverged); corrupt_block where the one after it is damaged too. What
    /// was noted of it goes when a scrub finds it good. Any thread, beside the one that writes.
    virtual Status mend(const consensus::Block& block) = 0;
    /// Blocks that somebody asked for, or a scrub came to, and the disk did not give back;
    /// ascending, at most kDamagedMax: further ones are noted when these are mended. Thread-safe.
    std::vector<DamagedBlock> damaged() const { return damaged(consensus::Index(1), tip().index); }
    /// Of them, those from `first` to `last`.
    virtual std::vector<DamagedBlock> damaged(consensus::Index /*first*/,
                                              consensus::Index /*last*/) const {
        return {};
    }
    /// The reason of the first of them; empty: there are none.
    std::string unreadable() const {
        const auto all = damaged();
        return all.empty() ? std::string() : all.front().problem;
    }
    static constexpr std::size_t kDamagedMax = 4096;

    /// Why this node may have forgotten what it promised (PersistedState::recovering); empty: it
    /// has not. Thread-safe.
    virtual std::string recovering() const { return {}; }
};

/// Blocks that were set aside by make_recovering are in a folder beside `blocks/` of this name and
/// a number.
inline constexpr std::string_view kSetAside = "blocks.damaged-";

struct BlockStoreOptions {
    std::string folder;  ///< data folder of the node; `blocks/` is made inside
    crypto::Digest network;
    std::uint32_t node = 0;
    std::size_t cache_bytes_max = 64 << 20;  ///< recent blocks kept in memory for apply and peers
    std::size_t write_buffer_bytes = 32 << 20;  ///< blocks in memory before a table is written
    bool strict_mark =
        false;                ///< the high-water mark is awaited by each write, not 50 ms behind it
    std::string mark_folder;  ///< holds the high-water mark; empty: `folder`
    std::shared_ptr<const HeldFolder> held;  ///< `folder` kept open, if it is
    rocksdb::Env* env = nullptr;             ///< tests put a failing file layer here; not owned
};

/// Opens or, when the folder has none, creates the store. One that lacks what is marked, has blocks
/// and no mark, or has the copy of a mark is opened as recovering: see BlockStore::recovering.
/// Fails with in_use, wrong_network, wrong_node, wrong_format, corrupt_block (damaged blocks, none
/// where the mark has some, or neither blocks nor a mark) or io_error, each naming the folder or
/// the block.
Result<std::unique_ptr<BlockStore>> open_block_store(const BlockStoreOptions& options);
/// For audits: no lock taken, nothing written, also beside a running node.
Result<std::unique_ptr<BlockStore>> open_block_store_readonly(const std::string& folder);
/// The memory twin.
std::unique_ptr<BlockStore> make_memory_block_store(const crypto::Digest& network);

}  // namespace tally::storage
