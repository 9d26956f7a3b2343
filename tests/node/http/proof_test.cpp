#include "api/proof_json.h"
#include "crypto/checkpoint.h"
#include "crypto/merkle.h"
#include "crypto/note.h"
#include "ledger/entry.h"
#include "storage/audit.h"
#include "tests/node/http/server_fixture.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::node::http::test;
using testing::id_of;

namespace {

/// Follows one tlog-proof from a leaf to its certified checkpoint.
void check_tlog_proof(const std::string& text, const Bytes& leaf, std::uint64_t index,
                      const ledger::Genesis& genesis) {
    const auto proof = crypto::TlogProof::decode(text);
    REQUIRE(proof);
    CHECK(proof->index == index);
    const auto note = crypto::Note::decode(proof->checkpoint);
    REQUIRE(note);
    const auto cosigners = storage::count_cosignatures(*note, genesis);
    REQUIRE(cosigners);
    CHECK(*cosigners >= storage::majority_of(genesis.nodes.size()));
    const auto checkpoint = crypto::Checkpoint::decode(note->text);
    REQUIRE(checkpoint);
    CHECK(checkpoint->origin == genesis.origin());
    CHECK(crypto::verify_inclusion(crypto::leaf_hash(leaf), index, checkpoint->size, proof->path,
                                   checkpoint->root));
}

void check_proof(ServerFixture& fixture, std::uint64_t index) {
    const Reply reply = fixture.get("/v1/proofs/" + std::to_string(index));
    INFO(reply.body);
    REQUIRE(reply.status == 200);
    const auto proof = api::proof_from_json(boost::json::parse(reply.body));
    REQUIRE(proof);
    CHECK(proof->index == index);
    CHECK(proof->leaf_hash == crypto::leaf_hash(proof->entry));
    check_tlog_proof(proof->proof, proof->entry, index, fixture.cast().genesis());
    check_tlog_proof(proof->header_proof, proof->header_entry, proof->header_index,
                     fixture.cast().genesis());

    const auto entry = ledger::decode_entry(proof->entry);
    REQUIRE(entry);
    const auto& transaction = std::get<ledger::TransactionEntry>(*entry);
    CHECK(transaction.header_entry == proof->header_index);
    CHECK(ledger::outcome_code(transaction.outcome) == proof->outcome);
    const auto header_entry = ledger::decode_entry(proof->header_entry);
    REQUIRE(header_entry);
    const auto header =
        ledger::SubmissionHeader::decode(std::get<ledger::HeaderEntry>(*header_entry).header);
    REQUIRE(header);
    CHECK(crypto::verify_inclusion(crypto::leaf_hash(transaction.transaction), transaction.position,
                                   header->transaction_count, proof->transaction_path,
                                   header->transactions_root));
    REQUIRE(proof->transaction);
    CHECK(ledger::encode_transaction(*proof->transaction) == transaction.transaction);
}

}  // namespace

// Goal: evidence follows to its roots with nothing but the document and genesis.
TEST_CASE("a proof of every transaction holds offline") {
    ServerFixture fixture;
    fixture.make_small_book();
    fixture.service().seal();
    std::vector<ledger::Transaction> many;
    for (std::uint64_t line = 100; line < 137; ++line) {
        many.push_back(fixture.drafts().grant(id_of<ledger::LineId>(line),
                                              id_of<ledger::BorrowerId>(line), 1000));
    }
    // Two submissions in one block would need the service's batches; three blocks do as well.
    const auto receipt =
        fixture.service().apply(fixture.cast().sign(many, {&fixture.cast().originator()}));
    fixture.service().apply_one(fixture.drafts().change(id_of<ledger::LineId>(1), 0),
                                {&fixture.cast().originator()});
    fixture.service().seal();
    for (const std::uint64_t index : {1u, 8u, 16u}) check_proof(fixture, index);
    for (const auto& result : receipt.result.transactions) check_proof(fixture, result.entry);
    // The refused one too: a proof that it was refused.
    check_proof(fixture, receipt.result.transactions.back().entry + 2);
}

// Goal: no evidence before a majority has signed a checkpoint that covers the entry.
TEST_CASE("a proof before its certified checkpoint is not_certified") {
    ServerFixture fixture;
    fixture.make_small_book();
    CHECK(problem_code(fixture.get("/v1/proofs/1")) == "not_certified");
    fixture.service().seal(false);
    CHECK(problem_code(fixture.get("/v1/proofs/1")) == "not_certified");
    fixture.service().seal();
    check_proof(fixture, 1);
    const auto late = fixture.service().apply_one(
        fixture.drafts().change(id_of<ledger::LineId>(1), 800'000), {&fixture.cast().originator()});
    const Reply reply = fixture.get("/v1/proofs/" + std::to_string(late.entry));
    CHECK(problem_code(reply) == "not_certified");
    CHECK(reply.status == 409);
    check_proof(fixture, 16);
}

// Goal: proofs are of transactions.
TEST_CASE("headers, seals and what is not there have no proof") {
    ServerFixture fixture;
    fixture.make_small_book();
    fixture.service().seal();
    CHECK(problem_code(fixture.get("/v1/proofs/0")) == "not_found");
    CHECK(problem_code(fixture.get("/v1/proofs/17")) == "not_found");
    CHECK(problem_code(fixture.get("/v1/proofs/18")) == "not_found");
    CHECK(problem_code(fixture.get("/v1/proofs/x")) == "invalid_argument");
}

// Goal: a node whose own log contradicts what was certified says so; it hands out no proof.
TEST_CASE("a checkpoint that the log does not lead to is diverged") {
    ServerFixture fixture;
    fixture.make_small_book();
    fixture.service().seal(false);
    crypto::Checkpoint checkpoint{fixture.cast().genesis().origin(), kSmallBookLeaves + 1, {}};
    crypto::Note note;
    note.text = checkpoint.encode();
    note.signatures.push_back(
        crypto::sign_note(note.text, checkpoint.origin, fixture.cast().node(0).log));
    const Status put =
        fixture.service().block_store().put_checkpoint({kSmallBookLeaves + 1, note.encode(), true});
    REQUIRE(put);
    const Reply reply = fixture.get("/v1/proofs/1");
    CHECK(problem_code(reply) == "diverged");
    CHECK(reply.status == 503);
}
