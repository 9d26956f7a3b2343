// What one node alone says is on record decides nothing: not what is signed, not what is left out
// of an import, not what a check counts, and not what anybody is advised to send again.

#include <atomic>
#include <boost/json.hpp>
#include <map>

#include "api/ids.h"
#include "book/remote_records.h"
#include "cli/importer.h"
#include "client/proof.h"
#include "ledger/records.h"
#include "tests/cli/offline.h"
#include "tests/client/evidence.h"

using namespace tally;
using namespace tally::cli::testing;
using tally::testing::SeenRequest;

namespace {

Behaviour ok(const std::string& body) {
    Behaviour answer;
    answer.headers = {{"Content-Type", "application/json"}};
    answer.body = body;
    return answer;
}

/// The member whose history is asked for, as the program names it.
std::string member_in(const std::string& target) {
    const std::size_t begin = std::string("/v1/members/").size();
    return target.substr(begin, target.find('/', begin) - begin);
}

std::string recorded(const std::string& id, const std::string& outcome, const std::string& member,
                     int entry = 21) {
    return R"({"entry":)" + std::to_string(entry) + R"(,"block":7,"outcome":")" + outcome +
           R"(","type":"LIMIT_CHANGE","submitter":{"member":")" + member +
           R"(","name":"lender"},"transaction":{"type":"LIMIT_CHANGE","id":")" + id +
           R"(","business_date":"2025-01-01","value_date":"2025-01-01","line":")" + kOne +
           R"(","limit":100}})";
}

/// What a node says is on record: an outcome, or nothing. Once something was booked, or from the
/// beginning.
struct Word {
    std::string outcome = {};  ///< empty: it is not on record
    int times = 1;
    bool always = false;
    std::string history = {};  ///< instead of what follows from the others
    std::string days = R"({"last_closed":null,"open":["2026-02-28"]})";
};

/// A network whose nodes book in common, and of which each says what it likes.
struct Network {
    std::atomic<bool> booked{false};
    std::string id = kTwo;

    FakeNode::Answering saying(const Word& word, bool books = true) {
        return [this, word, books](const SeenRequest& request) {
            const bool there = !word.outcome.empty() && (word.always || booked);
            if (request.method == "POST") {
                if (!books) return problem(503, "overloaded");
                booked = true;
                auto receipt = boost::json::parse(tally::testing::kReceipt);
                auto& one = receipt.as_object()["transactions"].as_array()[0].as_object();
                one["id"] = id;
                return ok(boost::json::serialize(receipt));
            }
            if (request.target.starts_with("/v1/days")) return ok(word.days);
            if (contains(request.target, "/history")) {
                if (!word.history.empty()) return ok(word.history);
                std::string items;
                for (int i = 0; there && i < word.times; ++i) {
                    items += (i == 0 ? "" : ",") +
                             recorded(id, word.outcome, member_in(request.target), 21 - i);
                }
                return ok(R"({"items":[)" + items + R"(],"next":null})");
            }
            if (request.target.starts_with("/v1/transactions/") && there &&
                contains(request.target, id)) {
                return ok(recorded(id, word.outcome, "x"));
            }
            if (request.target.starts_with("/v1/proofs/")) return problem(409, "not_certified");
            if (request.target.starts_with("/v1/records/")) {
                const std::string key = request.target.substr(12, request.target.find('?') - 12);
                return ok(R"({"key":")" + key + R"(","value":null})");
            }
            return problem(404, "not_found");
        };
    }
};

/// A command on nodes in this order.
Said run_on(std::vector<std::string> words, const std::vector<const FakeNode*>& nodes) {
    for (const FakeNode* node : nodes) words.insert(words.end(), {"--url", node->url()});
    words.insert(words.end(), {"--timeout", "2"});
    return run(words);
}

}  // namespace

