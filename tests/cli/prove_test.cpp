#include <boost/json.hpp>
#include <initializer_list>
#include <set>

#include "api/ids.h"
#include "cli/certification.h"
#include "client/proof.h"
#include "client/trust.h"
#include "tests/cli/program.h"
#include "tests/client/evidence.h"
#include "tests/client/fake_node.h"

using namespace tally;
using namespace tally::cli::testing;
using testing::Behaviour;
using testing::Evidence;
using testing::FakeNode;
using testing::id_of;

namespace {

/// Evidence whose last transaction was refused, and the file that names its network.
struct Proven {
    Evidence evidence;
    Scratch scratch;
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::string trust;

    Proven() {
        accepted = evidence.last_transaction();
        auto& book = evidence.book();
        REQUIRE(book.capture(id_of<ledger::ContractId>(9), id_of<ledger::LineId>(1), 900'000) ==
                ledger::Outcome::limit_exceeded);
        book.seal();
        refused = evidence.last_transaction();
        trust = scratch.write("network.pub", client::NetworkTrust::of(evidence.genesis()).encode());
    }
    std::string proof(std::uint64_t entry) const {
        return testing::text_of(evidence.proof_of(entry));
    }
    std::string id(std::uint64_t entry) const {
        return api::id_text(evidence.proof_of(entry).transaction->id);
    }
    Said verify(std::uint64_t entry, const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments{"verify", scratch.write("proof.json", proof(entry)),
                                           "--trust", trust};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }
    /// `prove` of what a node answers in turn.
    Said prove(std::vector<std::string> arguments, const std::vector<std::string>& answers) const {
        std::vector<Behaviour> script;
        for (const std::string& answer : answers) script.emplace_back().body = answer;
        const FakeNode node(script);
        arguments.insert(arguments.begin(), "prove");
        for (const std::string& more :
             {std::string("--url"), node.url(), std::string("--trust"), trust}) {
            arguments.push_back(more);
        }
        return run(arguments);
    }
};

std::string found_at(std::uint64_t entry) {
    return R"({"outcome":"accepted","entry":)" + std::to_string(entry) + "}";
}

}  // namespace

// Goal: nobody, person or program, takes a proven refusal for a proven payment.
TEST_CASE("verify takes no empty expectation for none") {
    for (const std::vector<std::string>& typed :
         {std::vector<std::string>{"--expect", ""}, std::vector<std::string>{"--expect="}}) {
        std::vector<std::string> words{"verify", "proof.json", "--trust", "network.pub"};
        words.insert(words.end(), typed.begin(), typed.end());
        const Said said = run(words);
        INFO(said.err);
        CHECK(said.code == 2);
        CHECK(contains(said.err, "--expect"));
    }
}

TEST_CASE("verify says whether the transaction took effect, and can be told what to expect") {
    const Proven proven;
    const Said good = proven.verify(proven.accepted);
    CHECK(good.code == 0);
    CHECK(good.out.starts_with("VERIFIED: accepted\n"));
    const Said bad = proven.verify(proven.refused);
    CHECK(bad.code == 0);  // it holds
    CHECK(bad.out.starts_with("VERIFIED: REFUSED (limit_exceeded), it had no effect\n"));

    struct Case {
        std::uint64_t entry;
        const char* expect;
        int code;
    };
    for (const Case& one : std::initializer_list<Case>{{proven.accepted, "accepted", 0},
                                                       {proven.accepted, "refused", 3},
                                                       {proven.accepted, "limit_exceeded", 3},
                                                       {proven.refused, "accepted", 3},
                                                       {proven.refused, "refused", 0},
                                                       {proven.refused, "limit_exceeded", 0},
                                                       {proven.refused, "source_ref_used", 3},
                                                       {proven.refused, "limit_exceded", 2}}) {
        const Said said = proven.verify(one.entry, {"--expect", one.expect});
        INFO(one.entry << " " << one.expect << " " << said.err);
        CHECK(said.code == one.code);
        CHECK(contains(said.err, "error[not_as_expected]") == (one.code == 3));
    }
    const Said json = proven.verify(proven.refused, {"--expect", "accepted", "--json"});
    CHECK(json.code == 3);
    const auto document = boost::json::parse(json.out).as_object();
    CHECK(document.at("verified").as_bool());
    CHECK_FALSE(document.at("accepted").as_bool());
    CHECK(document.at("expected").as_string() == "accepted");
    CHECK_FALSE(document.at("as_expected").as_bool());
}

TEST_CASE("verify under another network's trust file says so") {
    const Proven proven;
    const std::string net = proven.scratch / "net";
    REQUIRE(run({"network", "init", "--dir", net}).code == 0);
    const Said said =
        run({"verify", proven.scratch.write("proof.json", proven.proof(proven.accepted)), "--dir",
             net});
    CHECK(said.code == 3);
    CHECK(said.out.starts_with("FAILED: network\n  another network: "));
    // Whoever hands over a forged network's proof would hand over its trust file too.
    CHECK(contains(said.out, "from somebody whom you trust, not from whoever hands you the proof"));
}

// Goal: a proof that a node sent is looked at before anybody is told that there is one.
TEST_CASE("prove writes what it has verified, and only what it was asked for") {
    const Proven proven;
    const std::string out = proven.scratch / "out.json";
    const std::string id = proven.id(proven.accepted);
    const std::string genuine = proven.proof(proven.accepted);

    const Said good = proven.prove({id, "--member", "servicer", "--out", out},
                                   {found_at(proven.accepted), genuine});
    INFO(good.err);
    CHECK(good.code == 0);
    CHECK(good.out.starts_with("VERIFIED: accepted\n"));
    CHECK(contains(good.out, "--trust " + proven.trust + "\n"));
    CHECK(proven.scratch.read("out.json") == genuine + "\n");
    const std::vector<std::string> again{"--entry", std::to_string(proven.refused), "--out", out,
                                         "--json"};
    const Said kept = proven.prove(again, {proven.proof(proven.refused)});
    CHECK(kept.code == 1);
    CHECK(contains(kept.err, out + ": is there already; it is not replaced"));
    CHECK(proven.scratch.read("out.json") == genuine + "\n");
    std::filesystem::remove(out);
    const Said refused = proven.prove(again, {proven.proof(proven.refused)});
    CHECK(refused.code == 0);
    CHECK_FALSE(boost::json::parse(refused.out).at("accepted").as_bool());
    std::filesystem::remove(out);

    struct Lie {
        std::string what;
        std::vector<std::string> arguments;
        std::vector<std::string> answers;
    };
    std::string altered = genuine;
    altered.replace(altered.find("33833"), 5, "33834");
    const std::string entry = std::to_string(proven.accepted);
    for (const Lie& lie : {Lie{"does not hold: transaction", {"--entry", entry}, {altered}},
                           Lie{"does not hold: format", {"--entry", entry}, {"{}"}},
                           Lie{"proves entry ", {"--entry", entry}, {proven.proof(proven.refused)}},
                           Lie{"proves the transaction ",
                               {id, "--member", "servicer"},
                               {found_at(proven.refused), proven.proof(proven.refused)}},
                           Lie{"proves a transaction that member ",
                               {id, "--member", "lender"},
                               {found_at(proven.accepted), genuine}}}) {
        for (const bool to_file : {true, false}) {
            auto arguments = lie.arguments;
            if (to_file) arguments.insert(arguments.end(), {"--out", out});
            const Said said = proven.prove(arguments, lie.answers);
            INFO(lie.what << " " << said.err);
            CHECK(said.code == 3);
            CHECK(said.err.starts_with("error[bad_proof]: http://127.0.0.1:"));
            CHECK(contains(said.err, ": what the node sent " + lie.what));
            CHECK(said.out.empty());
            CHECK_FALSE(std::filesystem::exists(out));
        }
    }
}

// Goal: nobody has to know who submitted it, and a stranger's use of an id does not count.
TEST_CASE("prove finds who submitted the transaction") {
    const Proven proven;
    const std::string id = proven.id(proven.accepted);
    std::set<std::string> having{"servicer"};
    const FakeNode node([&](const testing::SeenRequest& request) {
        Behaviour answer;
        if (contains(request.target, "/v1/proofs/")) {
            answer.body = proven.proof(proven.accepted);
            return answer;
        }
        for (const std::string& member : having) {
            if (!contains(request.target, "/" + member + "/")) continue;
            answer.body = found_at(proven.accepted);
            return answer;
        }
        if (contains(request.target, "/funder/")) {
            answer.body = R"({"entry":1,"outcome":"key_not_valid"})";
            return answer;
        }
        answer.status = 404;
        answer.body = R"({"status":404,"code":"not_found","detail":"none"})";
        return answer;
    });
    const auto prove = [&] {
        return run({"prove", id, "--url", node.url(), "--trust", proven.trust});
    };
    const Said found = prove();
    INFO(found.err);
    CHECK(found.code == 0);
    CHECK(found.out == proven.proof(proven.accepted) + "\n");
    having.insert("lender");
    const Said doubtful = prove();
    CHECK(doubtful.code == 2);
    CHECK(contains(doubtful.err, "say which one is meant: --member lender or servicer"));
    having.clear();
    const Said none = prove();
    CHECK(none.code == 1);
    CHECK(contains(none.err, id + ": no member has submitted this id"));
    const Said typo =
        run({"prove", id, "--member", "servcer", "--url", node.url(), "--trust", proven.trust});
    CHECK(typo.code == 1);
    CHECK(contains(typo.err,
                   "nor did the network begin with a member of that name; did you mean "
                   "servicer?"));
}

// Goal: no single node stands in the way of a proof, nor has others accused of its lie.
TEST_CASE("prove asks other nodes where the transaction stands") {
    const Proven proven;
    const std::string id = proven.id(proven.accepted);
    const auto saying = [&](std::uint64_t place) {
        return [&, place](const testing::SeenRequest& request) {
            Behaviour answer;
            answer.body = found_at(place);
            if (contains(request.target, "/v1/proofs/")) {
                answer.body =
                    proven.proof(contains(request.target, "/" + std::to_string(proven.accepted))
                                     ? proven.accepted
                                     : proven.refused);
            }
            return answer;
        };
    };
    const FakeNode liar(saying(proven.refused));
    const FakeNode two(saying(proven.accepted));
    const FakeNode three(saying(proven.accepted));
    const auto prove = [&](const std::vector<const FakeNode*>& nodes) {
        std::vector<std::string> words{"prove",    id,        "--member",
                                       "servicer", "--trust", proven.trust};
        for (const FakeNode* node : nodes) words.insert(words.end(), {"--url", node->url()});
        return run(words);
    };
    for (const auto& nodes : {std::vector<const FakeNode*>{&liar, &two, &three},
                              std::vector<const FakeNode*>{&liar, &two}}) {
        const Said said = prove(nodes);
        INFO(said.err);
        CHECK(said.code == 0);
        CHECK(said.out == proven.proof(proven.accepted) + "\n");
    }
    const Said alone = prove({&liar});
    CHECK(alone.code == 3);
    CHECK(contains(alone.err,
                   liar.url() + " says that it stands at entry " + std::to_string(proven.refused)));
}

// Goal: a file without end is no way to stop a verifier.
TEST_CASE("verify reads no more than a proof can have") {
    const Proven proven;
    const std::string huge = proven.scratch.write("huge.json", "");
    std::filesystem::resize_file(huge, std::uintmax_t{6} << 30);
    for (const std::string& file : {std::string("/dev/zero"), huge}) {
        const Said said = run({"verify", file, "--trust", proven.trust});
        CHECK(said.code == 1);
        CHECK(said.err.starts_with("error[too_large]: " + file));
    }
    CHECK(run({"verify", proven.scratch / "", "--trust", proven.trust}).code == 1);
    CHECK(run({"verify", huge, "--trust", "/dev/zero"}).code == 1);
}

// Goal: whoever waited for a certificate is not told "ok" without one.
TEST_CASE("submit --wait certified without a certificate says so and is no success") {
    const Scratch scratch;
    const std::string dir = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", dir}).code == 0);
    const std::string draft =
        scratch.write("change.json", R"({"type":"LIMIT_CHANGE","business_date":"2024-01-31",
        "id":"018f2c3e7a107c4b9d2e0123456789ab",
        "line":"11111111111111111111111111111111","limit":5})");
    const auto submit = [&](const std::string& certified, const std::string& wait) {
        Behaviour answer;
        answer.body = R"({"block":3,"block_time":"2024-01-31T09:00:00.125Z","header_entry":4,
            "replayed":true,"applied_index":3,)" +
                      certified +
                      R"("transactions":[{"id":"018f2c3e7a107c4b9d2e0123456789ab",
            "outcome":"accepted","entry":5,"repeated":true}]})";
        // Of the id nothing was on record when the draft was made whole.
        Behaviour missing;
        missing.status = 404;
        missing.body = R"({"status":404,"code":"not_found","detail":"none"})";
        const FakeNode node([&](const testing::SeenRequest& request) {
            return contains(request.target, "/v1/transactions/") ? missing : answer;
        });
        return run({"submit", draft, "--key", "lender", "--dir", dir, "--url", node.url(), "--wait",
                    wait});
    };
    const Said without = submit("", "certified");
    CHECK(without.code == 4);
    CHECK(contains(without.out, "NOT YET"));
    // It is told as the word of the node that answered.
    CHECK(without.err.starts_with("error[not_certified]: http://127.0.0.1:"));
    CHECK(contains(without.err, " says that it is committed in block 3, but no checkpoint"));
    // A node's word is no certificate: it shows no proof.
    CHECK(submit(R"("certified_size":6,)", "certified").code == 4);
    CHECK(submit("", "committed").code == 0);
}

