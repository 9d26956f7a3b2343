// The audit trusts nothing but the genesis that it is given. It replays every block on memory
// storage with the code that a node runs, and beside it keeps a second chain check, a second set of
// books and a second way to the log's root. That the log is the network's own, and whole, only
// checkpoints show: audit_anchoring.
#include "storage/audit.h"

#include <algorithm>

#include "base/check.h"
#include "ledger/errc.h"
#include "storage/audit_anchoring.h"
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
    Auditor(const AuditSource& source, const ledger::Genesis& genesis,
            const std::vector<Anchor>& anchors)
        : source_(source),
          genesis_(genesis),
          network_(genesis.network_id()),
          state_(make_memory_state_store(genesis)),
          applier_(genesis, *state_),
          checker_(plain_checker(genesis)),
          anchoring_(source, genesis, anchors, report_) {
        tip_.hash = network_;
    }

    Result<AuditReport> run(const std::function<void(Index)>& progress);

private:
    /// Reads and replays up to `last`; true if the replay may go on.
    bool take_blocks(Index first, Index last);
    bool take(const Block& block);
    bool replay_block(const Block& block);
    void check_kind(const Block& block);
    void check_book(const ledger::BlockResult& result);
    bool check_seal(const SealPoint& seal);
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
    AuditReport report_;
    Anchoring anchoring_;  // after report_, which it writes
    AuditBook book_;
    consensus::ChainTip tip_;
    std::uint64_t block_ = 0;  // the one in hand
};

void Auditor::find(std::string field, std::string detail) {
    report_.find({block_, std::move(field), std::move(detail)});
}

/// A source that cannot give a batch because one block in it is damaged is asked for its blocks one
/// by one, so that the finding names the right one.
Result<std::vector<Block>> Auditor::read_from(Index first, Index last) {
    auto batch = source_.read(first, last);
    if (batch && batch->empty()) {
        return fail(errc::not_found, "the block is not given, though it says that it has it");
    }
    if (batch || batch.error().code != errc::corrupt_block || first == last) return batch;
    return source_.read(first, first);
}

bool Auditor::take_blocks(Index first, Index last) {
    block_ = first.value;
    const Result<std::vector<Block>> batch = read_from(first, last);
    if (!batch) {
        const bool damaged = batch.error().code == errc::corrupt_block;
        find(damaged ? "stored" : "source", batch.error().context);
        return false;
    }
    return std::all_of(batch->begin(), batch->end(),
                       [this](const Block& block) { return take(block); });
}

Result<AuditReport> Auditor::run(const std::function<void(Index)>& progress) {
    if (Status status = anchoring_.begin(); !status) return status.error();
    const Result<Index> last = source_.last();
    if (!last) return last.error();
    const Result<Index> stored = source_.stored();
    if (!stored) return stored.error();
    bool whole = true;
    while (whole && tip_.index < *last) {
        const Index end(std::min(last->value, tip_.index.value + kBatchBlocks));
        whole = take_blocks(tip_.index.next(), end);
        if (progress) progress(tip_.index);
    }
    // What a checkpoint covers was committed, whatever the source knew of it.
    while (whole && tip_.index < *stored &&
           state_->view()->applied().head.entry_count < anchoring_.wanted()) {
        whole = take_blocks(tip_.index.next(), tip_.index.next());
    }
    const auto view = state_->view();
    if (whole) {
        if (Status status = anchoring_.finish(*view); !status) return status.error();
    }
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
    check_kind(block);
    if (!replay_block(block)) return false;
    tip_ = consensus::tip_of(block);
    ++report_.blocks;
    report_.block_hashes.push_back(block.hash);
    return true;
}

/// Only submissions are what somebody brought. Nobody looks at a payload elsewhere, so whatever is
/// there was smuggled in; and no transaction changes the voters yet.
void Auditor::check_kind(const Block& block) {
    using consensus::BlockKind;
    const BlockKind kind = block.header.kind;
    if (kind == BlockKind::configuration) {
        find("configuration", "no accepted transaction changes the voters, so nothing founds it");
    }
    // The node's driver gives a seal one byte, its version (docs/FORMAT.md).
    const bool version = kind == BlockKind::seal && *block.payload == Bytes{1};
    if (kind != BlockKind::submissions && !block.payload->empty() && !version) {
        find("payload", std::to_string(block.payload->size()) +
                            " bytes in a block of a kind that carries none");
    }
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
            ++(transaction.repeated ? report_.repeated
                                    : (accepted ? report_.accepted : report_.refused));
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
    report_.seal_points[seal.size] = seal;
    anchoring_.on_seal(seal);
    return true;
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
    switch (verdict) {
        case Verdict::passed:
            return "PASSED";
        case Verdict::uncertified:
            return "UNCERTIFIED";
        case Verdict::failed:
            break;
    }
    return "FAILED";
}

Verdict AuditReport::verdict() const {
    if (!findings.empty()) return Verdict::failed;
    return anchor ? Verdict::passed : Verdict::uncertified;
}

void AuditReport::find(AuditFinding finding) {
    if (findings.size() < kFindingsMax) findings.push_back(std::move(finding));
}

Result<AuditReport> audit(const AuditSource& source, const ledger::Genesis& genesis,
                          const std::vector<Anchor>& anchors,
                          const std::function<void(Index)>& progress) {
    return Auditor(source, genesis, anchors).run(progress);
}

}  // namespace tally::storage
