// One node that is behind, misconfigured, hostile, or behind a proxy of that kind: what it says is
// its word alone, and stands in nobody's way.

#include <chrono>

#include "base/wall_clock.h"
#include "client/client.h"
#include "tests/client/fake_node.h"
#include "tests/support/catch.h"

namespace tally::client {
namespace {

using std::chrono::milliseconds;
using testing::Behaviour;
using testing::FakeNode;
using testing::kReceipt;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kLong{20'000};
const char* const kOpaque = R"({"header":"AQID"})";
const char* const kPage = "<html>hello</html>";

Behaviour answers(int status, std::string body) {
    return {Behaviour::Kind::answer, status, std::move(body), {}, true, {}};
}
Behaviour problem(int status, const std::string& code) {
    return answers(status, R"({"code":")" + code + R"(","detail":"why"})");
}
Client client_for(std::vector<std::string> urls, milliseconds deadline = kLong) {
    ClientOptions options;
    options.urls = std::move(urls);
    options.deadline = deadline;
    options.retry_delay_min = milliseconds(1);
    options.retry_delay_max = milliseconds(20);
    return std::move(*Client::create(options));
}
/// Signed by nobody: fakes do not look.
ledger::Submission until(ledger::Millis not_after) {
    ledger::SubmissionHeader header;
    header.signers.resize(1);
    header.transaction_count = 1;
    header.not_after = not_after;
    return {.header = header.encode(), .signatures = {}, .transactions = {Bytes{4, 5}}};
}

}  // namespace

TEST_CASE("No single node's answer keeps a submission from the next node") {
    const std::string other = R"({"block":7,"block_time":"2024-02-29T08:30:00.125Z",)"
                              R"("header_entry":20,"replayed":false,"applied_index":7,)"
                              R"("transactions":[]})";
    for (const auto& said :
         {problem(421, "misdirected"), problem(400, "malformed"), problem(403, "bad_signature"),
          problem(403, "key_not_valid"), problem(413, "too_large"), problem(422, "wrong_network"),
          problem(422, "invalid_submission"), problem(422, "expired"), problem(409, "id_reused"),
          problem(409, "duplicate"), answers(200, kPage), answers(200, "{}"), answers(200, "[]"),
          answers(200, other), answers(301, kPage), answers(204, ""), answers(400, kPage),
          answers(404, kPage), problem(418, "made_up")}) {
        INFO(said.status << " " << said.body);
        FakeNode bad({said});
        FakeNode good({answers(200, kReceipt)});
        auto client = client_for({bad.url(), good.url()});
        const auto begin = Clock::now();
        REQUIRE(client.submit(until(ledger::Millis(0))));
        CHECK(Clock::now() - begin < milliseconds(10'000));
        REQUIRE(good.seen().size() == 1);
        CHECK(good.seen()[0].body == bad.seen().at(0).body);
    }
}

TEST_CASE("A refusal is final when a second node repeats it") {
    FakeNode one({problem(403, "bad_signature")});
    FakeNode two({problem(403, "bad_signature")});
    FakeNode third({answers(200, kReceipt)});
    auto client = client_for({one.url(), two.url(), third.url()});
    const auto begin = Clock::now();
    CHECK(is(client.submit_json(kOpaque).error().code, "bad_signature"));
    CHECK(third.seen().empty());
    FakeNode other({problem(400, "malformed")});
    CHECK(is(client_for({one.url(), other.url()}).submit_json(kOpaque).error().code,
             "outcome_unknown"));
    CHECK(Clock::now() - begin < milliseconds(10'000));
}

// Goal: whoever got the bytes may have booked them, whatever it answers; nobody makes new ids for
// the word of one.
TEST_CASE("No answer of one node alone says that a submission was not booked") {
    const auto now = wall_now();
    const ledger::Submission over = until(now - std::chrono::hours(1));
    for (const auto& [status, code] :
         {std::pair(400, "invalid_argument"), std::pair(400, "malformed"),
          std::pair(403, "bad_signature"), std::pair(403, "key_not_valid"),
          std::pair(403, "unknown_member"), std::pair(409, "duplicate"),
          std::pair(409, "id_reused"), std::pair(409, "nodes_behind"), std::pair(413, "too_large"),
          std::pair(415, "unsupported_media_type"), std::pair(421, "misdirected"),
          std::pair(422, "wrong_network"), std::pair(422, "wrong_root"),
          std::pair(422, "invalid_submission"), std::pair(422, "expired"),
          std::pair(431, "header_too_large")}) {
        INFO(code);
        FakeNode liar({problem(status, code)});
        for (const std::vector<std::string>& urls :
             {std::vector{liar.url()}, std::vector{liar.url(), FakeNode::refusing_url()}}) {
            const auto begin = Clock::now();
            const auto said = client_for(urls, milliseconds(400)).submit(over);
            REQUIRE_FALSE(said);
            CHECK(is(said.error().code, "outcome_unknown"));
            CHECK(said.error().context.find(code) != std::string::npos);
            CHECK(said.error().context.find(liar.url()) != std::string::npos);
            CHECK(Clock::now() - begin < milliseconds(10'000));
        }
        // It is not asked again and again.
        CHECK(liar.seen().size() == 2);
    }
}

TEST_CASE("What is not meant for a server may have been passed on, whatever others refuse") {
    for (const auto& said : {problem(421, "misdirected"), problem(422, "wrong_network")}) {
        FakeNode strange({said});
        FakeNode refuses({problem(403, "key_not_valid")});
        FakeNode also({problem(403, "key_not_valid")});
        const auto open = client_for({strange.url(), refuses.url(), also.url()}, milliseconds(400))
                              .submit_json(kOpaque);
        REQUIRE_FALSE(open);
        CHECK(is(open.error().code, "outcome_unknown"));
    }
}

TEST_CASE("A refusal of one node that others do not confirm leaves the outcome open") {
    FakeNode liar({problem(403, "bad_signature")});
    FakeNode lost({problem(503, "no_quorum")});
    const auto unconfirmed =
        client_for({liar.url(), lost.url()}, milliseconds(300)).submit_json(kOpaque);
    REQUIRE_FALSE(unconfirmed);
    CHECK(is(unconfirmed.error().code, "outcome_unknown"));
    CHECK(unconfirmed.error().context.find("only " + liar.url() + " says so") != std::string::npos);
    CHECK(liar.seen().size() == 1);
}

TEST_CASE("A refusal is told at once where every other node was found unreachable") {
    FakeNode refuses({problem(403, "bad_signature")});
    const std::string nobody = FakeNode::refusing_url();
    const auto begin = Clock::now();
    const auto refused = client_for({nobody, refuses.url(), nobody}).submit_json(kOpaque);
    REQUIRE_FALSE(refused);
    CHECK(is(refused.error().code, "outcome_unknown"));
    CHECK(refused.error().context.find(refuses.url() + " refuses it, and no second node says so") !=
          std::string::npos);
    CHECK(refused.error().context.find(nobody) != std::string::npos);
    CHECK(Clock::now() - begin < milliseconds(10'000));
}

// Goal: no node can say that it is too late while it is not.
TEST_CASE("Expired before the submission's own not-after, or without one, is no answer") {
    FakeNode liar({problem(422, "expired")});
    FakeNode second({problem(422, "expired")});
    auto client = client_for({liar.url(), second.url()}, milliseconds(200));
    const auto now = wall_now();
    for (const auto open : {ledger::Millis(0), now + std::chrono::hours(1)}) {
        CHECK(is(client.submit(until(open)).error().code, "outcome_unknown"));
        CHECK(is(client.submit_json(submission_json(until(open))).error().code, "outcome_unknown"));
    }
    CHECK(is(client.submit(until(now - std::chrono::hours(1))).error().code, "expired"));
}

TEST_CASE("No single node's answer keeps a read from the next node") {
    const std::string contract = "/v1/contracts/33333333333333333333333333333333";
    for (const auto& said :
         {answers(200, kPage), answers(200, "{}"), answers(200, "[]"), answers(204, ""),
          answers(301, kPage), answers(404, kPage), answers(403, ""), problem(421, "misdirected"),
          problem(404, "not_found"), problem(400, "invalid_argument"), problem(418, "made_up"),
          problem(409, "not_certified"), problem(422, "wrong_network")}) {
        INFO(said.status << " " << said.body);
        FakeNode bad({said});
        FakeNode good({answers(200, R"({"id":"33","status":"ACTIVE","kind":"seal"})")});
        auto client = client_for({bad.url(), good.url()});
        const auto begin = Clock::now();
        const auto answer = client.get(contract);
        REQUIRE(answer);
        CHECK(answer->url == good.url());
        CHECK(client.entry(3));
        CHECK(Clock::now() - begin < milliseconds(10'000));
    }
}

TEST_CASE("Every kind of answer is known by its form") {
    const std::string note =
        "example.org/log\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"
        "\xE2\x80\x94 example.org/log AAAAAAAA\n";
    struct Case {
        const char* path;
        std::string body;
    };
    for (const Case& each :
         std::initializer_list<Case>{{"/v1/days", R"({"open":[]})"},
                                     {"/v1/trial-balance?day=2024-01-31", R"({"rows":[]})"},
                                     {"/v1/lines/x/history?limit=5", R"({"items":[]})"},
                                     {"/v1/records/00", R"({"value":null})"},
                                     {"/v1/proofs/3", R"({"format":"tallystick-proof-v1"})"},
                                     {"/v1/blocks/1?count=1", R"({"blocks":[]})"},
                                     {"/v1/products/x", R"({"entry":3})"},
                                     {"/log/checkpoint", note},
                                     {"/v1/checkpoints/5", note}}) {
        INFO(each.path);
        FakeNode bad({answers(200, R"({"other":1})")});
        FakeNode good({answers(200, each.body)});
        const auto answer = client_for({bad.url(), good.url()}).get(each.path);
        REQUIRE(answer);
        CHECK(answer->body == each.body);
        const auto alone = client_for({bad.url()}).get(each.path);
        REQUIRE_FALSE(alone);
        CHECK(alone.error().code == errc::bad_answer);
        CHECK(alone.error().context.find(bad.url() + ": ") == 0);
    }
}

TEST_CASE("That nothing is there is believed of a second node, or where nobody else can be asked") {
    FakeNode one({problem(404, "not_found")});
    FakeNode two({problem(404, "not_found")});
    FakeNode third({answers(200, R"({"open":[]})")});
    const auto begin = Clock::now();
    CHECK(is(client_for({one.url()}).get("/v1/days").error().code, "not_found"));
    CHECK(one.seen().size() == 1);
    CHECK(is(client_for({one.url(), two.url(), third.url()}).get("/v1/days").error().code,
             "not_found"));
    CHECK(third.seen().empty());
    const std::string nobody = FakeNode::refusing_url();
    CHECK(is(client_for({nobody, one.url(), nobody}).get("/v1/days").error().code, "not_found"));
    CHECK(Clock::now() - begin < milliseconds(10'000));
    // One that is there, and cannot say.
    FakeNode starting({problem(503, "not_ready")});
    const auto doubtful =
        client_for({one.url(), starting.url()}, milliseconds(300)).get("/v1/days");
    CHECK(is(doubtful.error().code, "not_found"));
    CHECK(doubtful.error().context.find("no majority confirms") != std::string::npos);
}

TEST_CASE("What a node answered stands before that another one could not be reached") {
    FakeNode full({problem(503, "storage_full")});
    FakeNode lost({problem(503, "no_quorum")});
    const std::string nobody = FakeNode::refusing_url();
    for (const auto& urls : {std::vector<std::string>{nobody, full.url()},
                             std::vector<std::string>{full.url(), nobody}}) {
        const auto error = client_for(urls, milliseconds(200)).submit_json(kOpaque).error();
        CHECK(is(error.code, "storage_full"));
        CHECK(error.context.find(nobody) != std::string::npos);
    }
    const auto both =
        client_for({full.url(), lost.url()}, milliseconds(200)).submit_json(kOpaque).error();
    CHECK(both.context.find(full.url()) != both.context.find(lost.url()));
}

TEST_CASE("Where nobody gives an answer, each bad one is named with its node, once") {
    FakeNode page({answers(404, kPage)});
    FakeNode named({problem(421, "misdirected")});
    FakeNode stray({problem(422, "wrong_network")});
    const auto error = client_for({page.url(), named.url(), stray.url()}).get("/v1/days").error();
    for (const FakeNode* node : {&page, &named, &stray}) {
        const auto at = error.context.find(node->url());
        REQUIRE(at != std::string::npos);
        CHECK(error.context.find(node->url(), at + 1) == std::string::npos);
    }
    CHECK(error.context.find("host_names") != std::string::npos);
}

}  // namespace tally::client
