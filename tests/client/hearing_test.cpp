// Questions for which one node's word does not do: what is believed is what two nodes say alike, or
// what a proof shows.

#include <atomic>
#include <chrono>

#include "api/ids.h"
#include "client/agreement.h"
#include "client/client.h"
#include "client/on_record.h"
#include "tests/client/evidence.h"
#include "tests/client/fake_node.h"
#include "tests/support/catch.h"

namespace tally::client {
namespace {

using std::chrono::milliseconds;
using testing::Behaviour;
using testing::Evidence;
using testing::FakeNode;
using testing::SeenRequest;
using Clock = std::chrono::steady_clock;

Behaviour answers(int status, std::string body) {
    return {Behaviour::Kind::answer, status, std::move(body), {}, true, {}};
}
Behaviour problem(int status, const std::string& code) {
    return answers(status, R"({"code":")" + code + R"(","detail":"why"})");
}
Client client_for(std::vector<std::string> urls, milliseconds deadline = milliseconds(20'000)) {
    ClientOptions options;
    options.urls = std::move(urls);
    options.deadline = deadline;
    options.retry_delay_min = milliseconds(1);
    options.retry_delay_max = milliseconds(20);
    return std::move(*Client::create(options));
}
std::string itself(const std::string& body) { return body; }
Behaviour days(const std::string& open) { return answers(200, R"({"open":[)" + open + "]}"); }

/// A transaction of a member, proven by its evidence, and nodes that say this or that of it.
struct Case {
    Evidence evidence;
    std::uint64_t entry = evidence.last_transaction();
    api::ProofDocument proof = evidence.proof_of(entry);
    ledger::TransactionId id = proof.transaction->id;
    ProofReport report = verify_proof(testing::text_of(proof), evidence.genesis());
    ledger::MemberId member = *api::id_from_text<ledger::MemberId>(report.submitter);

    std::string record(const std::string& outcome, std::uint64_t at) const {
        return R"({"entry":)" + std::to_string(at) + R"(,"block":)" + std::to_string(report.block) +
               R"(,"outcome":")" + outcome + R"(","transaction":)" + report.transaction + "}";
    }
    /// What it says to a question for the record, and for the proof.
    static FakeNode::Answering saying(const Behaviour& recorded, const Behaviour& proven) {
        return [recorded, proven](const SeenRequest& request) {
            return request.target.starts_with("/v1/proofs/") ? proven : recorded;
        };
    }
    Result<Sought> look(std::vector<std::string> urls, int deadline_ms = 20'000) const {
        auto client = client_for(std::move(urls), milliseconds(deadline_ms));
        return look_up(client, evidence.genesis(), member, id);
    }
    Behaviour uncertified = problem(409, "not_certified");
    Behaviour missing = problem(404, "not_found");
};

}  // namespace

TEST_CASE("What is heard is what two nodes say alike, and the rest is told by node") {
    FakeNode liar({days(R"("2024-01-03")")});
    FakeNode two({days(R"("2024-01-31")")});
    FakeNode three({days(R"("2024-01-31")")});
    const auto begin = Clock::now();
    const auto heard = client_for({liar.url(), two.url(), three.url()}).hear("/v1/days", itself);
    REQUIRE(heard);
    REQUIRE(heard->agreed);
    CHECK(heard->agreed->url == two.url());
    CHECK(heard->said.size() == 3);
    // One url named twice is one node.
    std::string alias = liar.url();
    alias.replace(alias.find("127.0.0.1"), 9, "localhost");
    for (const std::string& again : {liar.url(), alias}) {
        Client twice = client_for({liar.url(), again});
        CHECK(twice.options().urls.size() == 1);
        const auto same = twice.hear("/v1/days", itself);
        REQUIRE(same);
        CHECK_FALSE(same->agreed);
    }
    for (const auto& urls : {std::vector<std::string>{liar.url(), two.url()},
                             std::vector<std::string>{liar.url(), FakeNode::refusing_url()}}) {
        const auto alone = client_for(urls).hear("/v1/days", itself);
        REQUIRE(alone);
        CHECK_FALSE(alone->agreed);
    }
    FakeNode none({problem(404, "not_found")});
    FakeNode nor({problem(404, "not_found")});
    const auto refused = client_for({none.url(), two.url(), nor.url()}).hear("/v1/days", itself);
    REQUIRE(refused);
    REQUIRE(refused->agreed);
    CHECK(refused->agreed->status == 404);
    CHECK_FALSE(client_for({FakeNode::refusing_url()}, milliseconds(200)).hear("/v1/days", itself));
    CHECK(Clock::now() - begin < milliseconds(15'000));
}

TEST_CASE("Two nodes are asked at once where one answer will not do, and a third only if need be") {
    Behaviour slowly = answers(200, R"({"outcome":"accepted"})");
    slowly.delay = milliseconds(100);
    FakeNode one({slowly});
    FakeNode two({slowly});
    FakeNode three({answers(200, R"({"outcome":"accepted"})")});
    const auto heard =
        client_for({one.url(), two.url(), three.url()}).hear_query("/v1/proposals", "{}", itself);
    REQUIRE(heard);
    CHECK(heard->agreed);
    CHECK(one.seen().size() == 1);
    CHECK(two.seen().size() == 1);
    CHECK(two.seen().front().method == "POST");
    CHECK(three.seen().empty());
}

TEST_CASE("What no two nodes say alike is heard anew before it is an error") {
    FakeNode one({days("1"), days("2"), days("3")});
    FakeNode two({days("7"), days("2"), days("3")});
    const auto agreed_of = [](const std::vector<std::string>& urls) {
        Client client = client_for(urls);
        return agreed_answer([&client] { return client.hear("/v1/days", itself); }, itself, "days");
    };
    const auto agreed = agreed_of({one.url(), two.url()});
    REQUIRE(agreed);
    CHECK(agreed->body == days("2").body);
    FakeNode liar({days("9")});
    FakeNode good({days("8")});
    const auto differing = agreed_of({liar.url(), good.url()});
    REQUIRE_FALSE(differing);
    CHECK(differing.error().code == errc::bad_answer);
    CHECK(differing.error().context.starts_with("no two nodes say the same of days; "));
    CHECK(differing.error().context.find(liar.url() + " says " + days("9").body) !=
          std::string::npos);
    CHECK(liar.seen().size() == 3);
    CHECK(agreed_of({liar.url()}).has_value());
    FakeNode none({problem(404, "not_found")});
    const auto refused = agreed_of({none.url()});
    REQUIRE_FALSE(refused);
    CHECK(is(refused.error().code, "not_found"));
}

// Goal: no single node can say what stands on record, or that it is another thing than it is.
TEST_CASE("A record is taken by its proof, or as two nodes say it") {
    const Case all;
    const Behaviour genuine = answers(200, testing::text_of(all.proof));
    const Behaviour truth = answers(200, all.record("accepted", all.entry));
    const Behaviour lie = answers(200, all.record("limit_exceeded", all.entry));
    FakeNode liar(Case::saying(lie, all.uncertified));
    FakeNode shown(Case::saying(truth, genuine));
    FakeNode early(Case::saying(truth, all.uncertified));
    FakeNode early_too(Case::saying(truth, all.uncertified));
    FakeNode empty(Case::saying(all.missing, all.missing));

    const auto proven = all.look({liar.url(), shown.url()});
    REQUIRE(proven);
    REQUIRE(proven->found);
    CHECK(proven->found->is_proven());
    CHECK(proven->found->outcome == "accepted");
    CHECK(proven->found->transaction == all.report.transaction);

    const auto alike = all.look({liar.url(), early.url(), early_too.url()});
    REQUIRE(alike);
    REQUIRE(alike->found);
    CHECK_FALSE(alike->found->is_proven());
    CHECK(alike->found->outcome == "accepted");

    for (const auto& urls : {std::vector<std::string>{liar.url(), empty.url()},
                             {liar.url(), early.url()},
                             std::vector<std::string>{liar.url()}}) {
        const auto doubtful = all.look(urls, 300);
        REQUIRE(doubtful);
        CHECK_FALSE(doubtful->found);
        REQUIRE_FALSE(doubtful->claims.empty());
        CHECK(who_claims(doubtful->claims).starts_with(liar.url()));
    }
    const auto nothing = all.look({empty.url()});
    REQUIRE(nothing);
    CHECK_FALSE(nothing->found);
    CHECK(nothing->claims.empty());
    // Another transaction's proof, under whatever entry, shows nothing of this one.
    FakeNode other(
        Case::saying(answers(200, all.record("accepted", all.entry)),
                     answers(200, testing::text_of(all.evidence.proof_of(all.entry - 2)))));
    const auto swapped = all.look({other.url()}, 300);
    REQUIRE(swapped);
    CHECK_FALSE(swapped->found);
}

// Goal: a leader that is killed after its answer leaves followers that have not applied it yet, and
// what they cannot know they do not deny.
TEST_CASE("A record is not denied by a node that no quorum confirms") {
    const Case all;
    const Behaviour truth = answers(200, all.record("accepted", all.entry));
    std::atomic<int> early{0};
    Behaviour unsure = all.missing;
    unsure.headers.emplace_back("Tally-Stale", "true");
    const auto behind = [&](const SeenRequest& request) {
        if (request.target.starts_with("/v1/proofs/")) return all.uncertified;
        return ++early <= 4 ? unsure : truth;
    };
    FakeNode one(behind);
    FakeNode two(behind);
    auto client = client_for({FakeNode::refusing_url(), one.url(), two.url()});
    const auto shown = look_up(client, all.evidence.genesis(), all.member, all.id, true);
    REQUIRE(shown);
    REQUIRE(shown->found);
    CHECK(shown->found->outcome == "accepted");
    CHECK(early > 4);
    // What a quorum confirms is denied at once, whatever somebody answered before.
    FakeNode three(Case::saying(all.missing, all.missing));
    FakeNode four(Case::saying(all.missing, all.missing));
    auto honest = client_for({three.url(), four.url()});
    const auto denied = look_up(honest, all.evidence.genesis(), all.member, all.id, true);
    REQUIRE(denied);
    CHECK_FALSE(denied->found);
    CHECK(three.seen().size() == 1);
}

TEST_CASE("A read may say what an answer must show beyond its form") {
    FakeNode liar({days(R"("2024-01-03")")});
    FakeNode good({days("")});
    const AnswerCheck none_open = [](const std::string& body) -> Status {
        if (body.find("[]") != std::string::npos) return {};
        return fail(errc::bad_answer, "days are open");
    };
    const auto answer = client_for({liar.url(), good.url()}).get("/v1/days", {}, none_open);
    REQUIRE(answer);
    CHECK(answer->url == good.url());
    const auto alone = client_for({liar.url()}).get("/v1/days", {}, none_open);
    REQUIRE_FALSE(alone);
    CHECK(alone.error().context == liar.url() + ": days are open");
}

}  // namespace tally::client
