#pragma once

#include <memory>
#include <random>
#include <vector>

#include "storage/applier.h"
#include "tests/support/book.h"

namespace tally::testing {

/// A real history: signed submissions of a Cast in blocks that chain, with the derived data of each
/// block as the memory twin has it. The same seed gives the same blocks. What a book opens with
/// stands in the first block that needs it, so that a block counts as one.
class LedgerChain {
public:
    explicit LedgerChain(std::uint64_t seed);

    const Cast& cast() const { return cast_; }
    const ledger::Genesis& genesis() const { return cast_.genesis(); }
    const std::vector<consensus::Block>& blocks() const { return blocks_; }
    /// By block index; 0 is genesis.
    const std::vector<storage::AppliedPoint>& points() const { return points_; }
    const storage::StateStore& state() const { return *state_; }
    /// Every record after the last block.
    const MemoryRecords& records() const { return records_; }
    /// Every leaf so far.
    const std::vector<Bytes>& entries() const { return entries_; }

    /// Grants, purchases, payments, corrections and refused ones, in a few submissions.
    consensus::Block random_block();
    /// One submission of `count` limit grants.
    consensus::Block grants(std::size_t count);
    /// The same, each in a submission of its own.
    consensus::Block single_grants(std::size_t count);
    /// With the payload that the node gives it.
    consensus::Block seal() { return add(consensus::BlockKind::seal, {1}); }
    consensus::Block noop() { return add(consensus::BlockKind::noop, {}); }
    consensus::Block add(consensus::BlockKind kind, Bytes payload);
    consensus::Block add_submissions(const std::vector<SharedBytes>& submissions);

private:
    using Submissions = std::vector<SharedBytes>;
    /// With the book's opening before them, the first time.
    Submissions opened(Submissions submissions);
    SharedBytes random_submission();
    SharedBytes purchase();
    SharedBytes payment(ledger::ContractId contract);
    SharedBytes event(ledger::ContractId contract);
    SharedBytes reservation();
    SharedBytes next_day();
    ledger::LineId random_line() { return lines_[random_() % lines_.size()]; }
    /// Dated today, with what it claims filled in as of the block before.
    ledger::Transaction proposed(ledger::TransactionBody body);
    SharedBytes sign(const ledger::Transaction& transaction,
                     std::initializer_list<const Party*> signers) const {
        return cast_.sign(std::span(&transaction, 1), signers);
    }
    /// Applies the block to `records_`, apart from storage.
    void apply_to_records(const consensus::Block& block);
    ledger::Transaction random_grant();

    Cast cast_;
    Drafts drafts_;
    std::mt19937_64 random_;
    std::unique_ptr<storage::StateStore> state_;
    storage::Applier applier_;
    storage::SubmissionChecker check_;
    std::vector<consensus::Block> blocks_;
    std::vector<storage::AppliedPoint> points_;
    MemoryRecords records_;
    std::vector<Bytes> entries_;
    std::uint64_t last_id_ = 0;
    std::vector<ledger::LineId> lines_;
    std::vector<ledger::ContractId> contracts_;
    std::vector<ledger::AuthorisationId> authorisations_;
    std::vector<ledger::ContractId> touched_in_block_;
    SharedBytes last_submission_;
    ledger::TransactionId last_payment_;
    ledger::ContractId last_paid_;
    ledger::Day today_ = Drafts::kToday;
    bool opened_ = false;
    bool day_moved_in_block_ = false;
};

}  // namespace tally::testing
