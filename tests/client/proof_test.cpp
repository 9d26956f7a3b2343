#include "client/proof.h"

#include <boost/json.hpp>
#include <span>
#include <variant>

#include "api/ids.h"
#include "crypto/note.h"
#include "tests/client/evidence.h"
#include "tests/support/catch.h"

namespace tally::client {
namespace {

using ledger::Outcome;
using testing::Evidence;
using testing::id_of;
using testing::text_of;

TEST_CASE("A proof verifies and says who signed what, when, where, and what it does not show") {
    Evidence evidence;
    const auto report =
        verify_proof(text_of(evidence.proof_of(evidence.last_transaction())), evidence.genesis());
    INFO(report.failed_field << ": " << report.failure);
    REQUIRE(report.verified);
    CHECK(report.failed_field.empty());
    CHECK(report.type == "REPAYMENT");
    CHECK(report.outcome == "accepted");
    REQUIRE(report.signers.size() == 1);
    CHECK(report.signers[0].member == "servicer");
    CHECK(report.signers[0].submitter);
    CHECK(report.entry == evidence.last_transaction());
    CHECK(report.checkpoint_size == evidence.book().entries().size());
    CHECK(report.nodes == 3);
    CHECK(report.cosigners_needed == 2);
    REQUIRE(report.cosigners.size() == 2);
    CHECK(report.cosigners[0].node == "node-1");
    CHECK(report.cosigners[0].time == "2024-01-31T11:21:40.000Z");
    CHECK(report.not_shown.size() >= 3);
    const std::string text = report.to_text();
    CHECK(report.accepted);
    CHECK(report.submitter == api::id_text(ledger::member_id_of("servicer")));
    CHECK(report.warnings.empty());
    CHECK(text.starts_with("VERIFIED: accepted\n"));
    for (const char* part : {"servicer", "REPAYMENT", "33833", "node-2", "does not show"}) {
        CHECK(text.find(part) != std::string::npos);
    }
    const auto json = boost::json::parse(report.to_json());
    CHECK(json.at("verified").as_bool());
    CHECK(json.at("transaction").at("amount").as_int64() == 33'833);
}

TEST_CASE("Every transaction of a log can be proven, in submissions of one and of many") {
    Evidence evidence;
    auto& book = evidence.book();
    std::vector<ledger::Transaction> grants;
    for (std::uint64_t i = 0; i < 7; ++i) {
        grants.push_back(book.drafts().grant(id_of<ledger::LineId>(100 + i),
                                             id_of<ledger::BorrowerId>(200 + i), 1000 + 1));
    }
    book.submit(grants, {&book.cast().originator()});
    book.seal();
    std::size_t proven = 0;
    for (std::uint64_t entry = 0; entry < book.entries().size(); ++entry) {
        const auto decoded = ledger::decode_entry(book.entries()[entry]);
        if (!std::holds_alternative<ledger::TransactionEntry>(*decoded)) continue;
        const auto report = verify_proof(text_of(evidence.proof_of(entry)), evidence.genesis());
        INFO(entry << " " << report.failed_field << ": " << report.failure);
        REQUIRE(report.verified);
        ++proven;
    }
    CHECK(proven == 9 + 7);  // the evidence, and the grants
}

TEST_CASE("A refusal is proven as a refusal, and the report says that it had no effect") {
    Evidence evidence;
    auto& book = evidence.book();
    // A limit that is too small for the purchase.
    REQUIRE(book.capture(id_of<ledger::ContractId>(9), id_of<ledger::LineId>(1), 900'000) ==
            Outcome::limit_exceeded);
    book.seal();
    const auto report =
        verify_proof(text_of(evidence.proof_of(evidence.last_transaction())), evidence.genesis());
    REQUIRE(report.verified);
    CHECK_FALSE(report.accepted);
    CHECK(report.outcome == "limit_exceeded");
    CHECK(report.to_text().starts_with("VERIFIED: REFUSED (limit_exceeded), it had no effect\n"));
    const auto json = boost::json::parse(report.to_json());
    CHECK(json.at("verified").as_bool());
    CHECK_FALSE(json.at("accepted").as_bool());
    CHECK(report.not_shown[0].find("refused") != std::string::npos);
}

TEST_CASE("A key that is nobody's can only prove the refusal that it caused") {
    Evidence evidence;
    auto& book = evidence.book();
    const auto& cast = book.cast();
    const Bytes transaction = ledger::encode_transaction(
        book.drafts().grant(id_of<ledger::LineId>(50), id_of<ledger::BorrowerId>(51), 1000));
    const ledger::SigningKey forged[] = {{cast.originator().id, &cast.stranger().key}};
    const Bytes transactions[] = {transaction};
    const auto submission = share(
        ledger::sign_submission(cast.network(), transactions, forged, false, ledger::Millis(0))
            .encode());
    const SharedBytes submissions[] = {submission};
    book.apply(submissions);
    book.seal();
    const auto proof = evidence.proof_of(evidence.last_transaction());
    REQUIRE(proof.outcome == "key_not_valid");
    const auto report = verify_proof(text_of(proof), evidence.genesis());
    REQUIRE(report.verified);
    CHECK(report.signers[0].member == "lender (not this member's key)");
}

TEST_CASE("A genesis without the signer's key is another network's") {
    Evidence evidence;
    auto genesis = evidence.genesis();
    const auto text = text_of(evidence.proof_of(evidence.last_transaction()));
    for (auto& member : genesis.members) {
        if (member.name == "servicer") member.keys[0].bytes[5] ^= 1;
    }
    const auto report = verify_proof(text, genesis);
    CHECK_FALSE(report.verified);
    CHECK(report.failed_field == "network");
}

TEST_CASE("Another network's genesis refuses the proof by its network") {
    Evidence evidence;
    auto genesis = evidence.genesis();
    const auto text = text_of(evidence.proof_of(evidence.last_transaction()));
    genesis.created += ledger::Millis(1);  // the same keys, another network
    CHECK(verify_proof(text, genesis).failed_field == "network");
    // Whatever else differs, this is what is said: nobody looks for a wrong key first.
    for (auto& member : genesis.members) member.keys[0].bytes[5] ^= 1;
    for (auto& node : genesis.nodes) node.cosignature_key.bytes[5] ^= 1;
    const auto report = verify_proof(text, genesis);
    CHECK(report.failed_field == "network");
    CHECK(report.failure.starts_with("another network: the transaction was signed for "));
}

TEST_CASE("Cosignatures of fewer than a majority do not verify, however often they are repeated") {
    Evidence evidence;
    const auto entry = evidence.last_transaction();
    CHECK(verify_proof(text_of(evidence.proof_of(entry, 3)), evidence.genesis()).verified);
    CHECK(verify_proof(text_of(evidence.proof_of(entry, 1)), evidence.genesis()).failed_field ==
          "cosignatures");
    CHECK(verify_proof(text_of(evidence.proof_of(entry, 0)), evidence.genesis()).failed_field ==
          "cosignatures");
    auto proof = evidence.proof_of(entry, 1);
    std::string note = evidence.checkpoint(1, evidence.genesis().origin());
    const auto last_line = note.rfind("\xE2\x80\x94");
    note += note.substr(last_line);
    proof.proof = evidence.inclusion(entry, note);
    proof.header_proof = evidence.inclusion(proof.header_index, note);
    const auto report = verify_proof(text_of(proof), evidence.genesis());
    CHECK_FALSE(report.verified);
    CHECK(report.failed_field == "cosignatures");
}

/// The proof with both its paths against this note.
api::ProofDocument against(const Evidence& evidence, const std::string& note) {
    auto proof = evidence.proof_of(evidence.last_transaction());
    proof.proof = evidence.inclusion(proof.index, note);
    proof.header_proof = evidence.inclusion(proof.header_index, note);
    return proof;
}

TEST_CASE("Signature lines of unknown keys are ignored, a line of a known key must hold") {
    Evidence evidence;
    const auto key = crypto::SecretKey::generate();
    const auto report_of = [&](const std::string& note) {
        return verify_proof(text_of(against(evidence, note)), evidence.genesis());
    };
    const std::string note = evidence.checkpoint(2, evidence.genesis().origin());
    const std::string body = crypto::Note::decode(note)->text;
    // A witness, a key that a node has beside those in the genesis, a kind that nobody knows yet.
    crypto::NoteSignature unknown = crypto::sign_note(body, "kind.example", key);
    unknown.blob = Bytes(2, 0x77);
    for (const std::string& line :
         {crypto::cosign(body, "witness.example", key, 1'706'700'100).line(),
          crypto::sign_note(body, evidence.genesis().origin(), key).line(), unknown.line()}) {
        const auto report = report_of(note + line);
        INFO(line << report.failed_field << ": " << report.failure);
        CHECK(report.verified);
        CHECK(report.cosigners.size() == 2);  // it adds nothing
    }
    // The last line is node 2's: its signature altered, its name and key id as they were.
    std::string forged = note;
    forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
    CHECK(report_of(forged).failed_field == "checkpoint");
    // Beside the good line of the same key it is no better.
    const auto last_line = forged.rfind("\xE2\x80\x94");
    CHECK(report_of(note + forged.substr(last_line)).failed_field == "checkpoint");
}

TEST_CASE("Cosignatures without a signature of the log itself are no checkpoint") {
    Evidence evidence;
    auto note = *crypto::Note::decode(evidence.checkpoint(3, evidence.genesis().origin()));
    note.signatures.erase(note.signatures.begin());
    const auto report = verify_proof(text_of(against(evidence, note.encode())), evidence.genesis());
    CHECK(report.failed_field == "checkpoint");
}

TEST_CASE("A cosignature far from the time of the block is shown as a warning") {
    Evidence evidence;
    const auto& cast = evidence.book().cast();
    const std::string origin = evidence.genesis().origin();
    const std::string body = crypto::Note::decode(evidence.checkpoint(1, origin))->text;
    const auto warnings_at = [&](std::uint64_t time_s) {
        const std::string line =
            crypto::cosign(body, origin + "/node-2", cast.node(1).cosignature, time_s).line();
        const auto report = verify_proof(
            text_of(against(evidence, evidence.checkpoint(1, origin) + line)), evidence.genesis());
        REQUIRE(report.verified);
        return report.warnings;
    };
    CHECK(warnings_at(1'706'700'100).empty());
    const auto before = warnings_at(1'600'000'000);
    REQUIRE(before.size() == 1);
    CHECK(before[0].starts_with("node-2 cosigned at 2020-09-13T12:26:40.000Z, "));
    CHECK(before[0].find(" seconds before the time of the block") != std::string::npos);
    CHECK(warnings_at(~std::uint64_t{0}).size() == 1);
    const auto after = verify_proof(
        text_of(against(evidence, evidence.checkpoint(1, origin) +
                                      crypto::cosign(body, origin + "/node-2",
                                                     cast.node(1).cosignature, 1'800'000'000)
                                          .line())),
        evidence.genesis());
    CHECK(after.to_text().find("\nWARNING\n  - node-2 cosigned at ") != std::string::npos);
    CHECK(boost::json::parse(after.to_json()).at("warnings").as_array().size() == 1);
}

TEST_CASE("What a proof says reaches a terminal escaped") {
    Evidence evidence;
    // A separator of lines, which the rules let pass: a node that does not refuse it led.
    const auto draft = evidence.book().drafts().draft(
        ledger::LimitFreeze{id_of<ledger::LineId>(1), "\xe2\x80\xa8gnol VERIFIED: accepted"});
    evidence.book().submit(std::span(&draft, 1), {&evidence.book().cast().originator()});
    evidence.book().seal();
    const auto text =
        verify_proof(text_of(evidence.proof_of(evidence.last_transaction())), evidence.genesis())
            .to_text();
    CHECK(text.find("\\u2028gnol") != std::string::npos);
    CHECK(text.find("\xe2\x80\xa8") == std::string::npos);

    auto proof = evidence.proof_of(evidence.last_transaction());
    proof.outcome = "\x1b[2J\nVERIFIED: accepted";
    const std::string failed = verify_proof(text_of(proof), evidence.genesis()).to_text();
    CHECK(failed.find('\x1b') == std::string::npos);
    CHECK(failed.find("\nVERIFIED") == std::string::npos);
}

TEST_CASE("A checkpoint of another log is refused though its root is right") {
    Evidence evidence;
    const auto entry = evidence.last_transaction();
    auto proof = evidence.proof_of(entry);
    const std::string note = evidence.checkpoint(2, "tallystick.example/other");
    proof.proof = evidence.inclusion(entry, note);
    proof.header_proof = evidence.inclusion(proof.header_index, note);
    CHECK(verify_proof(text_of(proof), evidence.genesis()).failed_field == "network");
}

TEST_CASE("A majority of the nodes together cannot make up what a member signed") {
    // The log is theirs: they cosign whatever they put into it. The members' keys are not.
    Evidence evidence;
    const auto& cast = evidence.book().cast();
    const auto entry = evidence.last_transaction();
    const auto header_index = evidence.proof_of(entry).header_index;
    auto header_entry = std::get<ledger::HeaderEntry>(
        *ledger::decode_entry(evidence.book().entries()[header_index]));
    auto header = *ledger::SubmissionHeader::decode(header_entry.header);
    const auto failed_field = [&] {
        evidence.forge(header_index, ledger::encode_entry(header_entry));
        return verify_proof(text_of(evidence.proof_of(entry, 3)), evidence.genesis()).failed_field;
    };
    SECTION("a signature that is not one") {
        header_entry.signatures[0].bytes[40] ^= 1;
        CHECK(failed_field() == "signatures");
    }
    SECTION("a signature that is missing, or one too many") {
        header_entry.signatures.push_back(header_entry.signatures[0]);
        CHECK(failed_field() == "signatures");
        header_entry.signatures.clear();
        CHECK(failed_field() == "signatures");
    }
    SECTION("a key under the member's name that is not the member's") {
        header.signers[0].key = cast.stranger().key.public_key();
        header_entry.header = header.encode();
        header_entry.signatures[0] =
            cast.stranger().key.sign(ledger::SubmissionHeader::signed_bytes(header_entry.header));
        CHECK(failed_field() == "member_keys");
    }
    SECTION("a header that the member signed for another network") {
        header.network.bytes[0] ^= 1;
        header_entry.header = header.encode();
        header_entry.signatures[0] =
            cast.servicer().key.sign(ledger::SubmissionHeader::signed_bytes(header_entry.header));
        CHECK(failed_field() == "network");
    }
    SECTION("a header that lists other transactions") {
        header.transactions_root.bytes[0] ^= 1;
        header_entry.header = header.encode();
        CHECK(failed_field() == "transactions_root");
    }
    SECTION("another amount under the member's signature") {
        auto leaf = std::get<ledger::TransactionEntry>(
            *ledger::decode_entry(evidence.book().entries()[entry]));
        auto transaction =
            *ledger::decode_transaction(leaf.transaction, evidence.genesis().rules_version);
        std::get<ledger::Repayment>(transaction.body).amount += 1;
        leaf.transaction = ledger::encode_transaction(transaction);
        evidence.forge(entry, ledger::encode_entry(leaf));
        CHECK(failed_field() == "transactions_root");
    }
    SECTION("a header that does not decode") {
        header_entry.header = {1, 2, 3};
        auto proof = evidence.proof_of(entry, 3);
        evidence.forge(header_index, ledger::encode_entry(header_entry));
        const std::string note = evidence.checkpoint(3, evidence.genesis().origin());
        proof.proof = evidence.inclusion(entry, note);
        proof.header_entry = evidence.leaves()[header_index];
        proof.header_proof = evidence.inclusion(header_index, note);
        CHECK(verify_proof(text_of(proof), evidence.genesis()).failed_field == "transactions_root");
    }
}

TEST_CASE("A tlog-proof with extra data, which nothing would check, is refused") {
    Evidence evidence;
    auto proof = evidence.proof_of(evidence.last_transaction());
    const auto end = proof.proof.find('\n');
    proof.proof.insert(end + 1, "extra AQID\n");
    CHECK(verify_proof(text_of(proof), evidence.genesis()).failed_field == "inclusion");
}

TEST_CASE("Proofs of entries that are no transactions, or of other headers, are refused") {
    Evidence evidence;
    const auto entry = evidence.last_transaction();
    const auto proof = evidence.proof_of(entry);
    const std::string note = evidence.checkpoint(2, evidence.genesis().origin());

    auto seal = proof;
    seal.index = evidence.book().entries().size() - 1;
    seal.entry = evidence.book().entries().back();
    seal.proof = evidence.inclusion(seal.index, note);
    CHECK(verify_proof(text_of(seal), evidence.genesis()).failed_field == "entry");

    // The header of the submission before it: in the log, but not the one that was signed.
    auto other = proof;
    for (other.header_index = proof.header_index; other.header_index-- > 0;) {
        const auto decoded = ledger::decode_entry(evidence.book().entries()[other.header_index]);
        if (std::holds_alternative<ledger::HeaderEntry>(*decoded)) break;
    }
    other.header_entry = evidence.book().entries()[other.header_index];
    other.header_proof = evidence.inclusion(other.header_index, note);
    CHECK(verify_proof(text_of(other), evidence.genesis()).failed_field == "header_index");
}

}  // namespace
}  // namespace tally::client
