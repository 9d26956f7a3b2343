#include <boost/json.hpp>

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
             {{"lines"}, "/v1/lines?limit=20"},
             {{"contracts", "--owner", "len der", "--state", "overdue", "--line", kId, "--limit",
               "0"},
              "/v1/contracts?owner=len%20der&state=OVERDUE&line=" + id + "&limit=200"},
             {{"lines", "--borrower", kId, "--limit", "500", "--local"},
              "/v1/lines?borrower=" + id + "&limit=200&consistency=local"},
             {{"borrowers", "--owner", "lender", "--limit", "7"},
              "/v1/borrowers?owner=lender&limit=7"},
             {{"alert", kId}, "/v1/alerts/" + id},
             {{"alerts", "--owner", "lender", "--rule", "limit_use", "--state", "open",
               "--contract", kId},
              "/v1/alerts?owner=lender&state=OPEN&contract=" + id + "&rule=limit_use&limit=20"},
             {{"alerts", "--pool", kId}, "/v1/alerts?pool=" + id + "&limit=20"},
             {{"pool", kId, "--local"}, "/v1/pools/" + id + "?consistency=local"},
             {{"pool", kId, "--contracts"}, "/v1/pools/" + id + "/contracts?limit=20"},
             {{"pool", kId, "--contracts", "--limit", "0"},
              "/v1/pools/" + id + "/contracts?limit=200"},
             {{"pool", kId, "--history", "--limit", "3"}, "/v1/pools/" + id + "/history?limit=3"},
             {{"pools", "--owner", "lender", "--state", "issued"},
              "/v1/pools?owner=lender&state=ISSUED&limit=20"},
             {{"payment", "bank/1 x"}, "/v1/payments?source_ref=bank%2F1%20x"},
             {{"payment", "r", "--member", "servicer", "--local"},
              "/v1/payments?source_ref=r&member=servicer&consistency=local"},
             {{"day", "2024-01-31"}, "/v1/days/2024-01-31"},
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
    const std::string good =
        R"({"line":")" + hostile + R"(","status":")" + hostile + R"(","currency":")" + hostile +
        R"(","type":")" + hostile + R"(","outcome":")" + hostile + R"(","entries":[],"name":")" +
        hostile + R"(","kind":"transaction","lines":[],"items":[{"type":")" + hostile +
        R"(","id":")" + hostile + R"(","status":")" + hostile + R"(","source_ref":")" + hostile +
        R"(","owner":{"name":")" + hostile + R"("}}],"entry":1,"open":[")" + hostile + R"("]})";
    for (const std::vector<std::string>& arguments :
         std::initializer_list<std::vector<std::string>>{{"contract", kId},
                                                         {"line", kId},
                                                         {"line", kId, "--history"},
                                                         {"borrower", kId},
                                                         {"ruleset", kId},
                                                         {"model", kId},
                                                         {"days"},
                                                         {"day", "2024-01-31"},
                                                         {"lines"},
                                                         {"contracts"},
                                                         {"borrowers"},
                                                         {"alert", kId},
                                                         {"alerts"},
                                                         {"pool", kId},
                                                         {"pool", kId, "--history"},
                                                         {"pools"},
                                                         {"payment", "r"},
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
             {"contracts", "--line", "abc"},
             {"lines", "--borrower", "abc"},
             {"lines", "--owner", ""},
             {"lines", "--state="},
             {"lines", "--limit", "-1"},
             {"lines", "--line", kId},
             {"borrowers", "--state", "ACTIVE"},
             {"alerts", "--contract", "abc"},
             {"alerts", "--rule="},
             {"alerts", "--borrower", kId},
             {"alerts", "--pool", "abc"},
             {"alert", "abc"},
             {"pool", "abc"},
             {"pool", kId, "--limit", "3"},
             {"pool", kId, "--contracts", "--history"},
             {"pool", kId, "--history", "--lang", "zh"},
             {"pool", kId, "--as-of", "2024-02-29"},
             {"pools", "--state="},
             {"pools", "--pool", kId},
             {"contracts", "--lang", "fr"},
             {"payment", ""},
             {"payment", "r", "--member", ""},
             {"day", "2024-02-30"},
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

namespace {

/// A node that answers with these pages, one after the other.
std::vector<Behaviour> pages(const std::vector<std::string>& bodies) {
    std::vector<Behaviour> script;
    for (const std::string& body : bodies) script.push_back(always(body)[0]);
    return script;
}

std::string contract_row(const std::string& id) {
    return R"({"id":")" + id +
           R"(","status":"ACTIVE","state":"OVERDUE","owner":{"member":"0a","name":"lender"},
      "servicer":{"member":"0b","name":"svc"},
      "borrower":"22","line":"11","currency":"CNY","principal":100000,"payable":47836,
      "days_past_due":10,"first_entry":0,"entries":5})";
}

}  // namespace

