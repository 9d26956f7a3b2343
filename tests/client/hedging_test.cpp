// One node that hangs, or knows the leader: which nodes a call asks, when, and whose answer counts.

#include <boost/json.hpp>
#include <chrono>

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

const char* const kBody = R"({"header":"AQID"})";

Behaviour hangs() { return {Behaviour::Kind::hang, 200, {}, {}, true, {}}; }
Behaviour answers(int status, std::string body, milliseconds delay = milliseconds(0)) {
    return {Behaviour::Kind::answer, status, std::move(body), {}, true, delay};
}
Behaviour problem(int status, const std::string& code) {
    return answers(status, R"({"code":")" + code + R"(","detail":"why"})");
}
/// A receipt from a node of this name that follows that leader.
Behaviour follows(const std::string& node, const std::string& leader) {
    Behaviour behaviour = answers(200, kReceipt);
    behaviour.headers = {{"Tally-Node", node}, {"Tally-Leader", leader}};
    return behaviour;
}

/// Attempts may last as long as the whole call: only asking others saves it from a node that hangs.
Client client_for(std::vector<std::string> urls, milliseconds deadline,
                  std::vector<std::string> names = {}) {
    ClientOptions options;
    options.urls = std::move(urls);
    options.names = std::move(names);
    options.deadline = options.attempt_timeout = deadline;
    options.hedge_delay = milliseconds(20);
    return std::move(*Client::create(options));
}

/// What a node has that no quorum confirms.
Behaviour stale(std::string body) {
    Behaviour behaviour = answers(200, std::move(body));
    behaviour.headers = {{"Tally-Stale", "true"}};
    return behaviour;
}

/// The same from a node that says which network it serves.
Behaviour serving(const std::string& network, Behaviour behaviour) {
    behaviour.headers.emplace_back("Tally-Network", network);
    return behaviour;
}

// Goal: a node that is cut off, and comes first, does not hide what the others confirm.
TEST_CASE("What no quorum confirms is an answer only where nobody confirms another") {
    const auto line_with = [](const std::string& used) {
        return R"({"status":"ACTIVE","available":50,"currency":"CNY","items":[],"used":)" + used +
               "}";
    };
    FakeNode cut({stale(line_with("1"))});
    FakeNode whole({answers(200, line_with("2"))});
    FakeNode silent({hangs()});
    const milliseconds deadline(3000);
    const auto read = [&](std::vector<std::string> urls, const ReadOptions& options = {}) {
        auto client = client_for(std::move(urls), deadline);
        const auto line = client.line("00ff", options);
        REQUIRE(line);
        return std::pair(line->integer("used").value(), line->stale());
    };
    CHECK(read({cut.url(), whole.url()}) == std::pair<std::int64_t, bool>(2, false));
    CHECK(read({cut.url(), silent.url(), whole.url()}) == std::pair<std::int64_t, bool>(2, false));
    CHECK(read({cut.url(), FakeNode::refusing_url()}) == std::pair<std::int64_t, bool>(1, true));
    CHECK(read({cut.url(), cut.url()}) == std::pair<std::int64_t, bool>(1, true));
    // Who hangs costs no deadline.
    const auto begun = Clock::now();
    CHECK(read({cut.url(), silent.url()}) == std::pair<std::int64_t, bool>(1, true));
    CHECK(Clock::now() - begun < deadline / 2);
    // Whoever asks for one node's word gets it.
    ReadOptions local;
    local.local = true;
    CHECK(read({cut.url(), whole.url()}, local) == std::pair<std::int64_t, bool>(1, true));
}

// Goal: one node of another network stands in nobody's way.
TEST_CASE("A node that serves another network is passed over, and named where none is left") {
    const std::string ours(64, 'a');
    const std::string other(64, 'b');
    FakeNode good([&](const testing::SeenRequest& request) {
        return serving(ours, answers(200, request.method == "POST" ? kReceipt : R"({"open":[]})"));
    });
    const auto client_of = [&](std::vector<std::string> urls) {
        ClientOptions options;
        options.urls = std::move(urls);
        options.network = ours;
        options.deadline = milliseconds(1000);
        return std::move(*Client::create(options));
    };
    for (const Behaviour& said :
         {problem(422, "wrong_network"), problem(404, "not_found"), problem(403, "unknown_member"),
          problem(503, "no_quorum"), answers(200, R"({"days":[]})")}) {
        FakeNode stray({serving(other, said)});
        auto client = client_of({stray.url(), good.url()});
        REQUIRE(client.get("/v1/days"));
        CHECK(client.get("/v1/days")->url == good.url());
        auto submitting = client_of({stray.url(), good.url()});
        CHECK(submitting.submit_json(kBody));
        auto alone = client_of({stray.url(), FakeNode::refusing_url()});
        const auto read = alone.get("/v1/days");
        REQUIRE_FALSE(read);
        CHECK(read.error().context.find(stray.url() + " serves another network") !=
              std::string::npos);
        const auto sent = client_of({stray.url()}).submit_json(kBody);
        REQUIRE_FALSE(sent);
        CHECK(is(sent.error().code, "outcome_unknown"));
        CHECK(sent.error().context.find(stray.url() + " serves another network") !=
              std::string::npos);
        const auto single = alone.get_from(0, "/v1/status");
        REQUIRE_FALSE(single);
        CHECK(is(single.error().code, "wrong_network"));
    }
}

