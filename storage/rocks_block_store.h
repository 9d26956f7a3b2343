#pragma once

// Internal: included by .cpp files alone.
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "storage/block_cache.h"
#include "storage/block_store.h"
#include "storage/rocks.h"
#include "storage/rocks_mark_keeper.h"
#include "storage/salvage.h"

namespace tally::storage {

/// The signing family's only key.
inline constexpr std::string_view kSigningMarkKey = "mark";

/// Blocks and all else that cannot be derived, in `<folder>/blocks`.
class RocksBlockStore : public BlockStore {
public:
    static Result<std::unique_ptr<RocksBlockStore>> open(const BlockStoreOptions& options);
    /// What is judged of a block when it is read: nothing, or its hashes and links.
    enum class Checking { none, chain };
    static Result<std::unique_ptr<RocksBlockStore>> open_readonly(const std::string& folder,
                                                                  Checking checking);

    Status write(const consensus::LogWrite& write) override;
    Result<std::vector<consensus::Block>> read(consensus::Index first, consensus::Index last,
                                               std::size_t bytes_max) const override;
    Result<consensus::PersistedState> load() const override;
    consensus::ChainTip tip() const override;
    std::optional<SignedMark> signed_mark() const override;
    Status remember_signed(const SignedMark& mark) override;
    Result<std::vector<SignedMark>> signed_roots(std::uint32_t node) const override;
    bool gave_up_signed(std::uint64_t size) const override;
    Status put_checkpoint(const StoredCheckpoint& checkpoint) override;
    Result<std::optional<StoredCheckpoint>> checkpoint(std::uint64_t size) const override;
    Result<std::optional<StoredCheckpoint>> certified_covering(std::uint64_t size) const override;
    Result<std::optional<StoredCheckpoint>> latest_certified() const override;
    Result<bool> keep_evidence(const Evidence& evidence) override;
    Result<KeptEvidence> evidence() const override;
    std::string recovering() const override;
    consensus::Index committed() const override { return hard_state().commit; }
    Result<Scrubbed> scrub(consensus::Index first, consensus::Index last,
                           std::size_t bytes_max) override;
    Status mend(const consensus::Block& block) override;
    using BlockStore::damaged;
    std::vector<DamagedBlock> damaged(consensus::Index first, consensus::Index last) const override;

    /// As read, from the disk alone and without judging what decodes: for audits, which name the
    /// field that is wrong.
    Result<std::vector<consensus::Block>> read_stored(consensus::Index first, consensus::Index last,
                                                      std::size_t bytes_max) const;
    /// Of all checkpoints, ascending.
    Result<std::vector<std::uint64_t>> checkpoint_sizes() const;
    /// See give_up_signed (salvage.h).
    Status give_up_signed(const GivenUp& gone, std::uint32_t node);
    consensus::HardState hard_state() const;
    /// Whose blocks these are.
    const crypto::Digest& network() const { return network_; }
    /// The same by its number; 0 where it was not opened to be read only.
    std::uint32_t node() const { return node_; }

private:
    friend class ReadableBlocks;  // reads what does not open any more
    friend class Salvage;         // copies it (rocks_block_salvage.cpp)
    enum Family : std::size_t { kMeta, kBlocks, kCheckpoints, kSigning, kMended };
    /// What is read, and how.
    struct Scan {
        consensus::Index first;
        consensus::Index last;
        std::size_t bytes_max = 0;
        Checking checking = Checking::chain;
        const crypto::Digest* previous = nullptr;  // the hash of the block before, where known
    };

    static Result<std::unique_ptr<RocksBlockStore>> read_once(const std::string& folder,
                                                              const std::string& path,
                                                              Checking checking);
    /// Blocks that nothing is held against but themselves.
    static Result<std::unique_ptr<RocksBlockStore>> read_alone(const std::string& path,
                                                               Checking checking);
    RocksBlockStore(std::shared_ptr<Database> database, std::string path, std::size_t cache_bytes,
                    bool read_only);
    Result<Bytes> given_up_key(Family family, std::uint64_t size) const;
    /// Its checkpoints that are given up, and the memory of what it signed of them.
    Status set_signed_aside(const GivenUp& gone, rocksdb::WriteBatch& batch, bool& marked) const;
    static std::vector<rocksdb::ColumnFamilyDescriptor> families(std::size_t write_buffer_bytes);
    /// For reading alone: those of them that the folder has.
    static std::vector<rocksdb::ColumnFamilyDescriptor> families_of(
        const std::string& path, const rocksdb::DBOptions& options, std::size_t write_buffer_bytes);
    static rocksdb::DBOptions database_options(rocksdb::Env* env);

