// What an answer makes of the submission that was kept for it.

#include <boost/json.hpp>

#include "cli/kept_submission.h"
#include "tests/cli/retry_stage.h"

using namespace tally::cli::testing;

TEST_CASE("What two nodes refuse off the record leaves nothing behind") {
    const Stage stage;
    const FakeNode node({problem(403, "key_not_valid")});
    const FakeNode second({problem(403, "key_not_valid")});
    const Said said = stage.submit(node.url(), {"--url", second.url(), "--key", "lender"});
    CHECK(said.code == 1);
    CHECK(contains(said.err, "error[key_not_valid]"));
    CHECK(stage.kept().empty());
    CHECK(tally::cli::is_kept_path("a.json.retry-0123abcd.tally"));
    CHECK(tally::cli::is_kept_path("a.json.retry-0123abcd-89abcdef.tally"));
    CHECK_FALSE(tally::cli::is_kept_path("a.json.retry-0123abcd-89abcdez.tally"));
    CHECK_FALSE(tally::cli::is_kept_path("a.tally"));
    CHECK_FALSE(tally::cli::is_kept_path("a.retry-0123abcz.tally"));
    CHECK_FALSE(tally::cli::is_kept_path("a.retry-.tally"));
}

// Goal: whoever got a submission may have booked it, whatever it answers; under new ids it would be
// booked twice.
TEST_CASE("What one node alone says of a submission forgets nothing") {
    for (const auto& [status, code] :
         {std::pair(403, "bad_signature"), std::pair(403, "key_not_valid"),
          std::pair(409, "duplicate"), std::pair(409, "id_reused"), std::pair(413, "too_large"),
          std::pair(421, "misdirected"), std::pair(422, "wrong_network"),
          std::pair(422, "wrong_root"), std::pair(431, "header_too_large"),
          std::pair(503, "halted"), std::pair(503, "overloaded"), std::pair(503, "storage_full"),
          std::pair(503, "unsupported_rules"), std::pair(503, "shutting_down")}) {
        const Stage stage;
        const FakeNode liar({problem(status, code)});
        const Said said = stage.submit(liar.url(), {"--key", "lender"});
        INFO(code << ": " << said.err);
        CHECK(said.code == 4);
        CHECK(contains(said.err, "error[outcome_unknown]"));
        CHECK(contains(said.err, code));
        CHECK(contains(said.err, liar.url()));
        REQUIRE(stage.kept().size() == 1);
        CHECK(contains(said.err, "sending it again is safe: tallystick submit '" +
                                     stage.kept().front() + "'"));
        // The next one sends the same.
        const FakeNode good({receipt_for(stage.id_in(stage.kept().front()))});
        CHECK(stage.submit(good.url(), {"--key", "lender"}).code == 0);
        CHECK(sent_to(good) == sent_to(liar));
        CHECK(stage.kept().empty());
    }
}

// Goal: nobody is left with a file that nothing can end.
TEST_CASE("What was sent before is over when two nodes say that its id is another transaction's") {
    const Stage stage;
    const FakeNode one({problem(409, "id_reused")});
    const FakeNode two({problem(409, "id_reused")});
    REQUIRE(stage.submit(one.url(), {"--key", "lender"}).code == 4);
    REQUIRE(stage.kept().size() == 1);
    const Said said = stage.submit(one.url(), {"--url", two.url(), "--key", "lender"});
    INFO(said.err);
    CHECK(said.code == 1);
    CHECK(contains(said.err, "error[id_reused]"));
    CHECK(stage.kept().empty());
}

// Goal: while an attempt may be on its way, no refusal of another one says that nothing was booked.
TEST_CASE("A refusal does not end a submission that was sent before") {
    const Stage stage;
    Behaviour nothing;
    nothing.kind = Behaviour::Kind::hang_up;
    const FakeNode paused({nothing});
    REQUIRE(stage.submit(paused.url(), {"--key", "lender"}).code == 4);
    REQUIRE(stage.kept().size() == 1);
    const std::string kept = stage.kept().front();
    for (const auto& [status, code] :
         {std::pair(503, "overloaded"), std::pair(503, "storage_full"),
          std::pair(403, "bad_signature"), std::pair(403, "key_not_valid"),
          std::pair(409, "duplicate"), std::pair(422, "expired"), std::pair(404, "not_found")}) {
        const FakeNode node({problem(status, code)});
        for (const std::string& file : {stage.draft, kept}) {
            std::vector<std::string> words{"submit", file,       "--dir",     stage.dir,
                                           "--url",  node.url(), "--timeout", "1"};
            if (file == stage.draft) words.insert(words.end(), {"--key", "lender"});
            const Said said = run(words);
            INFO(code << ": " << said.err);
            CHECK(said.code == 4);
            CHECK(contains(said.err, "error[outcome_unknown]"));
            CHECK(contains(said.err, code));
            CHECK_FALSE(contains(said.err, "never will"));
            CHECK_FALSE(contains(said.err, "removed"));
            CHECK(contains(said.err, "sending it again is safe: tallystick submit '" + kept + "'"));
            CHECK(stage.kept() == std::vector<std::string>{kept});
        }
    }
}

