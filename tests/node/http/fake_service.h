#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/errc.h"
#include "node/service.h"
#include "storage/applier.h"
#include "tests/support/book.h"

namespace tally::node::http::test {

/// Blocks that can be made unreadable, in front of the memory twin.
class FaultyBlocks : public storage::BlockStore {
public:
    explicit FaultyBlocks(const crypto::Digest& network)
        : store_(storage::make_memory_block_store(network)) {}

    /// From now on reading this block fails as a flipped bit would.
    void damage(std::uint64_t block) { damaged_ = block; }
    /// Readings wait from `close` until `open`, as on a disk that does not answer.
    void close();
    void open();

    Status write(const consensus::LogWrite& write) override { return store_->write(write); }
    Result<std::vector<consensus::Block>> read(consensus::Index first, consensus::Index last,
                                               std::size_t bytes_max) const override;
    Result<consensus::PersistedState> load() const override { return store_->load(); }
    consensus::ChainTip tip() const override { return store_->tip(); }
    consensus::Index committed() const override { return store_->committed(); }
    Result<storage::Scrubbed> scrub(consensus::Index first, consensus::Index last,
                                    std::size_t bytes_max) override {
        return store_->scrub(first, last, bytes_max);
    }
    Status mend(const consensus::Block& block) override { return store_->mend(block); }
    std::optional<storage::SignedMark> signed_mark() const override {
        return store_->signed_mark();
    }
    Status remember_signed(const storage::SignedMark& mark) override {
        return store_->remember_signed(mark);
    }
    Status put_checkpoint(const storage::StoredCheckpoint& checkpoint) override {
        return store_->put_checkpoint(checkpoint);
    }
    Result<std::optional<storage::StoredCheckpoint>> checkpoint(std::uint64_t size) const override {
        return store_->checkpoint(size);
    }
    Result<std::optional<storage::StoredCheckpoint>> certified_covering(
        std::uint64_t size) const override {
        return store_->certified_covering(size);
    }
    Result<std::optional<storage::StoredCheckpoint>> latest_certified() const override {
        return store_->latest_certified();
    }
    Result<bool> keep_evidence(const storage::Evidence& evidence) override {
        return store_->keep_evidence(evidence);
    }
    Result<storage::KeptEvidence> evidence() const override { return store_->evidence(); }

private:
    std::unique_ptr<storage::BlockStore> store_;
    std::uint64_t damaged_ = 0;  // set before the server runs

    mutable std::mutex mutex_;  // guards what follows
    mutable std::condition_variable opened_;
    bool closed_ = false;
};

/// A node without consensus: a submission becomes the next block at once. Real blocks, rules and
/// proofs over memory storage; what goes wrong in a real node is switched on by the tests.
class FakeService : public Service {
public:
    using SubmitDone = std::function<void(Result<SubmitReceipt>)>;

    explicit FakeService(const testing::CastOptions& options = {});

    const testing::Cast& cast() const { return cast_; }
    testing::Drafts& drafts() { return drafts_; }
    FaultyBlocks& block_store() { return blocks_; }

    // The book, from the test's thread.
    SubmitReceipt apply(const SharedBytes& submission);
    ledger::TransactionResult apply_one(const ledger::Transaction& transaction,
                                        std::initializer_list<const testing::Party*> signers);
    /// Appends a seal and stores a checkpoint of its size with these nodes' cosignatures.
    storage::StoredCheckpoint seal(bool certified = true);

    // What goes wrong.
    void fail_submits(std::optional<Error> error);
    void fail_reads(std::optional<Error> error);
    void set_stale(bool stale);
    /// Submissions are taken and stay unanswered until `release` or `drop_held`.
    void hold_submits(bool hold);
    void hold_reads(bool hold);
    std::size_t held() const;
    /// Waits until that many requests are held.
    bool wait_held(std::size_t count) const;
    void release();
    void drop_held();
    void change_status(const std::function<void(NodeStatus&)>& change);

    ReadOptions last_read() const;
    SubmitWait last_wait() const;

    void submit(SharedBytes submission, SubmitWait wait, SubmitDone done) override;
    void read(const ReadOptions& options, std::function<void(Result<ReadPoint>)> done) override;
    NodeStatus status() const override;
    NodeCounters counters() const override;
    const ledger::Genesis& genesis() const override { return cast_.genesis(); }
    const storage::BlockStore& blocks() const override { return blocks_; }

private:
    storage::Applied append(consensus::BlockKind kind, Bytes payload);
    void hold(std::function<void()> work);

    testing::Cast cast_;
    testing::Drafts drafts_;
    FaultyBlocks blocks_;
    std::unique_ptr<storage::StateStore> state_;
    storage::Applier applier_;

    mutable std::mutex mutex_;  // guards what follows, and appending
    mutable std::condition_variable held_changed_;
    std::optional<Error> submit_error_;
    std::optional<Error> read_error_;
    bool stale_ = false;
    bool hold_submits_ = false;
    bool hold_reads_ = false;
    std::vector<std::function<void()>> held_;
    NodeStatus status_;
    NodeCounters counters_;
    ReadOptions last_read_;
    SubmitWait last_wait_ = SubmitWait::committed;
};

}  // namespace tally::node::http::test
