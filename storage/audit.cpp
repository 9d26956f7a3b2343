// The audit trusts nothing but the genesis that it is given. It replays every block on memory
// storage with the code that a node runs, and beside it keeps a second chain check, a second set of
// books and a second way to the log's root.
#include "storage/audit.h"

#include <algorithm>

#include "base/check.h"
#include "base/hex.h"
#include "crypto/checkpoint.h"
#include "ledger/errc.h"
#include "storage/audit_book.h"
#include "storage/audit_chain.h"
#include "storage/errc.h"

namespace tally::storage {

using consensus::Block;
using consensus::Index;

namespace {

constexpr std::size_t kFindingsMax = 100;
constexpr std::uint64_t kBatchBlocks = 1024;

class Auditor {
public:
    Auditor(const AuditSource& source, const ledger::Genesis& genesis)
        : source_(source),
          genesis_(genesis),
          network_(genesis.network_id()),
          state_(make_memory_state_store(genesis)),
          applier_(genesis, *state_),
          checker_(plain_checker(genesis)) {
        tip_.hash = network_;
    }

    Result<AuditReport> run(const std::function<void(Index)>& progress);

private:
    /// True if the replay may go on.
    bool take(const Block& block);
    bool replay_block(const Block& block);
    void check_book(const ledger::BlockResult& result);
    bool check_seal(const SealPoint& seal);
    Status check_checkpoint(const SealPoint& seal);
    /// Checkpoints kept for sizes that the log never had a seal at.
    Status check_stray_checkpoints();
    Result<std::vector<Block>> read_from(Index first, Index last);
    void count(const ledger::BlockResult& result);
    ledger::CheckedSubmission check_submission(ByteView submission);
    void find(std::string field, std::string detail);