TEST_CASE("A submission that has expired leaves nothing behind to send again") {
    for (const bool over : {false, true}) {
        const Stage stage;
        REQUIRE(stage
                    .submit(FakeNode::refusing_url(),
                            {"--key", "lender", "--not-after",
                             over ? "2024-01-31T08:30:00.000Z" : "2099-01-31T08:30:00.000Z"})
                    .code == 4);
        REQUIRE(stage.kept().size() == 1);
        const FakeNode node({problem(422, "expired")});
        const FakeNode second({problem(422, "expired")});
        CHECK(stage.submit(node.url(), {"--key", "lender"}).code == 4);
        CHECK(stage.kept().size() == 1);
        const Said said = stage.submit(node.url(), {"--url", second.url(), "--key", "lender"});
        INFO(said.err);
        CHECK(said.code == (over ? 1 : 4));
        CHECK(contains(said.err, "error[expired]") == over);
        CHECK(stage.kept().size() == (over ? 0 : 1));
    }
}

// Goal: whoever ends the command knows what was left, and how to go on.
TEST_CASE("A refusal on record says who has to sign, and that another id is needed") {
    const Stage stage;
    const std::string open = R"({"type":"DAY_OPEN","id":"00112233445566778899aabbccddeeff",)"
                             R"("business_date":"2024-01-31"})";
    (void)stage.scratch.write("my change.json", open);
    Behaviour refused = receipt_for("00112233445566778899aabbccddeeff");
    refused.body.replace(refused.body.find("accepted"), 8, "role_missing");
    // A refusal counts where two nodes say so, and so does the advice of another id.
    const auto answering = [&](const auto& request) {
        Behaviour recorded;
        recorded.body = R"({"entry":4,"block":7,"outcome":"role_missing","transaction":{}})";
        return request.method == "POST"                        ? refused
               : contains(request.target, "/v1/transactions/") ? recorded
                                                               : problem(404, "not_found");
    };
    const FakeNode again(answering);
    const FakeNode other(answering);
    const Said said = stage.submit(again.url(), {"--url", other.url(), "--key", "lender"});
    CHECK(said.code == 1);
    CHECK(contains(said.out, "a DAY_OPEN is signed by a servicer"));
    CHECK_FALSE(contains(said.out, "another id"));
    refused.body.replace(refused.body.find("\"repeated\":false"), 16, "\"repeated\":true");
    const Said repeated =
        stage.submit(again.url(), {"--url", other.url(), "--key", "lender", "--key", "servicer"});
    CHECK(repeated.code == 1);
    CHECK(contains(repeated.out, "a DAY_OPEN is signed by a servicer"));
    CHECK(contains(repeated.out, "to try anew, give it another id, or none for a new one"));
}

TEST_CASE("A page of a proxy keeps what was signed") {
    const Stage stage;
    Behaviour page;
    page.status = 502;
    page.body = "<html>Bad Gateway</html>";
    const FakeNode node({page});
    const Said said = stage.submit(node.url(), {"--key", "lender"});
    CHECK(said.code == 4);
    CHECK(contains(said.err, "error[outcome_unknown]"));
    CHECK(stage.kept().size() == 1);
}

// Goal: no node's word makes anything certified.
TEST_CASE("Certified is what a proof shows, not what a node says") {
    const Stage stage;
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    const std::string kept = stage.kept().front();
    const std::string id = stage.id_in(kept);
    Behaviour said = receipt_for(id);
    said.body.replace(said.body.find("null"), 4, "99");
    Behaviour forged;
    forged.body = R"({"format":"tallystick-proof-v1"})";
    Behaviour missing;
    missing.status = 404;
    for (const Behaviour& proof : {forged, missing}) {
        const FakeNode node({said, proof});
        const Said text = stage.submit(node.url(), {"--key", "lender", "--wait", "certified"});
        CHECK(text.code == 4);
        CHECK_FALSE(contains(text.out, "checkpoint of 99"));
        CHECK(contains(text.err, "error[not_certified]"));
        CHECK(contains(text.err, "the node says so, but"));
        CHECK(stage.kept() == std::vector<std::string>{kept});
        const FakeNode other({said, proof});
        const Said json =
            stage.submit(other.url(), {"--key", "lender", "--wait", "certified", "--json"});
        CHECK(json.code == 4);
        CHECK_FALSE(contains(json.out, "certified_size"));
    }
}

// Goal: one node that says nothing is certified holds nobody up.
TEST_CASE("Where a node knows of no certificate, all are asked for the proof") {
    const Stage stage;
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    const Behaviour receipt = receipt_for(stage.id_in(stage.kept().front()));  // certified: null
    Behaviour forged;
    forged.body = R"({"format":"tallystick-proof-v1"})";
    const FakeNode node({receipt});
    const FakeNode other({forged});
    const Said said =
        stage.submit(node.url(), {"--key", "lender", "--wait", "certified", "--url", other.url()});
    CHECK(said.code == 4);
    CHECK(contains(said.err, "no checkpoint that a majority signed covered it in time: the proof"));
    // It is sent the submission too: what the first one answered may be made up.
    REQUIRE(other.seen().size() >= 2);
    CHECK(contains(other.seen()[0].target, "/v1/proofs/"));
    CHECK(contains(other.seen()[1].target, "/v1/submissions?wait=certified"));
    CHECK(stage.kept().size() == 1);
}

// Goal: nobody takes another process's outcome for an unknown one of his own, and submits anew.
