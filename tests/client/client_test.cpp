#include "client/client.h"

#include <boost/json.hpp>
#include <set>
#include <thread>

#include "api/errc.h"
#include "api/ids.h"
#include "tests/client/calls.h"
#include "tests/support/catch.h"

namespace tally::client {
namespace {

using namespace testing;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

TEST_CASE("A submission goes out as the API takes it, and the receipt comes back") {
    FakeNode node({answer(200, kReceipt)});
    auto client = client_for({node.url()});
    const auto receipt = client.submit(submission(), Wait::certified);
    REQUIRE(receipt);
    CHECK(receipt->block == 7);
    CHECK(receipt->applied_index == 7);
    CHECK_FALSE(receipt->certified_size);
    REQUIRE(receipt->transactions.size() == 1);
    CHECK(receipt->transactions[0].entry == 21);
    CHECK(receipt->all_accepted());
    CHECK(receipt->attempts == 1);
    const auto seen = node.seen();
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].method == "POST");
    CHECK(seen[0].target == "/v1/submissions?wait=certified");
    CHECK(seen[0].content_type == "application/json");
    const auto body = boost::json::parse(seen[0].body);
    CHECK(body.at("header").as_string() == "AQID");
    CHECK(body.at("transactions").as_array().size() == 1);
}

TEST_CASE("A node that refuses connections is passed over") {
    FakeNode node({answer(200, kReceipt)});
    auto client = client_for({FakeNode::refusing_url(), FakeNode::refusing_url(), node.url()});
    const auto receipt = client.submit(submission());
    REQUIRE(receipt);
    CHECK(receipt->attempts == 3);
    // And the node that answered is asked first from now on.
    REQUIRE(client.submit(submission()));
    CHECK(client.submit(submission())->attempts == 1);
    CHECK(node.connections() == 1);
}

TEST_CASE("Every repetition carries the same bytes, over 503 of every kind, until it is answered") {
    for (const char* code : {"no_quorum", "overloaded", "outcome_unknown", "shutting_down"}) {
        FakeNode first({problem(503, code), problem(503, code), answer(200, kReceipt)});
        FakeNode second({problem(503, code)});
        auto client = client_for({first.url(), second.url()});
        const auto receipt = client.submit(submission());
        INFO(code);
        REQUIRE(receipt);
        CHECK(receipt->attempts == 5);
        std::set<std::string> bodies;
        for (const auto& seen : first.seen()) bodies.insert(seen.body);
        for (const auto& seen : second.seen()) bodies.insert(seen.body);
        CHECK(bodies.size() == 1);
    }
}

TEST_CASE("Retry-After is honoured for the node that said it, while others are asked") {
    FakeNode busy({problem(503, "overloaded", "1"), answer(200, kReceipt)});
    FakeNode other({problem(503, "overloaded")});
    auto client = client_for({busy.url(), other.url()});
    REQUIRE(client.submit(submission()));
    const auto seen = busy.seen();
    REQUIRE(seen.size() == 2);
    CHECK(seen[1].at - seen[0].at >= milliseconds(1000));
    CHECK(other.seen().size() >= 2);
}

TEST_CASE("A refusal that no retry can mend is final at once") {
    FakeNode node({problem(403, "bad_signature")});
    FakeNode second({problem(403, "bad_signature")});
    auto client = client_for({node.url(), second.url()});
    const auto receipt = client.submit(submission());
    REQUIRE_FALSE(receipt);
    CHECK(is(receipt.error().code, "bad_signature"));
    CHECK(receipt.error().context.find("why it was") != std::string::npos);
    CHECK(node.seen().size() == 1);
    CHECK(second.seen().size() == 1);
}

