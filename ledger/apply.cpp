#include <algorithm>
#include <string>

#include "base/check.h"
#include "ledger/entry_layout.h"
#include "ledger/errc.h"
#include "ledger/ledger.h"
#include "ledger/recipe.h"
#include "ledger/replay_work.h"
#include "ledger/rules.h"
#include "ledger/state_digest.h"
#include "ledger/workspace.h"

// Applying a block, submission by submission. A submission is judged in three steps: may it be here
// at all (bytes, signatures, keys), what becomes of each transaction (id, not-after, rules), and
// then what goes on record (id, links, leaf). For an atomic submission the second step runs for all
// transactions before the third, behind a mark that can be undone.

namespace tally::ledger {
namespace {

/// A transaction between judgement and record.
struct Judged {
    std::optional<Transaction> transaction;  // nothing when malformed
    TransactionId id;
    Outcome outcome = Outcome::accepted;
    bool consumes_id = false;
};

class BlockApplier {
public:
    BlockApplier(const BlockInput& block, const LedgerHead& head, const RecordReader& records)
        : block_(block),
          head_(head),
          workspace_(records),
          recipe_(block.index, block.time, head.entry_count) {
        result_.block_index = block.index;
        result_.first_entry = head.entry_count;
    }

    /// A version that was decided on begins with its block. Fails with unsupported_rules.
    Status begin();
    Result<BlockResult> run();

private:
    void apply(const CheckedSubmission& submission, std::uint32_t position);
    std::optional<Signatories> signatories_of(const SubmissionHeader& header);
    void apply_valid(const CheckedSubmission& submission, const Signatories& signatories);
    void apply_atomic(const CheckedSubmission& submission, const Signatories& signatories);
    void refuse_keys(const CheckedSubmission& submission);
    Judged decode(const CheckedSubmission& submission, std::uint32_t position) const;
    void judge(const CheckedSubmission& submission, std::uint32_t position,
               const Signatories& signatories, Together& together, std::uint64_t entry,
               Judged& judged);
    void note_id(const CheckedSubmission& submission, std::uint32_t position, const Judged& judged,
                 std::uint64_t entry);
    void record(const CheckedSubmission& submission, std::uint32_t position, const Judged& judged);
    std::vector<AccountLink> link(const Judged& judged, const MemberId& submitter,
                                  std::uint64_t entry);
    void seal();

    std::uint64_t next_entry() const { return result_.first_entry + result_.entries.size(); }
    SubmissionResult& current() { return result_.submissions.back(); }