// Goal: no single node chooses what a member signs.
TEST_CASE("What a draft leaves out is not what one node alone says is on record") {
    const Offline offline;
    Network network;
    const std::string draft =
        offline.scratch.write("draft.json", R"({"type":"LIMIT_CHANGE","id":")" + kTwo +
                                                R"(","line":")" + kOne + R"(","limit":5})");
    const FakeNode liar(network.saying({.outcome = "accepted", .always = true}));
    const FakeNode two(network.saying({}));
    const FakeNode three(network.saying({}));
    const FakeNode four(network.saying({.outcome = "accepted", .always = true}));
    const std::vector<std::string> words{"submit", draft,       "--key",    "lender",
                                         "--dir",  offline.dir, "--dry-run"};
    const auto value_date = [](const Said& said) {
        INFO(said.err);
        REQUIRE(said.code == 0);
        return std::string(boost::json::parse(said.out).at(0).at("value_date").as_string());
    };
    for (const auto& nodes :
         {std::vector<const FakeNode*>{&liar, &two, &three},
          std::vector<const FakeNode*>{&liar, &two}, std::vector<const FakeNode*>{&liar}}) {
        const Said lied = run_on(words, nodes);
        CHECK(value_date(lied) == "2026-02-28");
        INFO(lied.err);
        const std::string note = "note: " + liar.url() + " says that " + kTwo + " is on record";
        // Two that deny it end the question, before or after the liar has answered.
        CHECK((nodes.size() == 3 || contains(lied.err, note)));
    }
    // Two nodes that say the same are believed: then it is a retry.
    const Said retried = run_on(words, {&two, &liar, &four});
    CHECK(value_date(retried) == "2025-01-01");
    CHECK_FALSE(contains(retried.err, "note: "));
}

TEST_CASE("The open day of a draft is what two nodes say") {
    const Offline offline;
    Network network;
    const std::string draft = offline.scratch.write(
        "draft.json", R"({"type":"LIMIT_CHANGE","line":")" + kOne + R"(","limit":5})");
    const FakeNode liar(network.saying({.days = R"({"last_closed":null,"open":["2026-02-03"]})"}));
    const FakeNode two(network.saying({}));
    const FakeNode three(network.saying({}));
    const std::vector<std::string> words{"submit", draft,       "--key",    "lender",
                                         "--dir",  offline.dir, "--dry-run"};
    const Said said = run_on(words, {&liar, &two, &three});
    INFO(said.err);
    CHECK(contains(said.out, "2026-02-28"));
    const Said undecided = run_on(words, {&liar, &two});
    CHECK(undecided.code != 0);
    CHECK(contains(undecided.err, "business_date: is missing"));
    CHECK(contains(undecided.err, liar.url() + " says [\"2026-02-03\"]"));
    CHECK(contains(undecided.err, two.url() + " says [\"2026-02-28\"]"));
}

// Goal: no single node chooses the claims that a member signs.
TEST_CASE("What a draft has to claim is what two nodes propose") {
    const Offline offline;
    const std::string draft = offline.scratch.write(
        "draft.json", R"({"type":"REPAYMENT","business_date":"2026-02-28","contract":")" + kTwo +
                          R"(","amount":500,"source_ref":"ref-1"})");
    const std::string purchase = offline.scratch.write(
        "purchase.json", R"({"type":"CAPTURE","business_date":"2026-02-28","contract":")" + kTwo +
                             R"(","line":")" + kOne + R"(","product":")" + kOne +
                             R"(","principal":1000,"terms_hash":")" + kHash +
                             R"(","shares":[{"funder":"lender","share":1000000}],"periods":3})");
    const auto proposing = [](const std::string& component, int rows_more = 0) {
        return [component, rows_more](const SeenRequest& request) {
            if (!request.target.starts_with("/v1/proposals")) return problem(404, "not_found");
            auto transaction = boost::json::parse(request.body).as_object();
            if (transaction.contains("allocation")) {
                transaction["allocation"] = boost::json::parse(R"([{"instalment":0,"component":")" +
                                                               component + R"(","amount":500}])");
            }
            if (auto* rows = transaction.if_contains("schedule")) {
                for (int i = 0; i < rows_more; ++i) {
                    rows->as_array().emplace_back(rows->as_array().front());
                }
            }
            return ok(boost::json::serialize(boost::json::object{
                {"outcome", "accepted"}, {"outcome_text", ""}, {"transaction", transaction}}));
        };
    };
    const FakeNode liar(proposing("principal", 3));
    const FakeNode two(proposing("fee"));
    const FakeNode three(proposing("fee"));
    const auto dry = [&](const std::string& file) {
        return std::vector<std::string>{"submit", file,        "--key",    "lender",
                                        "--dir",  offline.dir, "--dry-run"};
    };
    for (const auto& nodes : {std::vector<const FakeNode*>{&liar, &two, &three},
                              std::vector<const FakeNode*>{&two, &liar, &three}}) {
        const Said said = run_on(dry(draft), nodes);
        INFO(said.err);
        CHECK(said.code == 0);
        CHECK(contains(said.out, "\"fee\""));
        CHECK_FALSE(contains(said.out, "\"principal\""));
    }
    const Said undecided = run_on(dry(draft), {&liar, &two});
    CHECK(undecided.code == 1);
    CHECK(contains(undecided.err, "no two nodes say the same of what it has to claim"));
    CHECK(contains(undecided.err, liar.url()));
    CHECK(contains(undecided.err, two.url()));
    // Also where nobody else is named, it was asked for so many instalments.
    const Said longer = run_on(dry(purchase), {&liar});
    INFO(longer.err);
    CHECK(longer.code == 1);
    CHECK(contains(longer.err, liar.url() + ": proposes another number of instalments"));
}

