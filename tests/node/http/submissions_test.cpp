#include "api/ids.h"
#include "ledger/errc.h"
#include "tests/node/http/server_fixture.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::node::http::test;
using testing::id_of;

namespace {

SharedBytes grant_submission(ServerFixture& fixture, std::uint64_t line) {
    const auto transaction = fixture.drafts().grant(id_of<ledger::LineId>(line),
                                                    id_of<ledger::BorrowerId>(line), 500'000);
    return fixture.cast().sign(std::vector{transaction}, {&fixture.cast().originator()});
}

}  // namespace

// Goal: a submission in either encoding is committed and answered with its place and outcomes.
TEST_CASE("a submission by JSON and by Protobuf is answered with its receipt") {
    ServerFixture fixture;
    fixture.open_book(2);
    for (const bool protobuf : {false, true}) {
        const std::uint64_t line = protobuf ? 2 : 1;
        const SharedBytes submission = grant_submission(fixture, line);
        const Reply reply = protobuf ? fixture.post("/v1/submissions", protobuf_body(submission),
                                                    "application/x-protobuf")
                                     : fixture.post("/v1/submissions", json_body(submission),
                                                    "application/json; charset=utf-8");
        INFO(reply.body);
        REQUIRE(reply.status == 200);
        const auto receipt = object_of(reply);
        CHECK(number_at(receipt, "block") == 1 + line);
        CHECK(number_at(receipt, "applied_index") == 1 + line);
        CHECK_FALSE(receipt.at("replayed").as_bool());
        CHECK_FALSE(receipt.contains("certified_size"));
        CHECK(text_at(receipt, "block_time").size() == 24);
        const auto& transactions = receipt.at("transactions").as_array();
        REQUIRE(transactions.size() == 1);
        CHECK(text_at(transactions[0].as_object(), "outcome") == "accepted");
        CHECK(number_at(transactions[0].as_object(), "entry") ==
              number_at(receipt, "header_entry") + 1);
        CHECK(fixture.get("/v1/lines/" + line_id(line)).status == 200);
    }
}

// Goal: a refusal on record is an answer, not an error.
TEST_CASE("a refused transaction is answered 200 with its outcome") {
    ServerFixture fixture;
    fixture.open_book(0);
    const auto change = fixture.drafts().change(id_of<ledger::LineId>(9), 100);
    const SharedBytes submission =
        fixture.cast().sign(std::vector{change}, {&fixture.cast().originator()});
    const Reply reply = fixture.post("/v1/submissions", json_body(submission));
    REQUIRE(reply.status == 200);
    const auto receipt = object_of(reply);
    CHECK(text_at(receipt.at("transactions").as_array()[0].as_object(), "outcome") ==
          "line_unknown");
}

// Goal: wait=certified reaches the service and its size reaches the client.
TEST_CASE("wait=certified answers the certified size") {
    ServerFixture fixture;
    fixture.open_book(1);
    const Reply reply =
        fixture.post("/v1/submissions?wait=certified", json_body(grant_submission(fixture, 1)));
    REQUIRE(reply.status == 200);
    CHECK(number_at(object_of(reply), "certified_size") == kOpeningLeaves + 3);
    CHECK(fixture.service().last_wait() == node::SubmitWait::certified);
    const Reply wrong = fixture.post("/v1/submissions?wait=forever", "{}");
    CHECK(problem_code(wrong) == "invalid_argument");
}

// Goal: large bodies take the way over the pool with the same answer.
TEST_CASE("a submission of a thousand transactions is answered") {
    ServerFixture fixture;
    std::vector<ledger::Transaction> transactions;
    for (std::uint64_t line = 1; line <= 1000; ++line) {
        transactions.push_back(fixture.drafts().grant(id_of<ledger::LineId>(line),
                                                      id_of<ledger::BorrowerId>(line), 1000));
    }
    const SharedBytes submission =
        fixture.cast().sign(transactions, {&fixture.cast().originator()});
    for (const bool protobuf : {false, true}) {
        const Reply reply = protobuf ? fixture.post("/v1/submissions", protobuf_body(submission),
                                                    "application/x-protobuf")
                                     : fixture.post("/v1/submissions", json_body(submission));
        REQUIRE(reply.status == 200);
        CHECK(object_of(reply).at("transactions").as_array().size() == 1000);
    }
}

// Goal: what cannot be understood is refused with a code that says what, and nothing is submitted.
TEST_CASE("malformed submissions are refused by name") {
    ServerFixture fixture;
    const SharedBytes good = grant_submission(fixture, 1);
    const auto detail = [&](const std::string& body) {
        const Reply reply = fixture.post("/v1/submissions", body);
        CHECK(problem_code(reply) == "invalid_argument");
        CHECK(reply.status == 400);
        return text_at(object_of(reply), "detail");
    };
    CHECK(detail("").find("not JSON") != std::string::npos);
    CHECK(detail("{").find("not JSON") != std::string::npos);
    CHECK(detail("[[[[[[[[1]]]]]]]]").find("not JSON") != std::string::npos);
    CHECK(detail("[]") == "value: not an object");
    CHECK(detail("{}") == "header: missing");
    CHECK(detail(R"({"header":1})") == "header: not a text");
    CHECK(detail(R"({"header":"AA=","signatures":[],"transactions":[]})")
              .find("header: not base64") == 0);
    CHECK(detail(R"({"header":"AA==","signatures":["AA=="],"transactions":[]})") ==
          "signatures[0]: a signature has 64 bytes");
    CHECK(detail(R"({"header":"AA==","signatures":[],"transactions":[7]})") ==
          "transactions[0]: not base64 text");
    CHECK(detail(R"({"header":"AA==","signatures":[],"transactions":[],"atomic":true})") ==
          "atomic: unknown field");

    const std::string protobuf = protobuf_body(good);
    const auto protobuf_code = [&](const std::string& body) {
        return problem_code(fixture.post("/v1/submissions", body, "application/x-protobuf"));
    };
    CHECK(protobuf_code(protobuf.substr(0, protobuf.size() - 1)) == "malformed");
    CHECK(protobuf_code(protobuf + std::string("\x22\x01Z", 3)) == "malformed");
    CHECK(protobuf_code(std::string("\x12\x01Z", 3)) == "invalid_argument");

    // More signatures than a submission has bytes for are no bug of ours to die of.
    const std::string signature = "\"" + std::string(86, 'A') + "==\"";
    std::string signatures = signature;
    std::string seventeen("\x12\x40", 2);
    seventeen += std::string(64, 'Z');
    const std::string one = seventeen;
    for (int more = 1; more < 17; ++more) {
        signatures += "," + signature;
        seventeen += one;
    }
    const Reply many = fixture.post("/v1/submissions", R"({"header":"","signatures":[)" +
                                                           signatures + R"(],"transactions":[]})");
    CHECK(problem_code(many) == "malformed");
    CHECK(text_at(object_of(many), "detail") == "signatures[16]: more than 16 signatures");
    CHECK(protobuf_code(seventeen) == "malformed");
    CHECK(fixture.service().status().soft.commit.value == 0);
}

// Goal: the ledger's own admission codes come out with the status that the documents promise.
TEST_CASE("admission's refusals keep their codes") {
    ServerFixture fixture;
    auto parts = ledger::Submission::decode(*grant_submission(fixture, 1));
    REQUIRE(parts);
    parts->signatures[0].bytes[3] ^= 1;
    const Reply forged = fixture.post("/v1/submissions", json_body(share(parts->encode())));
    CHECK(problem_code(forged) == "bad_signature");
    CHECK(forged.status == 403);

    const std::vector<std::pair<std::error_code, unsigned>> codes = {
        {ledger::errc::malformed, 400},     {ledger::errc::too_large, 413},
        {ledger::errc::wrong_network, 422}, {ledger::errc::wrong_root, 422},
        {ledger::errc::expired, 422},       {ledger::errc::unknown_member, 403},
        {ledger::errc::key_not_valid, 403}, {ledger::errc::id_reused, 409},
        {api::errc::no_quorum, 503},        {api::errc::overloaded, 503},
        {api::errc::storage_full, 503},     {api::errc::halted, 503},
        {api::errc::shutting_down, 503},
    };
    const std::string body = json_body(grant_submission(fixture, 2));
    for (const auto& [code, status] : codes) {
        fixture.service().fail_submits(Error{code, "the reason"});
        const Reply reply = fixture.post("/v1/submissions", body);
        CHECK(problem_code(reply) == api::error_name(code));
        CHECK(reply.status == status);
        CHECK(text_at(object_of(reply), "detail") == "the reason");
        CHECK_FALSE(object_of(reply).contains("ids"));
    }
}

// Goal: an unknown outcome tells the client what it may safely do, with the ids to do it with.
TEST_CASE("outcome_unknown carries the ids and says to retry the same ones") {
    ServerFixture fixture;
    std::vector<ledger::Transaction> transactions;
    for (std::uint64_t line = 1; line <= 3; ++line) {
        transactions.push_back(fixture.drafts().grant(id_of<ledger::LineId>(line),
                                                      id_of<ledger::BorrowerId>(line), 1000));
    }
    fixture.service().fail_submits(fail(api::errc::outcome_unknown, "the leader was lost"));
    const SharedBytes submission =
        fixture.cast().sign(transactions, {&fixture.cast().originator()});
    const Reply reply = fixture.post("/v1/submissions", json_body(submission));
    CHECK(problem_code(reply) == "outcome_unknown");
    const auto problem = object_of(reply);
    CHECK(text_at(problem, "detail").find("retry the same ids") != std::string::npos);
    const auto& ids = problem.at("ids").as_array();
    REQUIRE(ids.size() == 3);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        CHECK(std::string(ids[i].as_string()) == api::id_text(transactions[i].id));
    }
}

// Goal: a service that lets a submission fall is no reason to leave the client without an answer.
TEST_CASE("a submission that the service drops is answered outcome_unknown") {
    ServerFixture fixture;
    fixture.service().hold_submits(true);
    HttpClient client(fixture.port());
    const std::string body = json_body(grant_submission(fixture, 1));
    client.write(
        "POST /v1/submissions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    REQUIRE(fixture.service().wait_held(1));
    fixture.service().drop_held();
    CHECK(problem_code(client.read()) == "outcome_unknown");
}