TEST_CASE("One node's wrong_network is not final while others are left") {
    FakeNode stray({problem(422, "wrong_network")});
    FakeNode good({answers(200, kReceipt)});
    auto client = client_for({stray.url(), good.url()}, milliseconds(20'000));
    REQUIRE(client.submit_json(kBody));
    auto alone = client_for({stray.url()}, milliseconds(20'000));
    const auto begin = Clock::now();
    const auto refused = alone.submit_json(kBody);
    REQUIRE_FALSE(refused);
    CHECK(is(refused.error().code, "outcome_unknown"));
    CHECK(refused.error().context.find("wrong_network: " + stray.url()) != std::string::npos);
    CHECK(Clock::now() - begin < milliseconds(10'000));
}

TEST_CASE("A read that one node does not answer is asked of the next one too") {
    FakeNode stuck({hangs()});
    FakeNode node({answers(200, R"({"network":"aa","outcome":"accepted"})")});
    auto client = client_for({stuck.url(), node.url()}, milliseconds(20'000));
    const auto begin = Clock::now();
    const auto answer = client.get("/v1/status");
    REQUIRE(answer);
    CHECK(answer->url == node.url());
    CHECK(Clock::now() - begin < milliseconds(10'000));
    // From now on the silent one comes last, also after others had their turn.
    REQUIRE(client.get("/v1/status"));
    CHECK(stuck.seen().size() == 1);
    CHECK(node.seen().size() == 2);
}

TEST_CASE("A node that was asked first still counts when its answer comes later") {
    FakeNode slow({answers(200, R"({"network":"aa","outcome":"accepted"})", milliseconds(300))});
    FakeNode refuses({problem(503, "not_ready")});
    auto client = client_for({slow.url(), refuses.url()}, milliseconds(20'000));
    const auto answer = client.get("/v1/status");
    REQUIRE(answer);
    CHECK(answer->url == slow.url());
    CHECK(slow.seen().size() == 1);
    CHECK_FALSE(refuses.seen().empty());
}

TEST_CASE("A submission gives a silent node a share of its time, then the next the same bytes") {
    FakeNode stuck({hangs()});
    FakeNode node({answers(200, kReceipt)});
    auto client = client_for({stuck.url(), node.url()}, milliseconds(6000));
    const auto begin = Clock::now();
    const auto receipt = client.submit_json(kBody);
    const auto took = Clock::now() - begin;
    REQUIRE(receipt);
    CHECK(receipt->attempts == 2);
    CHECK(took >= milliseconds(1900));  // a third: copies are not sent in haste
    CHECK(took < milliseconds(6000));
    REQUIRE(stuck.seen().size() == 1);
    REQUIRE(node.seen().size() == 1);
    CHECK(stuck.seen()[0].body == kBody);
    CHECK(node.seen()[0].body == kBody);
}

TEST_CASE("What a silent node was sent may have arrived, also when another says it is too late") {
    FakeNode stuck({hangs()});
    FakeNode node({problem(422, "expired")});
    auto client = client_for({stuck.url(), node.url()}, milliseconds(600));
    const auto receipt = client.submit_json(kBody);
    REQUIRE_FALSE(receipt);
    CHECK(is(receipt.error().code, "outcome_unknown"));
    FakeNode early({problem(422, "expired")});
    auto other = client_for({node.url(), early.url()}, milliseconds(600));
    CHECK(is(other.submit_json(kBody).error().code, "expired"));
}

TEST_CASE("All nodes silent: the call ends by its deadline") {
    FakeNode one({hangs()});
    FakeNode two({hangs()});
    auto client = client_for({one.url(), two.url()}, milliseconds(300));
    const auto begin = Clock::now();
    CHECK(is(client.get("/v1/status").error().code, "timed_out"));
    CHECK(Clock::now() - begin < milliseconds(5000));
    CHECK(one.seen().size() == 1);  // one request a node and call is under way, however long
    CHECK(two.seen().size() == 1);
}

TEST_CASE("A submission goes to the node that an answer called the leader") {
    FakeNode one({follows("n1", "n2")});
    FakeNode two({follows("n2", "n2")});
    SECTION("by the names that the caller knows") {
        auto client = client_for({one.url(), two.url()}, milliseconds(20'000), {"n1", "n2"});
        for (int i = 0; i < 3; ++i) REQUIRE(client.submit_json(kBody));
        CHECK(one.seen().size() == 1);
        CHECK(two.seen().size() == 2);
    }
    SECTION("by names that were learnt from answers") {
        auto client = client_for({one.url(), two.url()}, milliseconds(20'000));
        REQUIRE(client.submit_json(kBody));
        REQUIRE(client.submit_json(kBody));  // whoever n2 is
        CHECK(one.seen().size() == 2);
    }
}

TEST_CASE("A hint at nobody known, or at a node that fails, leads nowhere for long") {
    FakeNode liar({follows("n1", "n9")});
    FakeNode other({follows("n2", "n1")});
    auto client = client_for({liar.url(), other.url()}, milliseconds(20'000), {"n1", "n2"});
    REQUIRE(client.submit_json(kBody));
    REQUIRE(client.submit_json(kBody));
    CHECK(liar.seen().size() == 2);

    FakeNode follower({follows("n1", "n2")});
    FakeNode ended({Behaviour{Behaviour::Kind::hang_up, 200, {}, {}, true, {}}});
    auto second = client_for({follower.url(), ended.url()}, milliseconds(20'000), {"n1", "n2"});
    for (int i = 0; i < 3; ++i) REQUIRE(second.submit_json(kBody));
    CHECK(follower.seen().size() == 3);
    CHECK_FALSE(ended.seen().empty());
}

}  // namespace
}  // namespace tally::client
