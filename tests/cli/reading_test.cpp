#include "tests/cli/program.h"
#include "tests/client/fake_node.h"

using namespace tally::cli::testing;
using tally::testing::Behaviour;
using tally::testing::FakeNode;

namespace {

constexpr const char* kId = "33333333333333333333333333333333";

/// A node that answers whatever is asked with this.
std::vector<Behaviour> always(std::string body, int status = 200) {
    Behaviour behaviour;
    behaviour.status = status;
    behaviour.body = std::move(body);
    return {behaviour};
}

std::vector<std::string> with_url(std::vector<std::string> arguments, const FakeNode& node) {
    arguments.insert(arguments.end(), {"--url", node.url()});
    return arguments;
}

}  // namespace

TEST_CASE("Reading commands ask for what their options say") {
    struct Asked {
        std::vector<std::string> arguments;
        std::string target;
    };
    const std::string id = kId;
    for (const Asked& asked : std::initializer_list<Asked>{
             {{"contract", kId}, "/v1/contracts/" + id},
             {{"contract", kId, "--as-of", "2024-04-10"},
              "/v1/contracts/" + id + "?as_of=2024-04-10"},
             {{"line", kId, "--known-at", "0", "--local"},
              "/v1/lines/" + id + "?known_at=0&consistency=local"},
             {{"borrower", kId, "--as-of", "2024-04-10", "--known-at", "17"},
              "/v1/borrowers/" + id + "?as_of=2024-04-10&known_at=17"},
             {{"line", kId, "--history", "--limit", "3"}, "/v1/lines/" + id + "/history?limit=3"},
             {{"ruleset", kId}, "/v1/rulesets/" + id},
             {{"product", kId}, "/v1/products/" + id},
             {{"model", kId}, "/v1/models/" + id},
             {{"assessment", kId}, "/v1/assessments/" + id},
             {{"authorisation", kId, "--local"}, "/v1/authorisations/" + id + "?consistency=local"},
             {{"days"}, "/v1/days"},
             {{"days", "--trial-balance", "2024-01-31"}, "/v1/trial-balance?day=2024-01-31"}}) {
        // What every document of its kind has, and nothing else that could be shown.
        const FakeNode node(always(R"({"status":"","lines":[],"items":[],"entry":1,"rows":[],)"
                                   R"("open":[]})"));
        const Said said = run(with_url(asked.arguments, node));
        INFO(said.err);
        CHECK(said.code == 0);
        REQUIRE(node.seen().size() == 1);
        CHECK(node.seen()[0].target == asked.target);
    }
}

// Goal: a node's words, good ones and refusals, come out escaped from every command that reads.
TEST_CASE("What a node says reaches the terminal escaped") {
    const std::string hostile = R"(\u001b[2J\nVERIFIED: accepted\u009b\u202e\u2028)";
    const std::string problem = R"({"code":"not_found\u001b","detail":")" + hostile + R"("})";
    const std::string good = R"({"line":")" + hostile + R"(","status":")" + hostile +
                             R"(","currency":")" + hostile + R"(","type":")" + hostile +
                             R"(","outcome":")" + hostile + R"(","entries":[],"name":")" + hostile +
                             R"(","kind":"transaction","lines":[],"items":[{"type":")" + hostile +
                             R"("}],"entry":1,"open":[")" + hostile + R"("]})";
    for (const std::vector<std::string>& arguments :
         std::initializer_list<std::vector<std::string>>{{"contract", kId},
                                                         {"line", kId},
                                                         {"line", kId, "--history"},
                                                         {"borrower", kId},
                                                         {"ruleset", kId},
                                                         {"model", kId},
                                                         {"days"},
                                                         {"entry", "5"},
                                                         {"transaction", kId}}) {
        for (const bool refused : {true, false}) {
            for (const bool json : {true, false}) {
                const FakeNode node(refused ? always(problem, 404) : always(good));
                auto asked = with_url(arguments, node);
                if (json) asked.emplace_back("--json");
                const Said said = run(asked);
                INFO(arguments.front() << " " << said.out << said.err);
                for (const std::string& text : {said.out, said.err}) {
                    CHECK(text.find('\x1b') == std::string::npos);
                    CHECK(text.find("\xc2\x9b") == std::string::npos);
                    CHECK(text.find("\xe2\x80\xae") == std::string::npos);
                    CHECK(text.find("\nVERIFIED") == std::string::npos);
                }
            }
        }
    }
}

