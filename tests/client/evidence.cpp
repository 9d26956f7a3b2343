#include "tests/client/evidence.h"

#include <boost/json.hpp>

#include "base/check.h"
#include "crypto/checkpoint.h"
#include "crypto/merkle.h"
#include "crypto/note.h"

namespace tally::testing {
namespace {

constexpr std::uint64_t kCosignedAt = 1'706'700'100;

std::vector<crypto::Digest> hashes_of(const std::vector<Bytes>& leaves) {
    std::vector<crypto::Digest> hashes;
    for (const Bytes& leaf : leaves) hashes.push_back(crypto::leaf_hash(leaf));
    return hashes;
}

}  // namespace

Evidence::Evidence() {
    const auto line = id_of<ledger::LineId>(1);
    const auto contract = id_of<ledger::ContractId>(2);
    TALLY_CHECK(book_.grant(line, id_of<ledger::BorrowerId>(3), 500'000) ==
                ledger::Outcome::accepted);
    TALLY_CHECK(book_.capture(contract, line, 100'000) == ledger::Outcome::accepted);
    TALLY_CHECK(book_.repay(contract, 33'833) == ledger::Outcome::accepted);
    book_.seal();
}

void Evidence::forge(std::uint64_t entry, Bytes leaf) {
    if (forged_.empty()) forged_ = book_.entries();
    forged_.at(entry) = std::move(leaf);
}

std::uint64_t Evidence::last_transaction() const {
    for (std::uint64_t i = leaves().size(); i-- > 0;) {
        const auto entry = ledger::decode_entry(leaves()[i]);
        if (std::holds_alternative<ledger::TransactionEntry>(*entry)) return i;
    }
    TALLY_CHECK(false);
    return 0;
}

std::string Evidence::checkpoint(std::size_t cosigners, const std::string& origin) const {
    crypto::Checkpoint body;
    body.origin = origin;
    body.size = leaves().size();
    body.root = crypto::merkle_root(hashes_of(leaves()));
    crypto::Note note;
    note.text = body.encode();
    note.signatures.push_back(crypto::sign_note(note.text, origin, book_.cast().node(0).log));
    for (std::size_t i = 0; i < cosigners; ++i) {
        const std::string name = origin + "/" + genesis().nodes[i].name;
        note.signatures.push_back(
            crypto::cosign(note.text, name, book_.cast().node(i).cosignature, kCosignedAt + i));
    }
    return note.encode();
}

std::string Evidence::inclusion(std::uint64_t entry, const std::string& note) const {
    crypto::TlogProof proof;
    proof.index = entry;
    proof.path = crypto::merkle_path(hashes_of(leaves()), entry);
    proof.checkpoint = note;
    return proof.encode();
}

api::ProofDocument Evidence::proof_of(std::uint64_t entry, std::size_t cosigners) const {
    const std::string note = checkpoint(cosigners, genesis().origin());
    const auto leaf = ledger::decode_entry(leaves()[entry]);
    const auto& transaction = std::get<ledger::TransactionEntry>(*leaf);
    api::ProofDocument proof;
    proof.index = entry;
    const auto decoded =
        ledger::decode_transaction(transaction.transaction, genesis().rules_version);
    if (decoded) proof.transaction = *decoded;
    proof.outcome = std::string(ledger::outcome_code(transaction.outcome));
    proof.entry = leaves()[entry];
    proof.leaf_hash = crypto::leaf_hash(proof.entry);
    proof.proof = inclusion(entry, note);
    proof.header_index = transaction.header_entry;
    proof.header_entry = leaves()[proof.header_index];
    proof.header_proof = inclusion(proof.header_index, note);
    // All transactions of the submission follow its header entry, in their order.
    const auto header = ledger::SubmissionHeader::decode(
        std::get<ledger::HeaderEntry>(*ledger::decode_entry(proof.header_entry)).header);
    std::vector<crypto::Digest> siblings;
    for (std::uint32_t i = 0; i < header->transaction_count; ++i) {
        const auto other = ledger::decode_entry(leaves()[proof.header_index + 1 + i]);
        siblings.push_back(
            crypto::leaf_hash(std::get<ledger::TransactionEntry>(*other).transaction));
    }
    proof.transaction_path = crypto::merkle_path(siblings, transaction.position);
    return proof;
}

std::string text_of(const api::ProofDocument& proof) {
    return boost::json::serialize(api::to_json(proof));
}

}  // namespace tally::testing
