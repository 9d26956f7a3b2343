#include <array>
#include <limits>

#include "api/ids.h"
#include "api/transaction_json.h"
#include "ledger/dates.h"
#include "tests/node/http/server_fixture.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::node::http::test;
using boost::json::object;
using testing::Drafts;
using testing::id_of;

namespace {

const auto kContract = id_of<ledger::ContractId>(1);

Reply propose(ServerFixture& fixture, const object& transaction, const std::string& query = "") {
    return fixture.post("/v1/proposals" + query, boost::json::serialize(transaction));
}

object answer_to(ServerFixture& fixture, const ledger::Transaction& transaction) {
    const Reply reply = propose(fixture, api::to_json(transaction));
    INFO(reply.body);
    REQUIRE(reply.status == 200);
    return object_of(reply);
}

}  // namespace

// Goal: a servicer learns what it has to claim, and the ledger then accepts exactly that.
TEST_CASE("a proposal comes back with its claims, which the rules accept") {
    ServerFixture fixture;
    fixture.make_small_book();
    const auto draft =
        fixture.drafts().repayment(kContract, 14'001, {{7, ledger::Component::fee, 1}});
    const object answer = answer_to(fixture, draft);
    CHECK(text_at(answer, "outcome") == "accepted");
    const auto proposed = api::transaction_from_json(answer.at("transaction"));
    REQUIRE(proposed);
    CHECK(proposed->id == draft.id);
    const auto& allocation = std::get<ledger::Repayment>(proposed->body).allocation;
    ledger::Amount sum = 0;
    for (const ledger::Allocation& part : allocation) sum += part.amount;
    CHECK(sum == 14'001);
    CHECK(fixture.service().status().soft.commit.value == kSmallBookBlocks);  // read only
    CHECK(fixture.service().apply_one(*proposed, {&fixture.cast().servicer()}).outcome ==
          ledger::Outcome::accepted);

    // A schedule is as long as the placeholder; funders may be names.
    ledger::Capture capture;
    capture.contract = id_of<ledger::ContractId>(2);
    capture.line = id_of<ledger::LineId>(1);
    capture.principal = 10'000;
    capture.product = Drafts::product(5000);
    capture.schedule.resize(6);
    capture.shares = {{fixture.cast().funder().id, 1'000'000}};
    object body = api::to_json(fixture.drafts().draft(capture));
    body["shares"].as_array()[0].as_object()["funder"] = "funder";
    const object purchase = object_of(propose(fixture, body));
    const object& filled = purchase.at("transaction").as_object();
    CHECK(number_at(filled, "rate_ppm") == 5000);
    CHECK(number_at(filled, "apr_ppm") > 0);
    CHECK(text_at(filled.at("schedule").as_array()[5].as_object(), "due") == "2024-07-31");
    CHECK(text_at(filled.at("shares").as_array()[0].as_object(), "funder") ==
          api::id_text(fixture.cast().funder().id));
}

// Goal: what stands in the way is told under its stable code, and no transaction with it.
TEST_CASE("a proposal that the rules cannot complete says why") {
    ServerFixture fixture;
    fixture.make_small_book();
    const auto outcome = [&](ledger::TransactionBody body, ledger::Day day = Drafts::kToday) {
        const object answer = answer_to(fixture, fixture.drafts().draft(std::move(body), day));
        CHECK(answer.at("transaction").is_null());
        CHECK_FALSE(text_at(answer, "outcome_text").empty());
        return text_at(answer, "outcome");
    };
    const auto unknown = id_of<ledger::ContractId>(9);
    CHECK(outcome(ledger::Repayment{unknown, 5, "x", {}}) == "contract_unknown");
    CHECK(outcome(ledger::Repayment{kContract, 0, "x", {}}) == "amount_not_positive");
    CHECK(outcome(ledger::Repayment{kContract, -5, "x", {}}) == "amount_not_positive");
    CHECK(outcome(ledger::Repayment{kContract, 1 << 30, "bank-9", {}}) == "above_payable");
    // As a submission is told: the reference is asked before the amount.
    CHECK(outcome(ledger::Repayment{kContract, 1 << 30, "x", {}}) == "reference_personal");
    CHECK(outcome(ledger::PenaltyAssess{kContract, 0}) == "penalty_differs");
    ledger::Capture capture;
    capture.line = id_of<ledger::LineId>(1);
    CHECK(outcome(capture) == "amount_not_positive");
    capture.principal = 1'000;
    CHECK(outcome(capture) == "periods_out_of_range");
    capture.schedule.resize(2);
    CHECK(outcome(capture) == "product_unknown");
    capture.product = Drafts::product(5000);
    capture.principal = 0;
    CHECK(outcome(capture) == "amount_not_positive");
    CHECK(outcome(ledger::DayOpen{}, ledger::kDayMax + 1) == "date_out_of_range");
    CHECK(outcome(ledger::Repayment{kContract, 5, "x", {}}, -1) == "date_out_of_range");
    // Beyond every date of the book, and still a date.
    CHECK(answer_to(fixture, fixture.drafts().draft(ledger::OverdueMark{kContract, 0, 0, 0},
                                                    ledger::kDayMax))
              .at("outcome") == "accepted");
}

// Goal: no value that JSON can carry is more than an answer.
TEST_CASE("proposals of extreme values are answered") {
    ServerFixture fixture;
    fixture.make_small_book();
    HttpClient client(fixture.port());
    const auto line = id_of<ledger::LineId>(1);
    constexpr ledger::Amount kMost = std::numeric_limits<ledger::Amount>::max();
    constexpr ledger::Amount kLeast = std::numeric_limits<ledger::Amount>::min();
    constexpr std::array kDays{ledger::kDayMin, Drafts::kToday, ledger::kDayMax};
    for (const ledger::Day day : kDays) {
        for (const ledger::Amount amount : {kLeast, ledger::Amount{0}, ledger::Amount{1}, kMost}) {
            for (const std::size_t rows : {0U, 1U, 36U, 400U}) {
                ledger::Capture capture;
                capture.contract = id_of<ledger::ContractId>(2);
                capture.line = line;
                capture.principal = amount;
                capture.product = Drafts::product(5000);
                capture.schedule.assign(rows, {day, amount, amount, amount});
                ledger::Reschedule plan;
                plan.contract = kContract;
                plan.rate_ppm = static_cast<ledger::Ppm>(amount);
                plan.carried_fee = plan.carried_interest = plan.carried_penalty = amount;
                plan.schedule = capture.schedule;
                const ledger::ChargeOff loss{kContract, amount, amount, amount, amount};
                for (const ledger::TransactionBody& body :
                     std::initializer_list<ledger::TransactionBody>{
                         capture, plan, loss, ledger::Repayment{kContract, amount, "", {}},
                         ledger::PrepaySettle{kContract, amount, ""},
                         ledger::PenaltyAssess{kContract, amount},
                         ledger::OverdueMark{kContract, day, 0, 0}, ledger::DayClose{}}) {
                    const auto json = api::to_json(fixture.drafts().draft(body, day));
                    const Reply reply = client.post("/v1/proposals", boost::json::serialize(json));
                    INFO(boost::json::serialize(json) << reply.body);
                    REQUIRE(reply.status == 200);
                }
            }
        }
    }
}

// Goal: bodies are bounded and read strictly; queries are those of reads.
TEST_CASE("a proposal that cannot be read is refused by name") {
    ServerFixture fixture;
    fixture.make_small_book();
    const auto detail = [&](const std::string& body) {
        const Reply reply = fixture.post("/v1/proposals", body);
        CHECK(problem_code(reply) == "invalid_argument");
        return text_at(object_of(reply), "detail");
    };
    CHECK(detail("").find("not JSON") != std::string::npos);
    CHECK(detail("[[[[[[[1]]]]]]]").find("not JSON") != std::string::npos);
    object day = api::to_json(fixture.drafts().draft(ledger::DayClose{}));
    day.erase("balances");
    CHECK(detail(boost::json::serialize(day)) == "balances: missing");
    day["balances"] = boost::json::array();
    CHECK(propose(fixture, day).header("tally-index") == "6");
    CHECK(problem_code(propose(fixture, day, "?min_index=99")) == "not_ready");
    CHECK(problem_code(propose(fixture, day, "?dry=1")) == "invalid_argument");
    fixture.service().set_stale(true);
    CHECK(propose(fixture, day).header("tally-stale") == "true");
    const std::string text = boost::json::serialize(day);
    CHECK(problem_code(fixture.post("/v1/proposals", text, "text/plain")) ==
          "unsupported_media_type");
    CHECK(problem_code(fixture.post("/v1/proposals", text + std::string(128 << 10, ' '))) ==
          "too_large");
    const Reply wrong = fixture.get("/v1/proposals");
    CHECK(problem_code(wrong) == "method_not_allowed");
    CHECK(wrong.header("allow") == "POST");
}