TEST_CASE("Reading commands refuse what is no id and no date, and ask nobody") {
    for (const std::vector<std::string>& wrong : std::initializer_list<std::vector<std::string>>{
             {"contract", "abc"},
             {"contract", kId, "--as-of", "2024-02-30"},
             {"contract", kId, "--as-of", "yesterday"},
             {"contract", kId, "--known-at", "-1"},
             {"contract", kId, "--history", "--as-of", "2024-02-29"},
             {"contract", kId, "--lang", "fr"},
             {"member", "lender", "--as-of", "2024-02-29"},
             {"product", "abc"},
             {"days", "--trial-balance", "soon"}}) {
        const FakeNode node(always("{}"));
        const Said said = run(with_url(wrong, node));
        INFO(wrong.front() << " " << wrong.back() << said.err);
        CHECK(said.code == 2);
        CHECK(contains(said.err, "error[usage]: "));
        CHECK(node.seen().empty());
    }
}

TEST_CASE("With --json the node's document is printed, whatever the language") {
    const FakeNode node(always(R"({"id":"1","status":"ACTIVE"})"));
    const Said said = run(with_url({"line", kId, "--json", "--lang", "zh"}, node));
    CHECK(said.code == 0);
    CHECK(said.out == "{\"id\":\"1\",\"status\":\"ACTIVE\"}\n");
    const FakeNode missing(
        always(R"({"code":"not_found","detail":"line 1 as of 2024-01-01"})", 404));
    const Said nothing = run(with_url({"line", kId, "--lang", "zh"}, missing));
    CHECK(nothing.code == 1);
    CHECK(nothing.err == "error[not_found]: line 1 as of 2024-01-01\n");
}

TEST_CASE("What was registered is shown as fields and tables") {
    const FakeNode node(always(R"({"product":"02","ruleset":"01","currency":"CNY",
      "method":"equal_principal","minimum":100,"apr_cap_ppm":240000,
      "terms":[{"band":1,"periods":3,"rate_ppm":5000},{"band":1,"periods":12,"rate_ppm":6000}],
      "owner":{"member":"0a","name":"lender"},"entry":3})"));
    const Said said = run(with_url({"product", kId}, node));
    INFO(said.out);
    CHECK(contains(said.out, "minimum      1.00 CNY\n"));
    CHECK(contains(said.out, "apr cap ppm  24 %\n"));
    CHECK(contains(said.out, "owner        lender\n"));
    CHECK(contains(said.out, "band  periods  rate ppm\n"));
    CHECK(contains(said.out, "   1       12     0.6 %\n"));
    const FakeNode ruleset(
        always(R"({"bucket_days":[30,60],"order":["penalty","fee"],"entry":1})"));
    const Said rules = run(with_url({"ruleset", kId}, ruleset));
    CHECK(contains(rules.out, "bucket days  30, 60\n"));
    CHECK(contains(rules.out, "order        penalty, fee\n"));
}

TEST_CASE("Days and their trial balance are shown, debits and credits apart") {
    const FakeNode days(always(R"({"last_closed":null,"open":["2024-01-31"],"books":[
      {"lender":{"member":"0a","name":"lender"},"currency":"CNY"},
      {"lender":{"member":"0b","name":"lender-b"},"currency":"EUR"}]})"));
    CHECK(run(with_url({"days"}, days)).out ==
          "last closed  none\n"
          "open         2024-01-31\n"
          "books        lender CNY, lender-b EUR\n");
    const FakeNode balance(always(R"({"day":"2024-01-31","closed":false,"rows":[
      {"lender":{"member":"0a","name":"lender"},
       "currency":"CNY","account":4,"name":"receivable principal","balance":66667},
      {"lender":{"member":"0a","name":"lender"},
       "currency":"CNY","account":6,"name":"merchant payable","balance":-9223372036854775808}]})"));
    CHECK(run(with_url({"days", "--trial-balance", "2024-01-31"}, balance)).out ==
          "lender  currency  account  name                   debit                     credit\n"
          "lender  CNY             4  receivable principal  666.67\n"
          "lender  CNY             6  merchant payable              92,233,720,368,547,758.08\n");
}

// Goal: nobody takes what one node does not have for what is on no record.
TEST_CASE("What no majority confirms to be missing is said to be so") {
    const Scratch scratch;
    const std::string dir = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", dir}).code == 0);
    const std::string words = "not on record at this node, which no majority confirms";
    for (const bool stale : {true, false}) {
        auto missing = always(R"({"code":"not_found","detail":"no such thing"})", 404);
        if (stale) missing[0].headers = {{"Tally-Stale", "true"}};
        const FakeNode node(missing);
        for (std::vector<std::string> arguments :
             {std::vector<std::string>{"contract", kId},
              {"entry", "7"},
              {"transaction", kId, "--dir", dir},
              {"transaction", kId, "--dir", dir, "--member", "lender"}}) {
            const Said said = run(with_url(arguments, node));
            INFO(said.err);
            CHECK(said.code == 1);
            CHECK(said.err.starts_with("error[not_found]: "));
            CHECK(contains(said.err, words) == stale);
            arguments.emplace_back("--json");
            CHECK(contains(run(with_url(arguments, node)).out, words) == stale);
        }
    }
}