// Goal: nor the records that claims are computed from here.
TEST_CASE("A book is planned on records that two nodes say alike") {
    const Offline offline;
    Network network;
    const FakeNode two(network.saying({}));
    const FakeNode three(network.saying({}));
    const FakeNode liar([&](const SeenRequest& request) {
        if (!request.target.starts_with("/v1/records/")) return network.saying({})(request);
        const std::string key = request.target.substr(12, request.target.find('?') - 12);
        return ok(R"({"key":")" + key + R"(","value":"AAAA"})");
    });
    for (const auto& nodes : {std::vector<const FakeNode*>{&liar, &two, &three},
                              std::vector<const FakeNode*>{&two, &liar, &three}}) {
        std::vector<std::string> urls;
        for (const FakeNode* node : nodes) urls.push_back(node->url());
        auto client = client::Client::create(urls);
        REQUIRE(client);
        const auto value = book::RemoteRecords(*client).get(ledger::days_key());
        REQUIRE(value);
        CHECK_FALSE(value->has_value());
    }
}

// Goal: nothing is taken for booked that was never sent.
TEST_CASE("An import sends what one node alone says is on record") {
    const Offline offline;
    Network network;
    const std::string book = offline.scratch.write("book.csv", kHeader + change(kTwo, "100"));
    const FakeNode liar(network.saying({.outcome = "accepted", .always = true}, false));
    const FakeNode two(network.saying({.outcome = "accepted"}));
    const FakeNode three(network.saying({.outcome = "accepted"}));
    const std::vector<std::string> words{"import", book,        "--key",  "lender",
                                         "--dir",  offline.dir, "--check"};
    const Said said = run_on(words, {&liar, &two, &three});
    INFO(said.out << said.err);
    CHECK(said.code == 0);
    CHECK(posts(two).size() + posts(three).size() == 1);
    CHECK(contains(said.out, "replayed      0"));
    CHECK(contains(said.out, "1 of 1 acknowledged"));
    const std::size_t before = posts(two).size() + posts(three).size();
    const Said again = run_on(words, {&liar, &two, &three});
    CHECK(contains(again.out, "replayed      1"));
    CHECK(posts(two).size() + posts(three).size() == before);
}