    /// The database is open and locked: from here on only this process writes the folder.
    Status start(const BlockStoreOptions& options);
    Status create(const BlockStoreOptions& options);
    /// Why this node may have forgotten, by what was found for a mark; an error where it could not
    /// even recover.
    Result<Recovering> judge(const BlockStoreOptions& options, const Result<HighWaterMark>& found);
    Status begin_mark(const BlockStoreOptions& options, const Result<HighWaterMark>& found,
                      Recovering why);
    /// Reads what the store keeps in memory.
    Status recover();
    Status check_owner(const crypto::Digest& network, std::uint32_t node);
    /// Whose the blocks are.
    Status read_node();
    /// The last block stored is the tip, and the committed hint is not above it.
    Status check_tip() const;
    Status check_last() const;
    Result<std::optional<Bytes>> get(Family family, ByteView key) const;
    Result<Bytes> require(Family family, std::string_view key) const;
    Result<std::vector<consensus::Block>> read_checked(consensus::Index first,
                                                       consensus::Index last, std::size_t bytes_max,
                                                       consensus::Index& failed) const;
    /// Reads what is mended.
    void list_mended();
    std::set<consensus::Index> mended_between(consensus::Index first, consensus::Index last) const;
    /// The block where the iterator stands, as checked as wanted.
    Result<consensus::Block> block_at(const rocksdb::Iterator& at, consensus::Index expected,
                                      Checking checking) const;
    Result<consensus::Block> looked_up(Family family, consensus::Index expected,
                                       Checking checking) const;
    Result<consensus::Block> judged(ByteView value, consensus::Index expected,
                                    Checking checking) const;
    /// From where it is mended, or where the iterator stands.
    Result<consensus::Block> stored(const rocksdb::Iterator& at, consensus::Index expected,
                                    bool is_mended, Checking checking) const;
    /// `failed`: the place of an error.
    Result<std::vector<consensus::Block>> scan(const Scan& wanted, consensus::Index& failed) const;
    /// One block by itself.
    Result<consensus::Block> block(consensus::Index index) const;
    /// The hash that a block must have: what the one after it, or the tip, says.
    Result<crypto::Digest> shown_hash(consensus::Index index) const;
    /// Which of two blocks is damaged where this one does not follow from the one before it.
    consensus::Index damaged_of(consensus::Index index) const;
    void note_damage(consensus::Index failed, const Error& error) const;
    Result<consensus::ChainTip> tip_at(consensus::Index index) const;
    /// Before a write that replaces blocks.
    Status lower_mark(const consensus::LogWrite& write, const consensus::ChainTip& before,
                      const consensus::ChainTip& after);
    void fill_batch(const consensus::LogWrite& write, const consensus::ChainTip& before,
                    const consensus::ChainTip& after, rocksdb::WriteBatch& batch) const;
    Status commit_batch(rocksdb::WriteBatch& batch, bool sync);
    /// Records between two keys, both included.
    Result<std::size_t> count_evidence(ByteView first, ByteView last) const;
    /// Keeps the first failure for ever and returns it.
    Status refuse_from_now_on(Error error);

    const std::shared_ptr<Database> database_;
    const std::string path_;
    const bool read_only_;
    crypto::Digest network_;  // set once, by recover
    std::uint32_t node_ = 0;  // set once, by read_alone
    // Set once, by start; none when read-only. After database_: its last write needs the lock.
    std::unique_ptr<MarkKeeper> mark_keeper_;

    std::mutex
        evidence_mutex_;  // one keeps evidence at a time; held across the disk, for it is rare

    mutable std::mutex mutex_;  // guards everything below
    Status failure_;
    consensus::ChainTip tip_;
    consensus::HardState hard_state_;
    std::optional<SignedMark> mark_;
    mutable std::map<consensus::Index, std::string> damaged_;  // why; kDamagedMax at most
    std::set<consensus::Index> mended_;                        // what is read from kMended
    std::string recovering_;                                   // why; empty: it is not
    BlockCache cache_;
};

}  // namespace tally::storage