    const BlockInput& block_;
    LedgerHead head_;  // before the block, but for the rules version, which begins with it
    Workspace workspace_;
    RecipeWriter recipe_;
    BlockResult result_;
};

Status BlockApplier::begin() {
    const std::optional<GovernanceRecord::Next> next = workspace_.governance().view({}).next;
    if (!workspace_.status()) return workspace_.status();
    if (next && block_.index >= next->height) {
        head_.rules_version = next->version;
        workspace_.governance().edit({}).next.reset();
    }
    if (head_.rules_version >= kRulesVersion && head_.rules_version <= block_.rules_newest) {
        return {};
    }
    return fail(errc::unsupported_rules,
                "block " + std::to_string(block_.index) + " is under rules version " +
                    std::to_string(head_.rules_version) + "; this build applies version " +
                    std::to_string(block_.rules_newest) +
                    ": run it with the release that applies the block's version");
}

Result<BlockResult> BlockApplier::run() {
    TALLY_CHECK(block_.kind == BlockInput::Kind::submissions || block_.submissions.empty());
    for (std::uint32_t position = 0; position < block_.submissions.size(); ++position) {
        apply(block_.submissions[position], position);
        if (!workspace_.status()) return workspace_.status().error();
    }
    result_.recipe = recipe_.take();
    if (block_.kind == BlockInput::Kind::seal) seal();

    StateDigest digest(head_.state_digest);
    result_.changes = workspace_.changes(digest);
    result_.head = head_;
    result_.head.entry_count = next_entry();
    result_.head.state_digest = digest.sum();
    result_.head.time = block_.time;
    return std::move(result_);
}

void BlockApplier::seal() {
    SealEntry entry;
    entry.sealed_size = head_.entry_count;
    entry.state_digest = head_.state_digest;
    entry.rules_version = head_.rules_version;
    entry.configuration_index = head_.configuration_index;
    entry.block_index = block_.index;
    entry.block_hash = block_.hash;
    entry.time = block_.time;
    result_.entries.push_back(encode_entry(entry));
    result_.recipe = RecipeWriter::of_seal(result_.entries.back());
    result_.seal = entry;
}

void BlockApplier::apply(const CheckedSubmission& submission, std::uint32_t position) {
    result_.submissions.emplace_back();
    workspace_.begin_submission();
    current().header_entry = next_entry();
    if (!submission.status) {
        current().valid = false;
        recipe_.invalid(submission.digest);
        result_.entries.push_back(
            encode_entry(InvalidEntry{block_.index, position, submission.digest}));
        return;
    }
    recipe_.submission(static_cast<std::uint32_t>(submission.transactions.size()));
    result_.entries.push_back(encode_header_entry(block_.index, position, block_.time,
                                                  submission.header_bytes, submission.signatures));
    const std::optional<Signatories> signatories = signatories_of(submission.header);
    if (!signatories) {
        refuse_keys(submission);
    } else if (submission.header.atomic) {
        apply_atomic(submission, *signatories);
    } else {
        apply_valid(submission, *signatories);
    }
}

std::optional<Signatories> BlockApplier::signatories_of(const SubmissionHeader& header) {
    std::vector<Signatory> list;
    for (const Signer& signer : header.signers) {
        const std::optional<MemberBody>& member = workspace_.members().view(signer.member).body;
        if (!member || !member->key_valid(signer.key, block_.index)) return std::nullopt;
        list.push_back({signer.member, member->roles});
    }
    return Signatories(std::move(list));
}

void BlockApplier::refuse_keys(const CheckedSubmission& submission) {
    for (std::uint32_t position = 0; position < submission.transactions.size(); ++position) {
        Judged judged = decode(submission, position);
        judged.outcome = Outcome::key_not_valid;
        record(submission, position, judged);
    }
}

void BlockApplier::apply_valid(const CheckedSubmission& submission,
                               const Signatories& signatories) {
    for (std::uint32_t position = 0; position < submission.transactions.size(); ++position) {
        const std::uint64_t entry = next_entry();
        Together alone;
        Judged judged = decode(submission, position);
        judge(submission, position, signatories, alone, entry, judged);
        note_id(submission, position, judged, entry);
        record(submission, position, judged);
    }
}

void BlockApplier::apply_atomic(const CheckedSubmission& submission,
                                const Signatories& signatories) {
    const std::uint64_t first = next_entry();
    const std::size_t postings = result_.postings.size();
    std::vector<Judged> all;
    std::vector<const Transaction*> siblings;  // nulls keep the places
    all.reserve(submission.transactions.size());
    siblings.reserve(submission.transactions.size());
    for (std::uint32_t position = 0; position < submission.transactions.size(); ++position) {
        all.push_back(decode(submission, position));
    }
    for (const Judged& judged : all) {
        siblings.push_back(judged.transaction ? &*judged.transaction : nullptr);
    }
    Together together;
    bool whole = true;
    workspace_.mark();
    for (std::uint32_t position = 0; position < all.size(); ++position) {
        together.later = std::span(siblings).subspan(position + 1);
        judge(submission, position, signatories, together, first + position, all[position]);
        note_id(submission, position, all[position], first + position);
        whole = whole && all[position].outcome == Outcome::accepted;
    }
    if (whole) {
        workspace_.keep();
    } else {
        workspace_.undo();
        result_.postings.resize(postings);
        for (std::uint32_t position = 0; position < all.size(); ++position) {
            Judged& judged = all[position];
            if (judged.outcome == Outcome::accepted) judged.outcome = Outcome::atomic_sibling;
            note_id(submission, position, judged, first + position);
        }
    }
    for (std::uint32_t position = 0; position < all.size(); ++position) {
        record(submission, position, all[position]);
    }
}

Judged BlockApplier::decode(const CheckedSubmission& submission, std::uint32_t position) const {
    const ByteView bytes = submission.transactions[position];
    Judged judged;
    judged.id = transaction_id_of(bytes).value_or(TransactionId{});
    Result<Transaction> transaction = decode_transaction(bytes, grammar_of(head_.rules_version));
    if (transaction) judged.transaction = *std::move(transaction);
    return judged;
}

void BlockApplier::judge(const CheckedSubmission& submission, std::uint32_t position,
                         const Signatories& signatories, Together& together, std::uint64_t entry,
                         Judged& judged) {
    const SubmissionHeader& header = submission.header;
    if (!judged.transaction) {
        judged.outcome = Outcome::malformed_transaction;
        return;
    }
    const Workspace::IdKey key{header.signers.front().member, judged.id};
    if (workspace_.ids().exists(key)) {
        const IdRecord& first = workspace_.ids().view(key);
        const bool same = first.leaf_hash == submission.transaction_hashes[position];
        judged.outcome = same ? Outcome::repeated : Outcome::duplicate;
        return;
    }
    if (position >= kAlwaysJudged && workspace_.replayed() > kReplayWorkMax) {
        judged.outcome = Outcome::replays_exhausted;
        return;
    }
    judged.consumes_id = true;
    if (header.not_after.count() != 0 && block_.time > header.not_after) {
        judged.outcome = Outcome::expired;
        return;
    }
    const Moment moment{entry, block_.index, head_.rules_version,
                        workspace_.calendar().view({}).day_at(block_.time)};
    judged.outcome = apply_rules(workspace_, *judged.transaction, signatories, moment, together,
                                 result_.postings);
}

void BlockApplier::note_id(const CheckedSubmission& submission, std::uint32_t position,
                           const Judged& judged, std::uint64_t entry) {
    if (!judged.consumes_id) return;
    IdRecord& id = workspace_.ids().edit({submission.header.signers.front().member, judged.id});
    id.leaf_hash = submission.transaction_hashes[position];
    id.entry = entry;
    id.outcome = judged.outcome;
    id.block_index = block_.index;
}

std::vector<AccountLink> BlockApplier::link(const Judged& judged, const MemberId& submitter,
                                            std::uint64_t entry) {
    std::vector<AccountRef> accounts;
    if (judged.transaction) {
        accounts = accounts_of(workspace_, *judged.transaction, judged.outcome, submitter);
    } else {
        accounts.push_back({AccountClass::member, submitter.bytes});
    }
    std::vector<AccountLink> links;
    links.reserve(accounts.size());
    for (const AccountRef& account : accounts) {
        AccountHead& head = workspace_.edit_head(account.account_class, account.id);
        ++head.count;
        links.push_back({account.account_class, account.id, head.count, head.last});
        head.last = entry;
    }
    return links;
}

void BlockApplier::record(const CheckedSubmission& submission, std::uint32_t position,
                          const Judged& judged) {
    const std::uint64_t entry = next_entry();
    const MemberId& submitter = submission.header.signers.front().member;
    const std::vector<AccountLink> links = link(judged, submitter, entry);
    recipe_.transaction(entry, judged.outcome, links);
    result_.entries.push_back(encode_transaction_entry(current().header_entry, position,
                                                       submission.transactions[position],
                                                       judged.outcome, links));
    TransactionResult answer{judged.id, judged.outcome, entry, false};
    if (judged.outcome == Outcome::repeated) {
        // Read again: in an atomic submission the first time may be a sibling, refused since.
        const IdRecord& first = workspace_.ids().view({submitter, judged.id});
        answer.outcome = first.outcome;
        answer.entry = first.entry;
        answer.repeated = true;
    }
    current().transactions.push_back(answer);
}

}  // namespace

Result<BlockResult> apply_block(const BlockInput& block, const LedgerHead& head,
                                const RecordReader& records) {
    BlockApplier applier(block, head, records);
    if (Status status = applier.begin(); !status) return status.error();
    return applier.run();
}

}  // namespace tally::ledger