TEST_CASE("Without any answer the error says whether it may have arrived") {
    SECTION("nothing listens: it cannot have") {
        auto client = client_for({FakeNode::refusing_url()}, milliseconds(100));
        const auto receipt = client.submit(submission());
        REQUIRE_FALSE(receipt);
        CHECK(is(receipt.error().code, "unreachable"));
    }
    SECTION("503 no_quorum: it has not") {
        FakeNode node({problem(503, "no_quorum")});
        auto client = client_for({node.url()}, milliseconds(100));
        const auto receipt = client.submit(submission());
        REQUIRE_FALSE(receipt);
        CHECK(receipt.error().code == api::errc::no_quorum);
    }
    SECTION("503 outcome_unknown, a hang, a lost connection, half an answer, a fault: it may") {
        for (const auto& behaviour :
             {problem(503, "outcome_unknown"), does(Behaviour::Kind::hang),
              does(Behaviour::Kind::hang_up), does(Behaviour::Kind::half_answer),
              problem(500, "io_failed"), answer(200, "not a receipt")}) {
            FakeNode node({behaviour});
            auto client = client_for({node.url()}, milliseconds(200), milliseconds(50));
            const auto receipt = client.submit(submission());
            REQUIRE_FALSE(receipt);
            CHECK(is(receipt.error().code, "outcome_unknown"));
            CHECK_FALSE(node.seen().empty());
        }
    }
    SECTION("it may even when a later node says no_quorum, or that it is too old now") {
        FakeNode node({does(Behaviour::Kind::hang_up), problem(503, "no_quorum")});
        auto client = client_for({node.url()}, milliseconds(100));
        CHECK(is(client.submit(submission()).error().code, "outcome_unknown"));
        FakeNode late({does(Behaviour::Kind::hang_up), problem(422, "expired")});
        auto other = client_for({late.url()}, milliseconds(1000));
        CHECK(is(other.submit(submission()).error().code, "outcome_unknown"));
    }
}

// Goal: nothing but a node's own word, in the form that is documented, makes anybody forget what
// was signed: a proxy's page, or a code of another build, may follow on a booking.
TEST_CASE("An answer that is no documented problem leaves the outcome open") {
    for (const auto& behaviour :
         {answer(400, "<html>Bad Request</html>"), answer(404, "<html>not here</html>"),
          answer(408, ""), answer(429, "<html>slow down</html>"), answer(403, ""),
          answer(502, "<html>Bad Gateway</html>"), problem(503, "made_up"), answer(503, ""),
          problem(400, "made_up"), answer(400, R"({"detail":"no code"})"),
          problem(409, "not_certified"), problem(404, "not_found"),
          problem(405, "method_not_allowed"), problem(406, "not_acceptable"),
          problem(503, "bad_signature"), problem(400, "key_not_valid"),
          problem(429, "overloaded")}) {
        INFO(behaviour.status << " " << behaviour.body);
        FakeNode node({behaviour});
        auto client = client_for({node.url()}, milliseconds(60), milliseconds(50));
        const auto receipt = client.submit(submission());
        REQUIRE_FALSE(receipt);
        CHECK(is(receipt.error().code, "outcome_unknown"));
        CHECK(receipt.error().context.find("after 1 attempts") == std::string::npos);
    }
}

TEST_CASE("A refusal does not undo what an earlier attempt left open") {
    for (const auto& first :
         {does(Behaviour::Kind::hang_up), answer(502, "<html></html>"), problem(503, "made_up")}) {
        FakeNode open({first});
        FakeNode refuses({problem(403, "bad_signature")});
        auto client = client_for({open.url(), refuses.url()}, milliseconds(1000));
        const auto receipt = client.submit(submission());
        REQUIRE_FALSE(receipt);
        CHECK(is(receipt.error().code, "outcome_unknown"));
        CHECK(receipt.error().context.find("bad_signature") != std::string::npos);
    }
}