// Goal: nobody gives a row that was booked another id because one node says that it was refused.
TEST_CASE("A refusal on record that one node alone says is no reason for another id") {
    const Offline offline;
    Network network;
    network.booked = true;
    const std::string book = offline.scratch.write("book.csv", kHeader + change(kTwo, "100"));
    const FakeNode liar(network.saying({.outcome = "limit_exceeded"}));
    const FakeNode two(network.saying({.outcome = "accepted"}));
    const FakeNode three(network.saying({.outcome = "accepted"}));
    const FakeNode four(network.saying({.outcome = "limit_exceeded"}));
    const std::vector<std::string> words{"import", book, "--key", "lender", "--dir", offline.dir};
    const Said said = run_on(words, {&liar, &two, &three});
    INFO(said.out << said.err);
    CHECK(said.code == 0);
    CHECK(contains(said.out, "accepted      1"));
    CHECK_FALSE(contains(said.out, "another `id`"));
    // Alone it is believed to have it on record, and nobody is told to try it anew.
    const Said alone = run_on(words, {&liar});
    CHECK(contains(alone.out, "refused       1"));
    CHECK(contains(alone.out, "Give no such row another `id`"));
    CHECK_FALSE(contains(alone.out, "write another `id`"));
    // Two say so: then it helps.
    CHECK(contains(run_on(words, {&four, &liar}).out, "write another `id`"));
}

// Goal: a check counts what is shown, and says which node says otherwise.
TEST_CASE("A check of an import holds against one lying node, and names it") {
    const Offline offline;
    const std::string book = offline.scratch.write("book.csv", kHeader + change(kTwo, "100"));
    const std::vector<std::string> words{"import", book,        "--key",  "lender",
                                         "--dir",  offline.dir, "--check"};
    for (const Word& lie :
         {Word{.outcome = ""}, Word{.outcome = "accepted", .times = 2},
          Word{.outcome = "limit_exceeded"},
          Word{.outcome = "accepted", .history = R"({"items":[{"entry":1}],"next":"900"})"},
          Word{.outcome = "accepted", .history = R"({"items":[],"next":"900"})"}}) {
        Network network;
        const FakeNode liar(network.saying(lie, false));
        const FakeNode two(network.saying({.outcome = "accepted"}));
        const FakeNode three(network.saying({.outcome = "accepted"}));
        const Said said = run_on(words, {&liar, &two, &three});
        INFO(lie.outcome << lie.history << said.out << said.err);
        CHECK(said.code == 0);
        CHECK(contains(said.out, "1 of 1 acknowledged"));
        CHECK(contains(said.out, "doubled  0"));
        CHECK(contains(said.out + said.err, liar.url() + (lie.history.empty() ? " says " : ": ")));
    }
    // Its word alone is not counted.
    Network network;
    const FakeNode only(network.saying({.outcome = "accepted"}));
    const Said said = run_on(words, {&only});
    CHECK(said.code == 3);
    CHECK(contains(said.out, "0 of 1 acknowledged"));
    CHECK(contains(said.out, "nothing shows what became of it"));
}

TEST_CASE("A row that no two nodes say the same of is shown by its proof") {
    const tally::testing::Evidence evidence;
    const std::uint64_t entry = evidence.last_transaction();
    const auto proof = evidence.proof_of(entry);
    const auto report = client::verify_proof(tally::testing::text_of(proof), evidence.genesis());
    REQUIRE(report.verified);
    cli::Acknowledged row;
    row.id = proof.transaction->id;
    row.submitter = *api::id_from_text<ledger::MemberId>(report.submitter);
    row.outcome = "accepted";
    row.entry = entry;
    const auto node_saying = [&](const std::string& outcome) {
        const std::string item = outcome.empty()
                                     ? ""
                                     : recorded(report.transaction_id, outcome, report.submitter,
                                                static_cast<int>(entry));
        return [&, item](const SeenRequest& request) {
            return ok(request.target.starts_with("/v1/proofs/")
                          ? tally::testing::text_of(proof)
                          : R"({"items":[)" + item + R"(],"next":null})");
        };
    };
    for (const std::string outcome : {"accepted", "limit_exceeded", ""}) {
        const FakeNode node(node_saying(outcome));
        auto client = client::Client::create(std::vector<std::string>{node.url()});
        auto check = cli::check_history(*client, evidence.genesis(), {row}, 0, {});
        REQUIRE(check);
        CHECK(check->holds());
        CHECK(check->proven == 1);
        CHECK(check->differing == (outcome == "accepted" ? 0U : 1U));
        // What was answered is not what is on record.
        cli::Acknowledged lied = row;
        lied.outcome = "limit_exceeded";
        check = cli::check_history(*client, evidence.genesis(), {lied}, 0, {});
        REQUIRE(check);
        CHECK_FALSE(check->holds());
    }
}

