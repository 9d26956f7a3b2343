#include "api/entry_json.h"

#include "ledger/genesis.h"
#include "ledger/submission.h"
#include "ledger/transaction.h"
#include "tests/support/catch.h"

using namespace tally;

namespace {

/// There is one member.
std::optional<std::string> name_of(const ledger::MemberId& id) {
    if (id == ledger::member_id_of("lender")) return "lender";
    return std::nullopt;
}

}  // namespace

// Goal: bytes that do not decode are shown as bytes, with the outcome that refused them.
TEST_CASE("a transaction entry that does not decode is shown with its bytes") {
    ledger::TransactionEntry entry;
    entry.header_entry = 4;
    entry.position = 2;
    entry.transaction = {0xFF};
    entry.outcome = ledger::Outcome::malformed_transaction;
    entry.links.push_back({ledger::AccountClass::member, {{1}}, 1, ledger::kNoEntry});
    const auto document = api::transaction_entry_json(
        5, entry, {3, ledger::Millis(0), ledger::member_id_of("lender")}, name_of);
    CHECK(boost::json::serialize(document) ==
          R"({"entry":5,"kind":"transaction","block":3,"block_time":"1970-01-01T00:00:00.000Z",)"
          R"("header_entry":4,"position":2,"outcome":"malformed_transaction","outcome_text":)" +
              boost::json::serialize(boost::json::value(
                  ledger::outcome_text(ledger::Outcome::malformed_transaction))) +
              R"(,"type":null,"transaction":null,"transaction_bytes":"/w==",)"
              R"("links":[{"class":"member","id":"01000000000000000000000000000000",)"
              R"("sequence":1,"previous":null}],"submitter":{"member":")" +
              boost::json::serialize(document.at("submitter").at("member")).substr(1, 32) +
              R"(","name":"lender"}})");
}

// Goal: a header entry names its signers; one that does not decode keeps its bytes.
TEST_CASE("header entries are shown with their signers") {
    ledger::SubmissionHeader header;
    header.signers.push_back({ledger::member_id_of("lender"), {}});
    header.signers.push_back({ledger::member_id_of("stranger"), {}});
    header.transaction_count = 1;
    ledger::HeaderEntry entry;
    entry.block_index = 9;
    entry.header = header.encode();
    entry.signatures.emplace_back();
    const auto document = api::header_entry_json(8, entry, name_of);
    const auto& signers = document.at("header").at("signers").as_array();
    REQUIRE(signers.size() == 2);
    CHECK(signers[0].at("name").as_string() == "lender");
    CHECK(signers[1].at("name").is_null());
    CHECK(signers[0].at("suite").as_string() == "ed25519");
    CHECK(document.at("envelope").as_string() == "dsse");
    CHECK(document.at("header").at("not_after").is_null());
    CHECK(document.at("signatures").as_array().size() == 1);
    CHECK(api::origin_of(entry).submitter == ledger::member_id_of("lender"));

    entry.header = {1, 2, 3};
    const auto damaged = api::header_entry_json(8, entry, name_of);
    CHECK(damaged.at("header").is_null());
    CHECK(damaged.at("header_bytes").as_string() == "AQID");
    CHECK(api::origin_of(entry).submitter == ledger::MemberId{});
}

// Goal: seals and invalid submissions.
TEST_CASE("seal and invalid entries are shown") {
    ledger::SealEntry seal;
    seal.sealed_size = 12;
    seal.block_index = 4;
    const auto document = api::seal_entry_json(12, seal);
    CHECK(document.at("kind").as_string() == "seal");
    CHECK(document.at("sealed_size").to_number<int>() == 12);
    CHECK(document.at("map_root").as_string() == std::string(64, '0'));
    const auto invalid = api::invalid_entry_json(3, {7, 1, {}});
    CHECK(invalid.at("outcome").as_string() == "invalid_submission");
    CHECK(invalid.at("block").to_number<int>() == 7);
}
