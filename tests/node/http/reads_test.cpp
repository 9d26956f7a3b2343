#include "api/ids.h"
#include "api/transaction_json.h"
#include "crypto/base64.h"
#include "ledger/entry.h"
#include "storage/audit.h"
#include "tests/node/http/server_fixture.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::node::http::test;
using testing::id_of;

// Goal: the state of lines and borrowers as the rules have it. Contracts: contracts_test.cpp.
TEST_CASE("a line and its borrower are shown") {
    ServerFixture fixture;
    fixture.make_small_book();
    const auto line = object_of(fixture.get("/v1/lines/" + line_id(1)));
    CHECK(text_at(line, "status") == "ACTIVE");
    CHECK(text_at(line.at("owner").as_object(), "name") == "lender");
    CHECK(text_at(line, "currency") == "CNY");
    CHECK(number_at(line, "limit") == 600'000);
    CHECK(number_at(line, "used") == number_at(line, "limit") - number_at(line, "available"));
    CHECK(line.at("contracts").as_array().size() == 1);

    const auto borrower = object_of(fixture.get("/v1/borrowers/" + line_id(1)));
    REQUIRE(borrower.at("lines").as_array().size() == 1);
    boost::json::object alone = line;
    CHECK(alone.erase("alerts") == 1);
    CHECK(alone.erase("alerts_whole") == 1);
    CHECK(borrower.at("lines").as_array()[0] == boost::json::value(alone));
    CHECK(object_of(fixture.get("/v1/contracts/" + line_id(1))).at("line") == line.at("id"));
}

// Goal: a transaction is found by submitter and id, in every way of writing both.
TEST_CASE("a transaction is found by member and id") {
    ServerFixture fixture;
    fixture.make_small_book();
    // The one after those of the opening, which has a header too.
    const auto number = id_of<ledger::TransactionId>(kOpeningLeaves);
    const std::string id = api::id_text(number);
    const std::string uuid = id.substr(0, 8) + "-" + id.substr(8, 4) + "-" + id.substr(12, 4) +
                             "-" + id.substr(16, 4) + "-" + id.substr(20);
    const std::string member = api::id_text(fixture.cast().originator().id);
    const auto found = object_of(fixture.get("/v1/transactions/lender/" + id));
    CHECK(number_at(found, "entry") == kOpeningLeaves + 1);
    CHECK(number_at(found, "header_entry") == kOpeningLeaves);
    CHECK(number_at(found, "block") == 2);
    CHECK(text_at(found, "outcome") == "accepted");
    CHECK(text_at(found, "type") == "LIMIT_GRANT");
    CHECK(text_at(found.at("submitter").as_object(), "member") == member);
    CHECK(found.at("links").as_array().size() == 3);
    const auto transaction = api::transaction_from_json(found.at("transaction"));
    REQUIRE(transaction);
    CHECK(transaction->id == number);
    CHECK(object_of(fixture.get("/v1/transactions/" + member + "/" + uuid)) == found);

    CHECK(problem_code(fixture.get("/v1/transactions/servicer/" + id)) == "not_found");
    CHECK(problem_code(fixture.get("/v1/transactions/nobody/" + id)) == "not_found");
    CHECK(problem_code(fixture.get("/v1/transactions/lender/xyz")) == "invalid_argument");
}

// Goal: every kind of leaf is shown with its bytes.
TEST_CASE("entries are shown decoded and verbatim") {
    ServerFixture fixture;
    fixture.make_small_book();
    fixture.service().seal();
    std::vector<std::string> kinds = {"header"};
    kinds.insert(kinds.end(), kOpeningLeaves - 1, "transaction");
    while (kinds.size() < kSmallBookLeaves) {
        kinds.insert(kinds.end(), {"header", "transaction"});
    }
    kinds.emplace_back("seal");
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        const auto entry = object_of(fixture.get("/v1/entries/" + std::to_string(i)));
        CHECK(text_at(entry, "kind") == kinds[i]);
        CHECK(number_at(entry, "entry") == i);
        const auto bytes = crypto::from_base64(text_at(entry, "bytes"));
        REQUIRE(bytes);
        CHECK(ledger::decode_entry(*bytes));
    }
    const auto header = object_of(fixture.get("/v1/entries/" + std::to_string(kOpeningLeaves + 2)));
    const auto& signers = header.at("header").as_object().at("signers").as_array();
    REQUIRE(signers.size() == 2);
    CHECK(text_at(signers[1].as_object(), "name") == "funder");
    CHECK(number_at(object_of(fixture.get("/v1/entries/17")), "sealed_size") == kSmallBookLeaves);
    CHECK(problem_code(fixture.get("/v1/entries/18")) == "not_found");
    CHECK(problem_code(fixture.get("/v1/entries/01")) == "invalid_argument");
    CHECK(problem_code(fixture.get("/v1/entries/-1")) == "invalid_argument");
    CHECK(problem_code(fixture.get("/v1/entries/18446744073709551616")) == "invalid_argument");
}