// Goal: every walk through a history ends.
TEST_CASE("A history that goes in a circle is a bad answer of that node") {
    const Offline offline;
    const std::string turning = R"({"items":[{"entry":900},{"entry":899}],"next":"900"})";
    const FakeNode liar([&](const SeenRequest&) { return ok(turning); });
    const FakeNode good([&](const SeenRequest& request) {
        return contains(request.target, "cursor") ? ok(R"({"items":[{"entry":1}],"next":null})")
                                                  : ok(R"({"items":[{"entry":900}],"next":"899"})");
    });
    const std::vector<std::string> words{"line", kOne,    "--history", "--limit",
                                         "0",    "--dir", offline.dir};
    const Said alone = run_on(words, {&liar});
    INFO(alone.err);
    CHECK(alone.code == 1);
    CHECK(contains(alone.err, "error[bad_answer]: " + liar.url() +
                                  ": a page of a history goes from entry 899 to entry 900"));
    CHECK(liar.seen().size() == 2);
    const Said other = run_on(words, {&liar, &good});
    CHECK(other.code == 0);
}

TEST_CASE("A history that begins where the log has not come yet is passed over") {
    const Offline offline;
    const FakeNode liar([&](const SeenRequest& request) {
        const auto at = request.target.find("cursor=");
        const std::uint64_t top =
            at == std::string::npos ? 1ULL << 53 : std::stoull(request.target.substr(at + 7));
        return ok(R"({"items":[{"entry":)" + std::to_string(top - 1) + R"(}],"next":")" +
                  std::to_string(top - 1) + "\"}");
    });
    const auto honest = [](const SeenRequest& request) {
        return contains(request.target, "cursor") ? ok(R"({"items":[{"entry":1}],"next":null})")
                                                  : ok(R"({"items":[{"entry":900}],"next":"899"})");
    };
    const FakeNode two(honest);
    const FakeNode three(honest);
    const Said said = run_on({"line", kOne, "--history", "--limit", "0", "--dir", offline.dir},
                             {&liar, &two, &three});
    INFO(said.err);
    CHECK(said.code == 0);
    CHECK(contains(said.out, "900"));
    CHECK(liar.seen().size() < 5);
}

// Goal: what one node leaves out is not shown as all that there is.
TEST_CASE("A history that leaves something out is passed over") {
    const Offline offline;
    const auto item = [](int entry, const std::string& previous) {
        return R"({"entry":)" + std::to_string(entry) + R"(,"links":[{"class":"line","id":")" +
               kOne + R"(","sequence":1,"previous":)" + previous + "}]}";
    };
    const auto page = [](const std::string& items) {
        return [items](const SeenRequest&) {
            return ok(R"({"items":[)" + items + R"(],"next":null})");
        };
    };
    const auto honest = [&](const SeenRequest& request) {
        const bool one =
            contains(request.target, "limit=1&") || request.target.ends_with("limit=1");
        return ok(R"({"items":[)" + item(900, "800") +
                  (one ? R"(],"next":"900"})"
                       : "," + item(800, "700") + "," + item(700, "null") + R"(],"next":null})"));
    };
    const FakeNode two(honest);
    const FakeNode three(honest);
    const std::vector<std::string> words{"line", kOne, "--history", "--dir", offline.dir};
    const std::string nothing;
    const std::string without_newest = item(800, "700") + "," + item(700, "null");
    const std::string without_middle = item(900, "800") + "," + item(700, "null");
    const std::string without_oldest = item(900, "800") + "," + item(800, "700");
    for (const std::string& items : {nothing, without_newest, without_middle, without_oldest}) {
        const FakeNode liar(page(items));
        const Said said = run_on(words, {&liar, &two, &three});
        INFO(items << "\n" << said.err);
        CHECK(said.code == 0);
        for (const char* entry : {"900", "800", "700"}) CHECK(contains(said.out, entry));
    }
    // Alone it is found out by the links that it gives itself.
    for (const std::string& items : {without_middle, without_oldest}) {
        const FakeNode liar(page(items));
        const Said said = run_on(words, {&liar});
        CHECK(said.code == 1);
        CHECK(contains(said.err, "a page of a history leaves out entry"));
    }
}