TEST_CASE("A receipt of other transactions than were sent is no answer") {
    ledger::Transaction change;
    change.id.bytes.fill(0x5a);
    change.body = ledger::LimitChange{};
    ledger::Submission sent = submission();
    sent.transactions = {ledger::encode_transaction(change)};
    const auto receipt_for = [](const std::vector<std::string>& ids) {
        boost::json::object receipt = boost::json::parse(kReceipt).as_object();
        boost::json::array list;
        for (const auto& id : ids) {
            list.push_back(
                {{"id", id}, {"outcome", "accepted"}, {"entry", 1}, {"repeated", false}});
        }
        receipt["transactions"] = list;
        return boost::json::serialize(receipt);
    };
    const std::string id = api::id_text(change.id);
    const std::string other(32, 'f');
    // Nor is one with an outcome that no rules have.
    std::string made_up = receipt_for({id});
    made_up.replace(made_up.find("accepted"), 8, "bogus_thing");
    FakeNode bogus({answer(200, made_up)});
    CHECK(is(client_for({bogus.url()}).submit(sent).error().code, "outcome_unknown"));
    const std::vector<std::vector<std::string>> wrong{{}, {other}, {id, id}};
    for (const auto& ids : wrong) {
        FakeNode node({answer(200, receipt_for(ids))});
        auto client = client_for({node.url()});
        CHECK(is(client.submit(sent).error().code, "outcome_unknown"));
        CHECK(is(client.submit_json(submission_json(sent)).error().code, "outcome_unknown"));
    }
    FakeNode node({answer(200, receipt_for({id}))});
    auto client = client_for({node.url()});
    CHECK(client.submit(sent));
    CHECK(client.submit_json(submission_json(sent)));

    change.id.bytes.fill(0x5b);
    sent.transactions.push_back(ledger::encode_transaction(change));
    FakeNode swapped({answer(200, receipt_for({api::id_text(change.id), id}))});
    CHECK(is(client_for({swapped.url()}).submit(sent).error().code, "outcome_unknown"));
}

