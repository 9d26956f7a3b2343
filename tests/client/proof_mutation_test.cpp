// Whatever is changed in a proof, it must fail with the name of a field. A change that leaves the
// meaning as it was (the case of a hexadecimal digit, a space between members) is the one
// exception: such texts read as the same document, which is compared.

#include <boost/json.hpp>
#include <functional>
#include <set>
#include <string>

#include "client/proof.h"
#include "crypto/merkle.h"
#include "tests/client/evidence.h"
#include "tests/support/catch.h"

namespace tally::client {
namespace {

using testing::Evidence;
using testing::text_of;

const std::set<std::string> kFields{
    "entry",      "transaction", "outcome",          "format",       "network",
    "leaf_hash",  "inclusion",   "header_inclusion", "header_index", "transactions_root",
    "signatures", "member_keys", "checkpoint",       "cosignatures"};

/// The document that a text is, written anew; empty if it is none.
std::string meaning_of(const std::string& text) {
    boost::json::error_code failure;
    const auto value = boost::json::parse(text, failure);
    if (failure) return {};
    const auto proof = api::proof_from_json(value);
    return proof ? text_of(*proof) : std::string();
}

TEST_CASE("A change of any field is refused under the name of the check that it breaks") {
    Evidence evidence;
    const auto whole = evidence.proof_of(evidence.last_transaction());
    struct Change {
        const char* what;
        std::function<void(api::ProofDocument&)> make;
        const char* field;
    };
    const auto flip = [](std::string& text, const std::string& after, std::size_t offset) {
        char& letter = text[text.find(after) + after.size() + offset];
        letter = letter == 'A' ? 'B' : 'A';
    };
    const Change changes[] = {
        {"amount shown",
         [](auto& p) { std::get<ledger::Repayment>(p.transaction->body).amount -= 1; },
         "transaction"},
        {"date shown", [](auto& p) { p.transaction->value_date += 1; }, "transaction"},
        {"transaction hidden", [](auto& p) { p.transaction.reset(); }, "transaction"},
        {"outcome shown", [](auto& p) { p.outcome = "overflow"; }, "outcome"},
        {"leaf hash", [](auto& p) { p.leaf_hash.bytes[31] ^= 1; }, "leaf_hash"},
        {"entry", [](auto& p) { p.entry[20] ^= 1; }, "leaf_hash"},
        {"index", [](auto& p) { p.index += 1; }, "inclusion"},
        {"path", [&](auto& p) { flip(p.proof, "index " + std::to_string(p.index) + "\n", 3); },
         "inclusion"},
        {"checkpoint size in one of the proofs",
         [](auto& p) { p.proof.replace(p.proof.find("\n15\n") + 1, 2, "16"); }, "checkpoint"},
        {"checkpoint size, which the path alone does not hold",
         [](auto& p) {
             for (std::string* proof : {&p.proof, &p.header_proof}) {
                 proof->replace(proof->find("\n15\n") + 1, 2, "16");
             }
         },
         "checkpoint"},
        {"header index", [](auto& p) { p.header_index -= 1; }, "header_inclusion"},
        {"header entry", [](auto& p) { p.header_entry[40] ^= 1; }, "header_inclusion"},
        {"header path",
         [&](auto& p) {
             flip(p.header_proof, "index " + std::to_string(p.header_index) + "\n", 3);
         },
         "header_inclusion"},
        {"transaction path", [](auto& p) { p.transaction_path.push_back({}); },
         "transactions_root"},
        {"a cosignature in one of the proofs", [&](auto& p) { flip(p.proof, "/node-2 ", 40); },
         "checkpoint"},
        {"a cosignature",
         [&](auto& p) {
             flip(p.proof, "/node-2 ", 40);
             flip(p.header_proof, "/node-2 ", 40);
         },
         "checkpoint"},
        {"the log's signature",
         [&](auto& p) {
             const std::string line = "\xE2\x80\x94 " + evidence.genesis().origin() + " ";
             flip(p.proof, line, 40);
             flip(p.header_proof, line, 40);
         },
         "checkpoint"},
        {"no signatures at all",
         [](auto& p) {
             for (std::string* proof : {&p.proof, &p.header_proof}) {
                 proof->erase(proof->find("\xE2\x80\x94"));
             }
         },
         "checkpoint"},
    };
    REQUIRE(evidence.book().entries().size() == 15);
    for (const auto& change : changes) {
        auto proof = whole;
        change.make(proof);
        const auto report = verify_proof(text_of(proof), evidence.genesis());
        INFO(change.what << ": " << report.failed_field << ": " << report.failure);
        CHECK_FALSE(report.verified);
        CHECK(report.failed_field == change.field);
        CHECK_FALSE(report.failure.empty());
        CHECK(report.to_text().starts_with("FAILED: " + report.failed_field));
    }
}

TEST_CASE("An entry that is edited together with its hash is not in the log") {
    Evidence evidence;
    auto proof = evidence.proof_of(evidence.last_transaction());
    auto entry = std::get<ledger::TransactionEntry>(*ledger::decode_entry(proof.entry));
    auto& body = std::get<ledger::Repayment>(proof.transaction->body);
    body.amount += 1;
    entry.transaction = ledger::encode_transaction(*proof.transaction);
    proof.entry = ledger::encode_entry(entry);
    proof.leaf_hash = crypto::leaf_hash(proof.entry);
    CHECK(verify_proof(text_of(proof), evidence.genesis()).failed_field == "inclusion");
}

TEST_CASE("A change of any one byte of the text is refused, unless it means the same") {
    Evidence evidence;
    const std::string text = text_of(evidence.proof_of(evidence.last_transaction()));
    const std::string meaning = meaning_of(text);
    REQUIRE_FALSE(meaning.empty());
    std::size_t refused = 0;
    std::size_t same = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        for (const char replacement :
             {static_cast<char>(text[i] ^ 1), static_cast<char>(text[i] ^ 0x20), '0', '"'}) {
            if (replacement == text[i]) continue;
            std::string mutated = text;
            mutated[i] = replacement;
            const auto report = verify_proof(mutated, evidence.genesis());
            if (report.verified) {
                INFO("byte " << i << ": " << mutated.substr(i > 30 ? i - 30 : 0, 60));
                REQUIRE(meaning_of(mutated) == meaning);
                ++same;
            } else {
                INFO("byte " << i << ": " << report.failed_field);
                REQUIRE(kFields.contains(report.failed_field));
                ++refused;
            }
        }
    }
    CHECK(refused > text.size() * 3);
    CHECK(same < text.size() / 5);  // the case of hexadecimal digits
}

TEST_CASE("A proof that is cut short, doubled or not a proof at all is refused by its format") {
    Evidence evidence;
    const std::string text = text_of(evidence.proof_of(evidence.last_transaction()));
    for (std::size_t size = 0; size < text.size(); ++size) {
        const auto report = verify_proof(text.substr(0, size), evidence.genesis());
        REQUIRE_FALSE(report.verified);
        REQUIRE(report.failed_field == "format");
    }
    for (const std::string& other :
         {text + text, std::string("{}"), std::string("[]"), std::string("null"),
          std::string(100'000, '['), std::string("\0\0\0", 3), std::string(5 << 20, ' ')}) {
        const auto report = verify_proof(other, evidence.genesis());
        REQUIRE_FALSE(report.verified);
        REQUIRE(report.failed_field == "format");
    }
}

TEST_CASE("A member that is missing, unknown or of another kind is refused by its format") {
    Evidence evidence;
    const auto whole =
        boost::json::parse(text_of(evidence.proof_of(evidence.last_transaction()))).as_object();
    for (const auto& [name, value] : whole) {
        auto without = whole;
        without.erase(name);
        INFO(name);
        CHECK(verify_proof(boost::json::serialize(without), evidence.genesis()).failed_field ==
              "format");
        auto other = whole;
        other[name] = boost::json::object{{"x", 1}};
        CHECK(verify_proof(boost::json::serialize(other), evidence.genesis()).failed_field ==
              "format");
    }
    auto more = whole;
    more["note"] = "trust me";
    CHECK(verify_proof(boost::json::serialize(more), evidence.genesis()).failed_field == "format");
}

}  // namespace
}  // namespace tally::client