TEST_CASE("A document is what two nodes say, or is shown as the word of one") {
    const Offline offline;
    const auto saying = [](const std::string& amount) {
        return [amount](const SeenRequest&) {
            return ok(R"({"kind":"transaction","entry":7,"outcome":"accepted","type":"WAIVE",)"
                      R"("transaction":{"amount":)" +
                      amount + "}}");
        };
    };
    const FakeNode liar(saying("111"));
    const FakeNode two(saying("222"));
    const FakeNode three(saying("222"));
    const std::vector<std::string> words{"entry", "7", "--json", "--dir", offline.dir};
    const Said said = run_on(words, {&liar, &two, &three});
    INFO(said.out << said.err);
    CHECK(said.code == 0);
    CHECK(contains(said.out, "222"));
    CHECK(said.err.empty());
    const Said torn = run_on(words, {&liar, &two});
    CHECK(torn.code == 0);
    CHECK(contains(torn.err, "note: this is the word of http://127.0.0.1:"));
    CHECK(run_on(words, {&liar}).err.empty());  // nobody else was named
}

TEST_CASE("A list is what two nodes say") {
    const Offline offline;
    const auto rows = [](const std::string& items) {
        return [items](const SeenRequest&) {
            return ok(R"({"items":[)" + items + R"(],"next":null,"as_of":"2024-04-10"})");
        };
    };
    const std::string both = R"({"id":"33"},{"id":"44"})";
    const FakeNode two(rows(both));
    const FakeNode three(rows(both));
    for (const std::string& items : {std::string(), std::string(R"({"id":"44"})")}) {
        const FakeNode liar(rows(items));
        for (const char* plural : {"lines", "contracts", "borrowers"}) {
            const Said said = run_on({plural, "--dir", offline.dir}, {&liar, &two, &three});
            INFO(plural << items << said.err);
            CHECK(said.code == 0);
            CHECK(contains(said.out, "33"));
            CHECK(contains(said.out, "44"));
        }
    }
}

TEST_CASE("A cursor that no other node knows is told with who gave it") {
    const Offline offline;
    const FakeNode liar([&](const SeenRequest& request) {
        if (contains(request.target, "limit=1&") || request.target.ends_with("limit=1")) {
            return ok(R"({"items":[{"entry":900}],"next":"899"})");
        }
        if (contains(request.target, "cursor")) return hang_up();
        return ok(R"({"items":[{"entry":900}],"next":"77"})");
    });
    const FakeNode good([&](const SeenRequest& request) {
        if (request.target.ends_with("limit=1"))
            return ok(R"({"items":[{"entry":900}],"next":"899"})");
        if (!contains(request.target, "cursor")) return hang_up();
        Behaviour answer;
        answer.status = 400;
        answer.body =
            R"({"status":400,"code":"invalid_argument","detail":"cursor: not this account's"})";
        return answer;
    });
    const Said said =
        run_on({"line", kOne, "--history", "--limit", "0", "--dir", offline.dir}, {&liar, &good});
    INFO(said.err);
    CHECK(said.code == 1);
    CHECK(contains(said.err, "error[bad_answer]: " + liar.url() + ": its page of the history"));
}

TEST_CASE("A list without rows and without an end ends with the user's patience") {
    const Offline offline;
    std::atomic<int> pages{0};
    const FakeNode liar([&](const SeenRequest&) {
        return ok(R"({"items":[],"next":")" + std::to_string(++pages) + "\"}");
    });
    const Said said = run_on({"contracts", "--dir", offline.dir}, {&liar});
    INFO(said.err);
    CHECK(said.code == 1);
    CHECK(contains(said.err, "error[bad_answer]: " + liar.url()));
    CHECK(contains(said.err, "without a row"));
}