TEST_CASE("A node that hangs costs one attempt, not the whole call") {
    FakeNode stuck({does(Behaviour::Kind::hang)});
    FakeNode node({answer(200, kReceipt)});
    auto client = client_for({stuck.url(), node.url()}, milliseconds(10'000), milliseconds(100));
    const auto begin = Clock::now();
    REQUIRE(client.submit(submission()));
    CHECK(Clock::now() - begin < milliseconds(5000));
    CHECK(stuck.seen().size() == 1);
}

TEST_CASE("Every call ends by its deadline") {
    FakeNode stuck({does(Behaviour::Kind::hang)});
    auto client = client_for({stuck.url()}, milliseconds(300));
    const auto begin = Clock::now();
    CHECK(is(client.get("/v1/status").error().code, "timed_out"));
    CHECK(is(client.submit(submission()).error().code, "outcome_unknown"));
    const auto took = Clock::now() - begin;
    CHECK(took >= milliseconds(500));
    CHECK(took < milliseconds(5000));
}

TEST_CASE("A connection is kept, and a closed one is opened again without a failed attempt") {
    FakeNode node({answer(200, R"({"network":"aa"})")});
    auto client = client_for({node.url()});
    for (int i = 0; i < 5; ++i) REQUIRE(client.get("/v1/status"));
    CHECK(node.connections() == 1);
    node.close_connections();
    REQUIRE(client.get_from(0, "/v1/status"));
    CHECK(node.connections() == 2);
}

TEST_CASE("Many threads share a client") {
    FakeNode node({answer(200, kReceipt)});
    auto client = client_for({node.url()});
    std::atomic<int> answered{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 20; ++j) answered += client.submit(submission()) ? 1 : 0;
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(answered == 160);
    CHECK(node.connections() <= 8);
}

TEST_CASE("Reads carry their options, and say from where and how fresh they are") {
    FakeNode node({answer(200,
                          R"({"status":"ACTIVE","available":50,"currency":"CNY",)"
                          R"("items":[],"rows":[{"due":"2024-02-29"}]})",
                          {{"Tally-Index", "12"}, {"Tally-Stale", "true"}})});
    auto client = client_for({node.url()});
    ReadOptions options;
    options.local = true;
    options.min_index = 9;
    const auto line = client.line("00ff", options);
    REQUIRE(line);
    CHECK(node.seen()[0].target == "/v1/lines/00ff?consistency=local&min_index=9");
    CHECK(line->index() == 12u);
    CHECK(line->stale());
    CHECK(line->url() == node.url());
    CHECK(line->integer("available") == 50);
    CHECK(line->text("currency") == "CNY");
    CHECK(line->text("rows/0/due") == "2024-02-29");
    CHECK_FALSE(line->integer("currency"));
    CHECK_FALSE(line->integer("rows/1/due"));
    REQUIRE(client.get("/v1/lines/x/history?limit=5", {}));
    CHECK(node.seen()[1].target == "/v1/lines/x/history?limit=5");
    REQUIRE(client.get("/v1/lines/x/history?limit=5", options));
    CHECK(node.seen()[2].target == "/v1/lines/x/history?limit=5&consistency=local&min_index=9");
}

TEST_CASE("Lists, payments and days are asked for with what their queries say") {
    FakeNode node({answer(200, R"({"items":[{"id":"00ff"}],"next":"00ff.12","rows":[]})")});
    auto client = client_for({node.url()});
    ListQuery query;
    REQUIRE(client.lines());
    query.owner = "len der";
    query.state = "OVERDUE";
    query.limit = 7;
    const auto page = client.contracts(query);
    REQUIRE(page);
    CHECK(page->text("items/0/id") == "00ff");
    query.cursor = page->text("next").value();
    query.line = "11";
    query.borrower = "22";
    ReadOptions local;
    local.local = true;
    REQUIRE(client.contracts(query, local));
    REQUIRE(client.borrowers({}, local));
    REQUIRE(client.payment("bank/1&x"));
    REQUIRE(client.payment("a b", "servicer", local));
    REQUIRE(client.day("2024-01-31"));
    CHECK_FALSE(client.day(""));
    std::vector<std::string> targets;
    for (const auto& request : node.seen()) targets.push_back(request.target);
    CHECK(targets ==
          std::vector<std::string>{
              "/v1/lines", "/v1/contracts?owner=len%20der&state=OVERDUE&limit=7",
              "/v1/contracts?owner=len%20der&state=OVERDUE&borrower=22&line=11&limit=7&cursor=00ff."
              "12&consistency=local",
              "/v1/borrowers?consistency=local", "/v1/payments?source_ref=bank%2F1%26x",
              "/v1/payments?source_ref=a%20b&member=servicer&consistency=local",
              "/v1/days/2024-01-31"});
}

TEST_CASE("A proof is waited for until a checkpoint covers it") {
    FakeNode node({problem(409, "not_certified"), problem(409, "not_certified"),
                   answer(200, R"({"format":"tallystick-proof-v1"})")});
    auto client = client_for({node.url()});
    CHECK(client.proof(3).value() == R"({"format":"tallystick-proof-v1"})");
    FakeNode never({problem(409, "not_certified")});
    auto other = client_for({never.url()}, milliseconds(200));
    CHECK(is(other.proof(3).error().code, "not_certified"));
    CHECK(is(client_for({FakeNode::refusing_url()}, milliseconds(50)).proof(3).error().code,
             "unreachable"));
}

TEST_CASE("await_certified reads the size out of the checkpoint") {
    const auto note = [](const std::string& size) {
        return answer(200, "example.org/log\n" + size +
                               "\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"
                               "\xE2\x80\x94 example.org/log AAAAAAAA\n");
    };
    FakeNode node({problem(404, "not_found"), note("5"), note("8")});
    auto client = client_for({node.url()});
    CHECK(client.await_certified(5).value() == 8u);
    FakeNode other({answer(200, "hello")});
    CHECK(is(client_for({other.url()}).await_certified(5).error().code, "bad_answer"));
}

// Goal: no minority holds up who waits for a checkpoint.
TEST_CASE("await_certified asks the others for a checkpoint that one node withholds") {
    const auto note = [](const std::string& size) {
        return answer(200, "example.org/log\n" + size +
                               "\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"
                               "\xE2\x80\x94 example.org/log AAAAAAAA\n");
    };
    FakeNode liar({note("5")});
    FakeNode honest({note("5"), note("8")});
    const auto begin = Clock::now();
    CHECK(client_for({liar.url(), honest.url()}).await_certified(5).value() == 8u);
    // Two of five, who say the same.
    FakeNode second({note("5")});
    FakeNode third({note("8")});
    FakeNode proves({answer(200, R"({"format":"tallystick-proof-v1"})")});
    const std::string nobody = FakeNode::refusing_url();
    CHECK(client_for({liar.url(), second.url(), nobody, third.url(), nobody})
              .await_certified(5)
              .value() == 8u);
    FakeNode one({problem(409, "not_certified")});
    FakeNode two({problem(409, "not_certified")});
    CHECK(client_for({one.url(), two.url(), proves.url()}).proof(3));
    CHECK(Clock::now() - begin < milliseconds(10'000));
    // Nobody has it.
    CHECK(is(
        client_for({liar.url(), second.url()}, milliseconds(200)).await_certified(5).error().code,
        "not_certified"));
}

}  // namespace
}  // namespace tally::client