TEST_CASE("A list goes on over pages, also empty ones, until its limit or its end") {
    const std::vector<std::string> bodies{
        R"({"items":[)" + contract_row("33") + R"(],"next":"a.1","as_of":"2024-04-10"})",
        R"({"items":[],"next":"b.1","as_of":"2024-04-10"})",
        R"({"items":[)" + contract_row("44") + "," + contract_row("55") +
            R"(],"next":null,"as_of":"2024-04-10"})"};
    const FakeNode node(pages(bodies));
    const Said said = run(with_url({"contracts", "--state", "OVERDUE"}, node));
    INFO(said.out << said.err);
    CHECK(said.code == 0);
    CHECK(said.out ==
          "contract  status  state    owner   servicer  borrower     principal     payable  days "
          "past "
          "due  entry\n"
          "33        ACTIVE  OVERDUE  lender  svc       22        1,000.00 CNY  478.36 CNY         "
          "    "
          "10      0\n"
          "44        ACTIVE  OVERDUE  lender  svc       22        1,000.00 CNY  478.36 CNY         "
          "    "
          "10      0\n"
          "55        ACTIVE  OVERDUE  lender  svc       22        1,000.00 CNY  478.36 CNY         "
          "    "
          "10      0\n");
    const auto seen = node.seen();
    REQUIRE(seen.size() == 3);
    CHECK(seen[1].target == "/v1/contracts?state=OVERDUE&limit=19&cursor=a.1");
    CHECK(seen[2].target == "/v1/contracts?state=OVERDUE&limit=19&cursor=b.1");

    const FakeNode one(pages(bodies));
    const Said first = run(with_url({"contracts", "--limit", "1"}, one));
    CHECK(contains(first.out, "... more with --limit 0\n"));
    CHECK(one.seen().size() == 1);
    const FakeNode machine(pages(bodies));
    const Said json = run(with_url({"contracts", "--limit", "0", "--json"}, machine));
    const auto document = boost::json::parse(json.out);
    CHECK(document.at("items").as_array().size() == 3);
    CHECK(document.at("next").is_null());
    CHECK(document.at("as_of") == "2024-04-10");

    // A node that sends a reader round in circles is found out.
    const FakeNode circle(always(R"({"items":[],"next":"a.1"})"));
    const Said round = run(with_url({"lines", "--limit", "0"}, circle));
    CHECK(contains(round.err, "error[bad_answer]: "));
    CHECK(circle.seen().size() == 2);
}

