#include "api/ids.h"
#include "ledger/usual_terms.h"
#include "tests/node/http/server_fixture.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::node::http::test;
using boost::json::array;
using boost::json::object;
using testing::Drafts;
using testing::id_of;

namespace {

const auto kHand = id_of<ledger::AlertId>(1);
const auto kOther = id_of<ledger::AlertId>(2);
const auto kContract = id_of<ledger::ContractId>(1);
const auto kLine = id_of<ledger::LineId>(2);
const auto kSecond = id_of<ledger::ContractId>(2);

object read(ServerFixture& fixture, const std::string& target) {
    const Reply reply = fixture.get(target);
    INFO(target << " " << reply.body);
    REQUIRE(reply.status == 200);
    return object_of(reply);
}

std::uint64_t apply(ServerFixture& fixture, ledger::TransactionBody body,
                    std::initializer_list<const testing::Party*> signers) {
    const auto result = fixture.apply_proposed(fixture.drafts().draft(std::move(body)), signers);
    REQUIRE(ledger::outcome_code(result.outcome) == "accepted");
    return result.entry;
}

/// A small book with two alerts by hand on its contract, one of them escalated and confirmed, and
/// one by the nodes on a line of its own. Returns the entry that raised that one.
std::uint64_t make_alerts(ServerFixture& fixture) {
    fixture.make_small_book();
    const testing::Cast& cast = fixture.cast();
    ledger::RulesetRegister ruleset = ledger::usual_ruleset(id_of<ledger::RulesetId>(7));
    ruleset.alert_limit_use_ppm = 500'000;
    ledger::ProductRegister product =
        ledger::usual_product(id_of<ledger::ProductId>(7), ruleset.ruleset);
    product.servicer = cast.servicer().id;
    apply(fixture, ruleset, {&cast.originator(), &cast.regulator()});
    apply(fixture, product, {&cast.originator(), &cast.regulator()});
    const ledger::BorrowerId borrower = id_of<ledger::BorrowerId>(1);
    apply(fixture, fixture.drafts().grant(kLine, borrower, 100'000).body, {&cast.originator()});
    ledger::Capture capture;
    capture.contract = kSecond;
    capture.line = kLine;
    capture.principal = 50'000;
    capture.product = product.product;
    capture.schedule.resize(3);
    capture.shares = {{cast.funder().id, 1'000'000}};
    capture.servicer = cast.servicer().id;
    const std::uint64_t raised = apply(fixture, capture, {&cast.originator(), &cast.funder()});
    using ledger::AlertRule;
    using ledger::Disposition;
    apply(fixture, ledger::Alert{kHand, kContract, AlertRule::other, "odd", crypto::Digest{}},
          {&cast.servicer()});
    apply(fixture, ledger::Alert{kOther, kContract, AlertRule::roll_rate, "worse", {}},
          {&cast.servicer()});
    apply(fixture, ledger::AlertDisposition{kHand, Disposition::escalated, "up"},
          {&cast.originator()});
    apply(fixture, ledger::AlertDisposition{kHand, Disposition::confirmed, "so it is"},
          {&cast.originator()});
    return raised;
}

std::vector<std::string> listed(ServerFixture& fixture, const std::string& query) {
    std::vector<std::string> ids;
    std::string cursor;
    for (;;) {
        const object page = read(fixture, "/v1/alerts?limit=1" + query + cursor);
        for (const auto& item : page.at("items").as_array()) {
            ids.push_back(text_at(item.as_object(), "id"));
        }
        if (page.at("next").is_null()) return ids;
        cursor = "&cursor=" + text_at(page, "next");
    }
}

}  // namespace

// Goal: what raised it, what was measured, what was decided; of both kinds.
TEST_CASE("an alert is shown with the entry that raised it and what was decided") {
    ServerFixture fixture;
    const std::uint64_t raised = make_alerts(fixture);
    const object line = read(fixture, "/v1/lines/" + api::id_text(kLine));
    const array& on_line = line.at("alerts").as_array();
    CHECK(line.at("alerts_whole").as_bool());
    REQUIRE(on_line.size() == 1);
    const object& alert = on_line[0].as_object();
    CHECK(read(fixture, "/v1/alerts/" + text_at(alert, "id")) == alert);
    CHECK(text_at(alert, "id").starts_with("ffff"));
    CHECK(text_at(alert, "status") == "OPEN");
    CHECK(text_at(alert, "rule") == "limit_use");
    CHECK(text_at(alert, "raised_by") == "nodes");
    CHECK(text_at(alert.at("owner").as_object(), "name") == "lender");
    CHECK(text_at(alert, "line") == api::id_text(kLine));
    CHECK(alert.at("contract").is_null());
    CHECK(number_at(alert, "entry") == raised);
    CHECK(text_at(alert, "business_date") == "2024-01-31");
    CHECK(text_at(alert, "as_of") == "2024-01-31");
    CHECK(number_at(alert, "measured") == 500'000);
    CHECK(number_at(alert, "threshold") == 500'000);
    CHECK(alert.at("reason").is_null());
    CHECK(alert.at("answers").as_array().empty());
    const object entry = read(fixture, "/v1/entries/" + std::to_string(raised));
    CHECK(text_at(entry, "type") == "CAPTURE");

    const object hand = read(fixture, "/v1/alerts/" + api::id_text(kHand));
    CHECK(text_at(hand, "status") == "CONFIRMED");
    CHECK(text_at(hand, "raised_by") == "servicer");
    CHECK(text_at(hand, "contract") == api::id_text(kContract));
    CHECK(text_at(hand, "reason") == "odd");
    CHECK(text_at(hand, "evidence") == std::string(64, '0'));
    CHECK(hand.at("measured").is_null());
    const array& answers = hand.at("answers").as_array();
    REQUIRE(answers.size() == 2);
    CHECK(text_at(answers[0].as_object(), "disposition") == "escalated");
    CHECK(text_at(answers[1].as_object(), "reason") == "so it is");

    const std::string path = "/v1/contracts/" + api::id_text(kContract);
    CHECK(read(fixture, path).at("alerts").as_array().size() == 2);
    const std::string before = std::to_string(number_at(hand, "entry"));
    const object then = read(fixture, path + "?known_at=" + before);
    REQUIRE(then.at("alerts").as_array().size() == 1);
    CHECK(text_at(then.at("alerts").as_array()[0].as_object(), "status") == "OPEN");
}

// Goal: every filter, page by page; what is no filter is named.
TEST_CASE("alerts are listed by owner, rule, state, contract and line") {
    ServerFixture fixture;
    make_alerts(fixture);
    CHECK(listed(fixture, "").size() == 3);
    const std::vector hand{api::id_text(kHand)};
    const std::vector other{api::id_text(kOther)};
    CHECK(listed(fixture, "&state=CONFIRMED") == hand);
    CHECK(listed(fixture, "&state=DISPOSED") == hand);
    CHECK(listed(fixture, "&state=OPEN").size() == 2);
    CHECK(listed(fixture, "&state=ESCALATED").empty());
    CHECK(listed(fixture, "&rule=roll_rate") == other);
    CHECK(listed(fixture, "&rule=limit_use").size() == 1);
    CHECK(listed(fixture, "&owner=lender").size() == 3);
    CHECK(listed(fixture, "&owner=lender-b").empty());
    CHECK(listed(fixture, "&contract=" + api::id_text(kContract)).size() == 2);
    CHECK(listed(fixture, "&line=" + api::id_text(kLine)).size() == 1);
    CHECK(listed(fixture, "&contract=" + api::id_text(kContract) + "&state=OPEN") == other);
    for (const char* wrong : {"?state=FROZEN", "?rule=none", "?borrower=00", "?servicer=x",
                              "?contract=xyz", "?cursor=abc"}) {
        CHECK(problem_code(fixture.get(std::string("/v1/alerts") + wrong)) == "invalid_argument");
    }
    const std::string cursor = text_at(read(fixture, "/v1/alerts?limit=1"), "next");
    CHECK(problem_code(fixture.get("/v1/alerts?state=OPEN&cursor=" + cursor)) ==
          "invalid_argument");
}
