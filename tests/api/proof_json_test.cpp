#include "api/proof_json.h"

#include "api/errc.h"
#include "tests/support/catch.h"

using namespace tally;

namespace {

api::ProofDocument sample() {
    api::ProofDocument proof;
    proof.index = 7;
    proof.transaction =
        ledger::Transaction{{{1}}, 19'753, 19'753, ledger::LimitChange{{{2}}, 500, std::nullopt}};
    proof.outcome = "accepted";
    proof.entry = {1, 2, 3};
    proof.leaf_hash.bytes[0] = 9;
    proof.proof = "c2sp.org/tlog-proof@v1\nindex 7\n\n";
    proof.header_index = 6;
    proof.header_entry = {4};
    proof.header_proof = "x\n";
    proof.transaction_path = {crypto::Digest{}, proof.leaf_hash};
    return proof;
}

std::string refusal(const boost::json::object& document) {
    const auto result = api::proof_from_json(document);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == api::errc::invalid_argument);
    return result.error().context;
}

}  // namespace

// Goal: a proof document is the same after it was a file.
TEST_CASE("a proof document reads back") {
    const api::ProofDocument before = sample();
    const std::string text = boost::json::serialize(api::to_json(before));
    const auto after = api::proof_from_json(boost::json::parse(text));
    REQUIRE(after);
    CHECK(boost::json::serialize(api::to_json(*after)) == text);
    CHECK(after->transaction_path == before.transaction_path);
    CHECK(after->entry == before.entry);

    api::ProofDocument undecoded = sample();
    undecoded.transaction.reset();
    const auto without = api::proof_from_json(api::to_json(undecoded));
    REQUIRE(without);
    CHECK_FALSE(without->transaction);
}

// Goal: each field that is wrong is named.
TEST_CASE("wrong proof documents are refused by field") {
    const boost::json::object good = api::to_json(sample());
    for (const auto& member : good) {
        boost::json::object missing = good;
        missing.erase(member.key());
        CHECK(refusal(missing) == std::string(member.key()) + ": missing");
    }
    boost::json::object changed = good;
    changed["format"] = "tallystick-proof-v2";
    CHECK(refusal(changed) == "format: not tallystick-proof-v1");
    changed = good;
    changed["index"] = -1;
    CHECK(refusal(changed) == "index: out of range");
    changed = good;
    changed["entry"] = "AQID=";
    CHECK(refusal(changed).find("entry: not base64") == 0);
    changed = good;
    changed["leaf_hash"] = "00";
    CHECK(refusal(changed) == "leaf_hash: not 64 hexadecimal digits");
    changed = good;
    changed["transaction_path"] = boost::json::array{"AAAA"};
    CHECK(refusal(changed) == "transaction_path[0]: not the base64 of 32 bytes");
    changed = good;
    changed["transaction"].as_object().erase("limit");
    CHECK(refusal(changed) == "transaction.limit: missing");
    changed = good;
    changed["more"] = 1;
    CHECK(refusal(changed) == "more: unknown field");
}
