#include "api/ids.h"
#include "ledger/dates.h"
#include "tests/node/http/server_fixture.h"
#include "tests/support/catch.h"

// Payments by their reference, and accounting days.
using namespace tally;
using namespace tally::node::http::test;
using boost::json::object;
using testing::id_of;

namespace {

constexpr ledger::Day kToday = testing::Drafts::kToday;
const auto kContract = id_of<ledger::ContractId>(1);

/// By the servicer, claims filled in; the transaction, once it was accepted.
ledger::Transaction serve(ServerFixture& fixture, ledger::TransactionBody body,
                          ledger::Day day = kToday) {
    ledger::Transaction transaction = fixture.drafts().draft(std::move(body), day);
    const auto result = fixture.apply_proposed(transaction, {&fixture.cast().servicer()});
    REQUIRE(ledger::outcome_code(result.outcome) == "accepted");
    return transaction;
}

object found(ServerFixture& fixture, const std::string& target) {
    const Reply reply = fixture.get(target);
    INFO(target << " " << reply.body);
    REQUIRE(reply.status == 200);
    return object_of(reply);
}

object only_item(ServerFixture& fixture, const std::string& query) {
    const object page = found(fixture, "/v1/payments?" + query);
    REQUIRE(page.at("items").as_array().size() == 1);
    return page.at("items").as_array()[0].as_object();
}

}  // namespace