// Goal: every read says how new it is, and says when no quorum stands behind it, also when it says
// that something is not there.
TEST_CASE("reads carry their index and whether they may be stale") {
    ServerFixture fixture;
    fixture.make_small_book();
    const std::vector<std::string> paths = {"/v1/lines/" + line_id(1),
                                            "/v1/lines/" + line_id(7),
                                            "/v1/lines/" + line_id(1) + "/history",
                                            "/v1/entries/1",
                                            "/v1/contracts/" + line_id(1),
                                            "/v1/days",
                                            "/v1/models/" + line_id(1),
                                            "/v1/records/12"};
    for (const std::string& path : paths) {
        fixture.service().set_stale(false);
        const Reply fresh = fixture.get(path);
        CHECK(fresh.header("tally-index") == "6");
        CHECK_FALSE(fresh.has("tally-stale"));
        CHECK(fixture.service().last_read().confirm);
        fixture.service().set_stale(true);
        const Reply stale = fixture.get(path);
        CHECK(stale.status == fresh.status);
        CHECK(stale.header("tally-stale") == "true");
        const Reply local = fixture.get(path + "?consistency=local&min_index=6");
        CHECK_FALSE(local.has("tally-stale"));
        CHECK_FALSE(fixture.service().last_read().confirm);
        CHECK(fixture.service().last_read().min_index == 6);
        CHECK(problem_code(fixture.get(path + "?min_index=7")) == "not_ready");
    }
}

// Goal: a misspelt parameter is no silent default.
TEST_CASE("query parameters are read strictly") {
    ServerFixture fixture;
    fixture.make_small_book();
    const std::string path = "/v1/lines/" + line_id(1);
    for (const std::string query : {"?consistancy=local", "?consistency=maybe", "?min_index=x",
                                    "?min_index=1&min_index=2", "?min_index=-1", "?limit=5"}) {
        const Reply reply = fixture.get(path + query);
        CHECK(problem_code(reply) == "invalid_argument");
    }
}

// Goal: genesis, blocks and checkpoints can be taken away and verified elsewhere.
TEST_CASE("blocks, genesis and checkpoints are served as they are") {
    ServerFixture fixture;
    CHECK(problem_code(fixture.get("/log/checkpoint")) == "not_found");
    CHECK(problem_code(fixture.get("/v1/blocks/1")) == "not_found");
    fixture.make_small_book();
    const auto stored = fixture.service().seal();

    const Reply genesis = fixture.get("/v1/genesis");
    CHECK(genesis.header("content-type") == "application/octet-stream");
    const auto decoded = ledger::Genesis::decode(view_of(genesis.body));
    REQUIRE(decoded);
    CHECK(decoded->network_id() == fixture.cast().network());

    const auto answer = object_of(fixture.get("/v1/blocks/2?count=3"));
    CHECK(number_at(answer, "commit") == kSmallBookBlocks + 1);
    const auto& blocks = answer.at("blocks").as_array();
    REQUIRE(blocks.size() == 3);
    for (std::uint64_t i = 0; i < blocks.size(); ++i) {
        const auto bytes = crypto::from_base64(text_at(blocks[i].as_object(), "header"));
        const auto header = consensus::BlockHeader::decode(*bytes);
        REQUIRE(header);
        CHECK(header->index.value == 2 + i);
        const auto payload = crypto::from_base64(text_at(blocks[i].as_object(), "payload"));
        CHECK(consensus::payload_hash(*payload) == header->payload_hash);
    }
    CHECK(object_of(fixture.get("/v1/blocks/7")).at("blocks").as_array().size() == 1);
    CHECK(problem_code(fixture.get("/v1/blocks/0")) == "not_found");
    CHECK(problem_code(fixture.get("/v1/blocks/8")) == "not_found");
    CHECK(problem_code(fixture.get("/v1/blocks/1?count=1001")) == "invalid_argument");

    // Durable here, but not committed: it may still be replaced, so nobody gets it.
    fixture.service().change_status(
        [](node::NodeStatus& status) { status.soft.commit = consensus::Index(4); });
    CHECK(object_of(fixture.get("/v1/blocks/4")).at("blocks").as_array().size() == 1);
    CHECK(problem_code(fixture.get("/v1/blocks/5")) == "not_found");

    const Reply latest = fixture.get("/log/checkpoint");
    CHECK(latest.body == stored.note);
    CHECK(latest.header("content-type") == "text/plain; charset=utf-8");
    CHECK(latest.header("cache-control") == "max-age=1");
    CHECK(fixture.get("/v1/checkpoints/18").body == stored.note);
    CHECK(problem_code(fixture.get("/v1/checkpoints/19")) == "not_found");
}

// Goal: damage on the disk is named, not papered over.
TEST_CASE("a corrupt block is named in the answer") {
    ServerFixture fixture;
    fixture.make_small_book();
    fixture.service().seal();
    fixture.service().block_store().damage(3);
    for (const std::string path : {"/v1/entries/10", "/v1/blocks/1?count=3", "/v1/proofs/10"}) {
        const Reply reply = fixture.get(path);
        CHECK(problem_code(reply) == "corrupt_block");
        CHECK(text_at(object_of(reply), "detail").find("block 3") != std::string::npos);
    }
    const Reply history = fixture.get("/v1/contracts/" + line_id(1) + "/history");
    CHECK(problem_code(history) == "corrupt_block");
}