// Goal: whoever is lied to about an outcome learns the proven one, and does not see the lie as an
// answer.
TEST_CASE("submit --wait certified shows no outcome that a proof contradicts") {
    const Proven proven;
    const auto& network = proven.evidence.genesis();
    const auto report = client::verify_proof(proven.proof(proven.refused), network);
    REQUIRE(report.verified);
    cli::PreparedSubmission prepared;
    prepared.header.signers.resize(1);
    prepared.header.signers[0].member = *api::id_from_text<ledger::MemberId>(report.submitter);
    prepared.transactions = {*proven.evidence.proof_of(proven.refused).transaction};
    prepared.header_bytes = report.header;
    const FakeNode node([&](const testing::SeenRequest&) {
        Behaviour behaviour;
        behaviour.body = proven.proof(proven.refused);
        return behaviour;
    });
    auto client = client::Client::create(std::vector<std::string>{node.url()});
    client::Receipt said;
    said.block = report.block;
    said.header_entry = report.header_entry;
    said.transactions = {{report.transaction_id, "accepted", proven.refused, false}};
    const auto size = cli::proven_size(*client, network, said, prepared);
    REQUIRE_FALSE(size);
    INFO(size.error().context);
    CHECK(client::is(size.error().code, "contradicted"));
    CHECK(contains(size.error().context,
                   "shows the outcome limit_exceeded, where the node answered accepted"));
    said.transactions[0].outcome = "limit_exceeded";
    CHECK(cli::proven_size(*client, network, said, prepared));
    // Also of what was on record before, where it was this submission.
    said.transactions[0].repeated = true;
    said.block = 999;
    CHECK(contains(cli::proven_size(*client, network, said, prepared).error().context,
                   "where the node answered block 999"));
    said.block = report.block;
    said.header_entry = 7;
    CHECK(contains(cli::proven_size(*client, network, said, prepared).error().context,
                   "where the node answered entry 7"));
    said.transactions[0].repeated = false;
    // Somebody else's submission of the same is another entry, whatever became of it.
    prepared.header_bytes.back() ^= 1;
    CHECK(contains(cli::proven_size(*client, network, said, prepared).error().context,
                   "is of another submission of that transaction"));
}