TEST_CASE("a payment is found by its reference, in a lender's book or in any") {
    ServerFixture fixture;
    fixture.make_small_book();
    serve(fixture, ledger::Repayment{kContract, 1'000, "bank ref/17&x", {}});
    const object item = only_item(fixture, "source_ref=bank%20ref%2F17%26x");
    CHECK(text_at(item, "source_ref") == "bank ref/17&x");
    CHECK(text_at(item, "contract") == line_id(1));
    CHECK(text_at(item.at("lender").as_object(), "name") == "lender");
    CHECK(item.at("reversed_by").is_null());
    const object posted = item.at("posted").as_object();
    CHECK(number_at(posted, "entry") == number_at(item, "entry"));
    CHECK(text_at(posted, "type") == "REPAYMENT");
    CHECK(number_at(posted.at("transaction").as_object(), "amount") == 1'000);
    const std::string id = api::id_text(fixture.cast().originator().id);
    for (const std::string& member : {std::string("lender"), id}) {
        CHECK(only_item(fixture, "source_ref=bank%20ref%2F17%26x&member=" + member) == item);
    }
    CHECK(number_at(only_item(fixture, "source_ref=BANK%20ref%2F17%26x"), "entry") ==
          number_at(item, "entry"));
    // Another lender's, a part of it, what is no reference: not this one.
    for (const std::string query :
         {"source_ref=bank%20ref%2F17%26x&member=lender-b", "source_ref=bank%20ref",
          "source_ref=%20bank%20ref%2F17%26x", "source_ref=x&member=nobody"}) {
        CHECK(problem_code(fixture.get("/v1/payments?" + query)) == "not_found");
    }
}

TEST_CASE("a reversed payment is shown with its reversal, and its repost takes its place") {
    ServerFixture fixture;
    fixture.make_small_book();
    const auto paid = serve(fixture, ledger::Repayment{kContract, 1'000, "r-1", {}});
    const object before = only_item(fixture, "source_ref=r-1");
    serve(fixture, ledger::Reversal{fixture.cast().servicer().id, paid.id, kContract, "wrong", {}});
    const object reversed = only_item(fixture, "source_ref=r-1");
    CHECK(reversed.at("entry") == before.at("entry"));
    CHECK(number_at(reversed, "reversed_by") == number_at(before, "entry") + 2);
    serve(fixture, ledger::Repayment{kContract, 2'000, "r-1", {}});
    const object again = only_item(fixture, "source_ref=r-1");
    CHECK(number_at(again, "entry") == number_at(before, "entry") + 4);
    CHECK(again.at("reversed_by").is_null());
}

TEST_CASE("a payment is asked for strictly") {
    ServerFixture fixture;
    for (const std::string query :
         {"", "?member=lender", "?source_ref=", "?source_ref=a&source_ref=b", "?ref=a",
          "?source_ref=a&limit=5"}) {
        INFO(query);
        CHECK(problem_code(fixture.get("/v1/payments" + query)) == "invalid_argument");
    }
    CHECK(problem_code(fixture.get("/v1/payments?source_ref=" + std::string(65, 'a'))) ==
          "invalid_argument");
    CHECK(problem_code(fixture.get("/v1/payments?source_ref=" + std::string(64, 'a'))) ==
          "not_found");
}

TEST_CASE("every day is shown, closed long ago, closed last or open") {
    ServerFixture fixture;
    CHECK(problem_code(fixture.get("/v1/days/2024-01-31")) == "not_found");
    fixture.make_small_book();
    const object open = found(fixture, "/v1/days/2024-01-31");
    CHECK(text_at(open, "state") == "OPEN");
    CHECK(open.at("closed").is_null());
    CHECK(open.at("rows") == found(fixture, "/v1/trial-balance?day=2024-01-31").at("rows"));
    CHECK_FALSE(open.at("rows").as_array().empty());

    serve(fixture, ledger::DayClose{});
    const object closed = found(fixture, "/v1/days/2024-01-31");
    CHECK(text_at(closed, "state") == "CLOSED");
    CHECK(closed.at("opened") == open.at("opened"));
    CHECK(closed.at("rows") == open.at("rows"));
    const object& close = closed.at("closed").as_object();
    CHECK(text_at(close.at("submitter").as_object(), "name") == "servicer");
    CHECK_FALSE(text_at(close, "block_time").empty());
    const auto entry = found(fixture, "/v1/entries/" + std::to_string(number_at(close, "entry")));
    CHECK(text_at(entry, "type") == "DAY_CLOSE");
    CHECK(entry.at("block") == close.at("block"));

    // Later days pass, one is left out: the first one's statement stays what it was.
    for (const ledger::Day day : {kToday + 1, kToday + 3}) {
        serve(fixture, ledger::DayOpen{}, day);
        serve(fixture, ledger::Repayment{kContract, 100, "of " + std::to_string(day), {}}, day);
        serve(fixture, ledger::DayClose{}, day);
    }
    CHECK(found(fixture, "/v1/days/2024-01-31") == closed);
    CHECK(problem_code(fixture.get("/v1/trial-balance?day=2024-01-31")) == "not_found");
    CHECK(found(fixture, "/v1/days/2024-02-03").at("rows") ==
          found(fixture, "/v1/trial-balance?day=2024-02-03").at("rows"));
    const Reply passed = fixture.get("/v1/days/2024-02-02");
    CHECK(problem_code(passed) == "not_found");
    CHECK(passed.body.find("passed over") != std::string::npos);
    const auto not_yet = [&fixture](const std::string& day) {
        const Reply later = fixture.get("/v1/days/" + day);
        CHECK(problem_code(later) == "not_found");
        CHECK(later.body.find("not opened yet") != std::string::npos);
    };
    not_yet("2024-02-04");
    // A day before one that is open may still be opened.
    serve(fixture, ledger::DayOpen{}, kToday + 5);
    not_yet("2024-02-04");
    serve(fixture, ledger::DayOpen{}, kToday + 4);
    CHECK(text_at(found(fixture, "/v1/days/2024-02-04"), "state") == "OPEN");
}

TEST_CASE("a day is a date that exists") {
    ServerFixture fixture;
    fixture.make_small_book();
    for (const std::string day : {"2024-02-30", "today", "19753", "2024-1-31", "2024-01-31x"}) {
        CHECK(problem_code(fixture.get("/v1/days/" + day)) == "invalid_argument");
    }
    CHECK(problem_code(fixture.get("/v1/days/2024-01-31?as_of=2024-01-31")) == "invalid_argument");
}