    const AuditSource& source_;
    const ledger::Genesis& genesis_;
    const crypto::Digest network_;
    const std::unique_ptr<StateStore> state_;
    Applier applier_;
    const SubmissionChecker checker_;
    AuditBook book_;
    consensus::ChainTip tip_;
    std::uint64_t block_ = 0;  // the one in hand
    AuditReport report_;
};

void Auditor::find(std::string field, std::string detail) {
    if (report_.findings.size() == kFindingsMax) return;
    report_.findings.push_back({block_, std::move(field), std::move(detail)});
}

/// A source that cannot give a batch because one block in it is damaged is asked for its blocks one
/// by one, so that the finding names the right one.
Result<std::vector<Block>> Auditor::read_from(Index first, Index last) {
    auto batch = source_.read(first, last);
    if (batch && batch->empty()) {
        return fail(errc::not_found, "block " + std::to_string(first.value));
    }
    if (batch || batch.error().code != errc::corrupt_block || first == last) return batch;
    return source_.read(first, first);
}

Result<AuditReport> Auditor::run(const std::function<void(Index)>& progress) {
    const Result<Index> last = source_.last();
    if (!last) return last.error();
    bool whole = true;
    while (whole && tip_.index < *last) {
        const Index first = tip_.index.next();
        block_ = first.value;
        const Index end(std::min(last->value, tip_.index.value + kBatchBlocks));
        const Result<std::vector<Block>> batch = read_from(first, end);
        if (!batch) {
            if (batch.error().code != errc::corrupt_block) return batch.error();
            find("stored", batch.error().context);
            whole = false;
            break;
        }
        for (const Block& block : *batch) {
            whole = take(block);
            if (!whole) break;
        }
        if (progress) progress(tip_.index);
    }
    if (whole) {
        if (Status status = check_stray_checkpoints(); !status) return status.error();
    }
    const auto view = state_->view();
    report_.tip_hash = tip_.hash;
    report_.entries = view->applied().head.entry_count;
    report_.log_root = view->applied().frontier.root();
    report_.state_digest = view->applied().head.state_digest;
    return report_;
}

bool Auditor::take(const Block& block) {
    block_ = tip_.index.value + 1;
    TALLY_CHECK(state_->view()->applied().index == tip_.index);
    if (auto finding = check_chain_fields(block, tip_, network_)) {
        find(finding->field, finding->detail);
        return false;
    }
    if (!replay_block(block)) return false;
    tip_ = consensus::tip_of(block);
    ++report_.blocks;
    return true;
}

ledger::CheckedSubmission Auditor::check_submission(ByteView submission) {
    ledger::CheckedSubmission checked = checker_(submission);
    if (checked.status) {
        report_.signatures += checked.signatures.size();
        return checked;
    }
    // Every node refuses such a block before it votes for it: a majority has failed to.
    const Error& error = checked.status.error();
    std::string field = "submission";
    if (error.code == ledger::errc::bad_signature) field = "signatures";
    if (error.code == ledger::errc::wrong_root) field = "transactions_root";
    find(std::move(field), error.code.message() + ": " + error.context);
    return checked;
}

bool Auditor::replay_block(const Block& block) {
    if (block.header.kind == consensus::BlockKind::submissions &&
        !ledger::decode_payload(*block.payload)) {
        find("payload", "does not decode as submissions");
    }
    const auto applied =
        applier_.apply(block, [this](ByteView submission) { return check_submission(submission); });
    if (!applied) {
        find("rules", applied.error().context);
        return false;
    }
    count(applied->result);
    check_book(applied->result);
    if (!applied->result.seal || !applied->point.last_seal) return true;
    return check_seal(*applied->point.last_seal);
}

void Auditor::count(const ledger::BlockResult& result) {
    report_.submissions += result.submissions.size();
    for (const ledger::SubmissionResult& submission : result.submissions) {
        report_.transactions += submission.transactions.size();
        for (const ledger::TransactionResult& transaction : submission.transactions) {
            const bool accepted = transaction.outcome == ledger::Outcome::accepted;
            ++(accepted ? report_.accepted : report_.refused);
        }
    }
}

void Auditor::check_book(const ledger::BlockResult& result) {
    const auto found = book_.check(result, *state_->view());
    if (!found) {
        find("double_entry", found.error().context);
    } else if (found->has_value()) {
        find("double_entry", **found);
    }
}

bool Auditor::check_seal(const SealPoint& seal) {
    ++report_.seals;
    const auto root = crypto::root_at(*state_->view(), seal.size);
    if (!root || *root != seal.root) {
        find("log_root", "the tiles of size " + std::to_string(seal.size) +
                             " lead to another root than the leaves");
        return false;
    }
    if (Status status = check_checkpoint(seal); !status) {
        find("checkpoint", "size " + std::to_string(seal.size) + ": " + status.error().context);
    }
    return true;
}

Status Auditor::check_checkpoint(const SealPoint& seal) {
    const auto stored = source_.checkpoint(seal.size);
    if (!stored) return stored.error();
    if (!stored->has_value()) return {};
    const auto note = crypto::Note::decode(**stored);
    if (!note) return fail(errc::diverged, "not a signed note: " + note.error().context);
    const auto checkpoint = crypto::Checkpoint::decode(note->text);
    if (!checkpoint) return fail(errc::diverged, "not a checkpoint: " + checkpoint.error().context);
    if (checkpoint->origin != genesis_.origin()) {
        return fail(errc::diverged, "origin is " + checkpoint->origin);
    }
    if (checkpoint->size != seal.size) {
        return fail(errc::diverged, "says size " + std::to_string(checkpoint->size));
    }
    if (checkpoint->root != seal.root) {
        return fail(errc::diverged, "root is " + to_hex(checkpoint->root.view()) +
                                        ", the log leads to " + to_hex(seal.root.view()));
    }
    const auto cosignatures = count_cosignatures(*note, genesis_);
    if (!cosignatures) {
        return fail(errc::diverged,
                    cosignatures.error().code.message() + ": " + cosignatures.error().context);
    }
    ++report_.checkpoints;
    if (*cosignatures >= majority_of(genesis_.nodes.size())) ++report_.certified;
    return {};
}

Status Auditor::check_stray_checkpoints() {
    const auto sizes = source_.checkpoint_sizes();
    if (!sizes) return sizes.error();
    const auto view = state_->view();
    for (const std::uint64_t size : *sizes) {
        // Larger ones belong to blocks after the last to audit.
        if (size == 0 || size > view->applied().head.entry_count) continue;
        const auto seal = view->seal_covering(size - 1);
        if (!seal) return seal.error();
        if (seal->has_value() && (*seal)->size == size) continue;
        block_ = seal->has_value() ? (*seal)->block.value : tip_.index.value;
        find("checkpoint", "size " + std::to_string(size) + ": the log has no seal of that size");
    }
    return {};
}

}  // namespace

Result<AuditReport> audit(const AuditSource& source, const ledger::Genesis& genesis,
                          const std::function<void(Index)>& progress) {
    return Auditor(source, genesis).run(progress);
}

}  // namespace tally::storage