// Goal: what was sent twice and took effect once is never shown as without effect.
TEST_CASE("An attempt at what was on record is no outcome of the transaction") {
    Proven proven;
    auto& book = proven.evidence.book();
    const auto first = *proven.evidence.proof_of(proven.accepted).transaction;
    const std::string id = api::id_text(first.id);
    const auto result = book.submit(std::vector{first}, {&book.cast().servicer()});
    REQUIRE(result.transactions.at(0).repeated);
    book.seal();
    const std::uint64_t attempt = proven.evidence.last_transaction();
    REQUIRE(attempt != proven.accepted);

    const Said verified = proven.verify(attempt);
    INFO(verified.out);
    CHECK(verified.code == 0);
    CHECK(contains(verified.out, "VERIFIED: REPEATED, it was on record before"));
    CHECK_FALSE(contains(verified.out, "REFUSED"));
    CHECK(contains(verified.out, "what became of the transaction"));
    CHECK(proven.verify(attempt, {"--expect", "refused"}).code != 0);
    CHECK(proven.verify(attempt, {"--expect", "accepted"}).code != 0);
    CHECK(proven.verify(attempt, {"--expect", "repeated"}).code == 0);

    const std::vector<std::string> asked{id, "--member", "servicer"};
    const std::string lie = R"({"outcome":"repeated","entry":)" + std::to_string(attempt) + "}";
    const Said said = proven.prove(asked, {lie, proven.proof(attempt)});
    INFO(said.err);
    CHECK(said.code != 0);
    CHECK(said.out.empty());
    const Said hidden = proven.prove(asked, {found_at(attempt), proven.proof(attempt)});
    INFO(hidden.err);
    CHECK(hidden.code == 3);
    CHECK(contains(hidden.err, "proves only an attempt under the id (repeated)"));
    // By its number it is what it is.
    CHECK(proven.prove({"--entry", std::to_string(attempt)}, {proven.proof(attempt)}).code == 0);
}