TEST_CASE("Lines and borrowers are listed, members by name, headings in Chinese if asked") {
    const FakeNode lines(always(R"({"items":[{"id":"11","status":"FROZEN",
      "owner":{"member":"0a","name":"lender"},"borrower":"22","currency":"CNY","limit":500000,
      "used":100000,"reserved":0,"available":400000,"contract_count":1,"first_entry":9}],
      "next":null})"));
    CHECK(
        run(with_url({"lines"}, lines)).out ==
        "line  status  owner   borrower         limit          used     available  contracts  "
        "entry\n"
        "11    FROZEN  lender  22        5,000.00 CNY  1,000.00 CNY  4,000.00 CNY          1      "
        "9\n");
    const Said chinese = run(with_url({"lines", "--lang", "zh"}, lines));
    CHECK(contains(chinese.out, "已冻结"));
    CHECK(contains(chinese.out, "可用额度"));
    const FakeNode borrowers(always(R"({"items":[{"id":"22","line_count":2,"entries":3,
      "owners":[{"member":"0a","name":"lender"},{"member":"0b","name":"lender-b"}],
      "first_entry":9},{"id":"23","line_count":2000,"entries":2001,"owners":[],
      "first_entry":null}],"next":null})"));
    CHECK(run(with_url({"borrowers"}, borrowers)).out ==
          "borrower  owner             lines  entries  entry\n"
          "22        lender, lender-b      2        3      9\n"
          "23                           2000     2001\n");
}

TEST_CASE("Alerts are listed with what they are on and what was measured") {
    const FakeNode alerts(always(R"({"items":[{"id":"11","status":"OPEN","rule":"other",
      "raised_by":"servicer","owner":{"member":"0a","name":"lender"},"line":"22","contract":"33",
      "as_of":"2024-04-10","measured":null,"threshold":null,"reason":"odd","entry":12},
      {"id":"ff","status":"ESCALATED","rule":"limit_use","raised_by":"nodes",
      "owner":{"member":"0a","name":"lender"},"line":"22","contract":null,"as_of":"2024-04-11",
      "measured":912345,"threshold":900000,"reason":null,"entry":9}],"next":null})"));
    CHECK(
        run(with_url({"alerts"}, alerts)).out ==
        "alert  status     rule       owner   on           as of       measured  threshold  "
        "reason  entry\n"
        "11     OPEN       other      lender  contract 33  2024-04-10                       odd   "
        "     12\n"
        "ff     ESCALATED  limit_use  lender  line 22      2024-04-11    912345     900000        "
        "      9\n");
    CHECK(contains(run(with_url({"alerts", "--lang", "zh"}, alerts)).out, "额度使用率"));
}

TEST_CASE("Pools are listed with whose they are and what they sum to") {
    const FakeNode pools(always(R"({"items":[{"id":"11","status":"REVOLVING",
      "owner":{"member":"0a","name":"lender"},"trustee":{"member":"0b","name":"trustee"},
      "buyer":{"member":"0c","name":"funder"},"currency":"CNY","contracts":12,"balance":912345,
      "below_since":"2024-04-11","entry":9}],"next":null})"));
    CHECK(
        run(with_url({"pools"}, pools)).out ==
        "pool  status     owner   trustee  buyer   contracts       balance  below since  entry\n"
        "11    REVOLVING  lender  trustee  funder         12  9,123.45 CNY  2024-04-11       9\n");
    CHECK(contains(run(with_url({"pools", "--lang", "zh"}, pools)).out, "循环购买期"));
    const FakeNode alerts(always(R"({"items":[{"id":"ff","status":"OPEN","rule":"pool_balance",
      "raised_by":"nodes","owner":{"member":"0a","name":"lender"},"line":null,"contract":null,
      "pool":"11","as_of":"2024-04-11","measured":912345,"threshold":1000000,"reason":null,
      "entry":9}],"next":null})"));
    CHECK(contains(run(with_url({"alerts"}, alerts)).out, "pool_balance  lender  pool 11  "));
}

