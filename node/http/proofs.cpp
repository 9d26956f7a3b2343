#include <algorithm>

#include "api/errc.h"
#include "api/proof_json.h"
#include "crypto/checkpoint.h"
#include "crypto/merkle.h"
#include "crypto/note.h"
#include "ledger/outcome.h"
#include "ledger/queries.h"
#include "ledger/submission_view.h"
#include "node/http/entry_reader.h"
#include "node/http/handlers.h"
#include "node/http/path_values.h"
#include "storage/errc.h"

// A proof is put together from three places: the leaves from the blocks, the tree's hashes from the
// state's tiles, the checkpoint from what the nodes signed. Before it leaves, every path in it is
// followed to its root: a node whose parts contradict each other says so instead of handing out
// evidence that fails elsewhere.

namespace tally::node::http {
namespace {

struct SignedCheckpoint {
    crypto::Checkpoint checkpoint;
    std::string note;
};

Error contradiction(std::uint64_t index, const Error& error) {
    return fail(storage::errc::diverged, "entry " + std::to_string(index) +
                                             ": this node's log does not lead to the certified "
                                             "checkpoint: " +
                                             error.context);
}

/// The smallest certified checkpoint that covers both the entry and, as it comes before, its
/// header.
Result<SignedCheckpoint> checkpoint_over(const ReadContext& context, std::uint64_t index) {
    const auto stored = context.service.blocks().certified_covering(index + 1);
    if (!stored) return stored.error();
    if (!stored->has_value() || (*stored)->size <= index) {
        return fail(api::errc::not_certified, "entry " + std::to_string(index) +
                                                  ": no certified checkpoint covers it yet: retry "
                                                  "after the next seal");
    }
    if ((*stored)->size > context.view.applied().frontier.size()) {
        return fail(api::errc::not_ready,
                    "the checkpoint is newer than what is applied here: retry");
    }
    const auto note = crypto::Note::decode((*stored)->note);
    if (!note) return contradiction(index, note.error());
    const auto checkpoint = crypto::Checkpoint::decode(note->text);
    if (!checkpoint) return contradiction(index, checkpoint.error());
    return SignedCheckpoint{*checkpoint, (*stored)->note};
}

/// The tlog-proof text of one leaf, followed to the root before it leaves.
Result<std::string> proof_text(const ReadContext& context, std::uint64_t index,
                               const crypto::Digest& leaf, const SignedCheckpoint& against) {
    const std::uint64_t size = against.checkpoint.size;
    const auto path = crypto::inclusion_proof(context.view, index, size);
    if (!path) return contradiction(index, path.error());
    const Status holds =
        crypto::verify_inclusion(leaf, index, size, *path, against.checkpoint.root);
    if (!holds) return contradiction(index, holds.error());
    crypto::TlogProof proof;
    proof.index = index;
    proof.path = *path;
    proof.checkpoint = against.note;
    return proof.encode();
}

/// From the transaction's leaf to the transactions_root that its submission's header states.
Result<std::vector<crypto::Digest>> transaction_path(const ReadContext& context,
                                                     const ledger::HeaderEntry& header,
                                                     const ledger::TransactionEntry& entry) {
    const consensus::Index block_index(header.block_index);
    const auto blocks = context.service.blocks().read(block_index, block_index, 0);
    if (!blocks) return blocks.error();
    const std::string where = "block " + std::to_string(header.block_index);
    const auto submissions = ledger::decode_payload(*blocks->front().payload);
    if (!submissions || header.position >= submissions->size()) {
        return fail(api::errc::corrupt_block, where + ": has no submission of that position");
    }
    const auto submission = ledger::view_submission((*submissions)[header.position]);
    if (!submission)
        return fail(api::errc::corrupt_block, where + ": a submission does not decode");
    std::vector<crypto::Digest> leaves;
    leaves.reserve(submission->transactions.size());
    for (const ByteView bytes : submission->transactions)
        leaves.push_back(crypto::leaf_hash(bytes));
    const auto decoded = ledger::SubmissionHeader::decode(header.header);
    const bool holds = decoded && entry.position < leaves.size() &&
                       leaves[entry.position] == crypto::leaf_hash(entry.transaction) &&
                       crypto::merkle_root(leaves) == decoded->transactions_root;
    if (!holds) {
        return fail(api::errc::corrupt_block, where + ": contradicts the entry made from it");
    }
    return crypto::merkle_path(leaves, entry.position);
}

/// What brought the signers' keys that genesis does not have. A key that nobody ever brought is
/// left out: the proof then is of a refusal.
Status add_key_entries(const ReadContext& context, const ledger::HeaderEntry& entry,
                       const SignedCheckpoint& checkpoint, api::ProofDocument& proof) {
    const auto header = ledger::SubmissionHeader::decode(entry.header);
    if (!header) return {};
    EntryReader reader(context);
    for (const ledger::Signer& signer : header->signers) {
        const auto key = ledger::read_key(context.view, signer.key);
        if (!key) return key.error();
        if (!*key || (*key)->entry >= proof.index) continue;
        const bool shown = std::ranges::any_of(
            proof.key_entries, [&](const auto& other) { return other.index == (*key)->entry; });
        if (shown) continue;
        const auto leaf = reader.leaf((*key)->entry);
        if (!leaf) return leaf.error();
        auto text = proof_text(context, (*key)->entry, crypto::leaf_hash(leaf->bytes), checkpoint);
        if (!text) return text.error();
        proof.key_entries.push_back({(*key)->entry, leaf->bytes, std::move(*text)});
    }
    return {};
}

Result<api::ProofDocument> build_proof(const ReadContext& context, std::uint64_t index,
                                       const Bytes& leaf, const ledger::TransactionEntry& entry) {
    EntryReader reader(context);
    const auto header_leaf = reader.leaf(entry.header_entry);
    if (!header_leaf) return header_leaf.error();
    const auto* header = std::get_if<ledger::HeaderEntry>(&header_leaf->entry);
    if (header == nullptr)
        return fail(api::errc::corrupt_block, "no header entry where one is cited");
    const auto checkpoint = checkpoint_over(context, index);
    if (!checkpoint) return checkpoint.error();

    api::ProofDocument proof;
    proof.index = index;
    auto transaction = ledger::decode_transaction(entry.transaction, ledger::kRulesVersion);
    if (transaction) proof.transaction = std::move(*transaction);
    proof.outcome = ledger::outcome_code(entry.outcome);
    proof.entry = leaf;
    proof.leaf_hash = crypto::leaf_hash(leaf);
    proof.header_index = entry.header_entry;
    proof.header_entry = header_leaf->bytes;
    auto text = proof_text(context, index, proof.leaf_hash, *checkpoint);
    if (!text) return text.error();
    proof.proof = std::move(*text);
    auto header_text =
        proof_text(context, entry.header_entry, crypto::leaf_hash(header_leaf->bytes), *checkpoint);
    if (!header_text) return header_text.error();
    proof.header_proof = std::move(*header_text);
    auto path = transaction_path(context, *header, entry);
    if (!path) return path.error();
    proof.transaction_path = std::move(*path);
    const Status keys = add_key_entries(context, *header, *checkpoint, proof);
    if (!keys) return keys.error();
    return proof;
}

Result<HttpResponse> proof_response(const ReadContext& context) {
    const auto index = path_number(context.parameter(0), "entry");
    if (!index) return index.error();
    EntryReader reader(context);
    const auto leaf = reader.leaf(*index);
    if (!leaf) return leaf.error();
    const auto* transaction = std::get_if<ledger::TransactionEntry>(&leaf->entry);
    if (transaction == nullptr) {
        return fail(api::errc::not_found, "entry " + std::to_string(*index) +
                                              " is no transaction: proofs are of transactions");
    }
    const auto proof = build_proof(context, *index, leaf->bytes, *transaction);
    if (!proof) return proof.error();
    return json_response(to_json(*proof));
}

}  // namespace

void get_proof(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_read(api, exchange, proof_response);
}

}  // namespace tally::node::http