// Goal: none is left out and none comes twice, whatever a node says; ids may be in any order.
TEST_CASE("A pool's contracts are shown place by place, and a place that is left out is told") {
    const auto page = [](std::initializer_list<int> places) {
        std::string rows;
        for (const int place : places) {
            rows += std::string(rows.empty() ? "" : ",") + R"({"place":)" + std::to_string(place) +
                    R"(,"id":"3)" + std::to_string(9 - place) +
                    R"(","status":"ACTIVE","state":"CURRENT","owner":{"member":"0a",
                    "name":"funder"},"currency":"CNY","principal":100000,
                    "principal_outstanding":66667,"days_past_due":0,"in_pool":)" +
                    (place == 1 ? "false}" : "true}");
        }
        return R"({"items":[)" + rows + R"(],"next":null,"as_of":"2024-04-10"})";
    };
    const FakeNode whole(always(page({0, 1})));
    CHECK(run(with_url({"pool", kId, "--contracts"}, whole)).out ==
          "place  contract  status  state    owner      principal  outstanding  days past due  "
          "note\n"
          "    0  39        ACTIVE  CURRENT  funder  1,000.00 CNY   666.67 CNY              0\n"
          "    1  38        ACTIVE  CURRENT  funder  1,000.00 CNY   666.67 CNY              0  "
          "not in it any more\n");
    for (const auto& places : {std::initializer_list<int>{0, 2}, {1}, {0, 0}}) {
        const FakeNode gaps(always(page(places)));
        const Said said = run(with_url({"pool", kId, "--contracts"}, gaps));
        INFO(said.err);
        CHECK(said.code != 0);
        CHECK(contains(said.err, "leaves out place "));
    }
}

TEST_CASE("A payment is shown with its contract, its reversal and what posted it") {
    const FakeNode node(always(R"({"items":[{"lender":{"member":"0a","name":"lender"},
      "source_ref":"bank-1","contract":"33","entry":12,"reversed_by":14,
      "posted":{"entry":12,"kind":"transaction","outcome":"accepted","outcome_text":"accepted",
        "submitter":{"member":"0c","name":"servicer"},"header_entry":11,"block":4,
        "block_time":"2024-02-29T08:30:00.125Z",
        "transaction":{"currency":"CNY","type":"REPAYMENT","amount":33833}}}]})"));
    const Said said = run(with_url({"payment", "bank-1"}, node));
    INFO(said.out << said.err);
    CHECK(said.code == 0);
    for (const char* part : {"payment   bank-1\n", "lender    lender\n", "contract  33\n",
                             "reversed  by entry 14\n", "12, transaction\n", "338.33 CNY\n"}) {
        INFO(part);
        CHECK(contains(said.out, part));
    }
}

TEST_CASE("A day is shown with where it was opened and closed, without a date the newest") {
    const std::string closed = R"({"day":"2024-01-31","state":"CLOSED",
      "opened":{"entry":5,"block":1,"block_time":"2024-01-31T08:00:00.000Z",
        "submitter":{"member":"0c","name":"servicer"}},
      "closed":{"entry":17,"block":7,"block_time":"2024-01-31T20:00:00.000Z",
        "submitter":{"member":"0c","name":"servicer"}},
      "rows":[{"lender":{"member":"0a","name":"lender"},"currency":"CNY","account":8,"name":"cash",
        "balance":53833}]})";
    const FakeNode node(always(closed));
    CHECK(run(with_url({"day", "2024-01-31"}, node)).out ==
          "day     2024-01-31\n"
          "state   CLOSED\n"
          "opened  entry 5 at 2024-01-31T08:00:00.000Z by servicer\n"
          "closed  entry 17 at 2024-01-31T20:00:00.000Z by servicer\n"
          "\n"
          "lender  currency  account  name   debit  credit\n"
          "lender  CNY             8  cash  538.33\n");
    const auto asked_for = [&](const std::string& days) {
        const FakeNode newest(pages({days, closed}));
        const Said said = run(with_url({"day"}, newest));
        INFO(said.err);
        const auto seen = newest.seen();
        return seen.size() == 2 ? seen[1].target : said.err;
    };
    CHECK(asked_for(R"({"last_closed":"2024-01-31","open":["2024-02-01","2024-02-02"]})") ==
          "/v1/days/2024-02-02");
    CHECK(asked_for(R"({"last_closed":"2024-01-31","open":[]})") == "/v1/days/2024-01-31");
    CHECK(asked_for(R"({"last_closed":null,"open":[]})") ==
          "error[not_found]: no day was opened in this book yet\n");
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
