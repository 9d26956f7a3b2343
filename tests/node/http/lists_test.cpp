#include <algorithm>

#include "api/ids.h"
#include "tests/node/http/server_fixture.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::node::http::test;
using boost::json::object;
using testing::id_of;

namespace {

constexpr const char* kLists[] = {"/v1/lines", "/v1/contracts", "/v1/borrowers"};

object page_of(ServerFixture& fixture, const std::string& target) {
    const Reply reply = fixture.get(target);
    INFO(target << " " << reply.body);
    REQUIRE(reply.status == 200);
    return object_of(reply);
}

struct Walked {
    std::vector<std::string> ids;
    std::size_t pages = 0;
};

/// All pages, following cursors. `target` has a query already.
Walked walk(ServerFixture& fixture, const std::string& target) {
    Walked walked;
    std::string cursor;
    for (;;) {
        const object page = page_of(fixture, target + cursor);
        ++walked.pages;
        for (const auto& item : page.at("items").as_array()) {
            walked.ids.push_back(text_at(item.as_object(), "id"));
        }
        if (page.at("next").is_null()) return walked;
        REQUIRE(walked.pages < 1000);
        cursor = "&cursor=" + text_at(page, "next");
    }
}

void accept(ServerFixture& fixture, const std::vector<ledger::Transaction>& transactions,
            std::initializer_list<const testing::Party*> signers) {
    const auto receipt = fixture.service().apply(fixture.cast().sign(transactions, signers));
    for (const auto& result : receipt.result.transactions) {
        REQUIRE(ledger::outcome_code(result.outcome) == "accepted");
    }
}

/// Lines 1 to `count` of borrower 1.
void grant_lines(ServerFixture& fixture, std::uint64_t count) {
    std::vector<ledger::Transaction> grants;
    for (std::uint64_t number = 1; number <= count; ++number) {
        grants.push_back(fixture.drafts().grant(id_of<ledger::LineId>(number),
                                                id_of<ledger::BorrowerId>(1), 1'000'000));
    }
    accept(fixture, grants, {&fixture.cast().originator()});
}

/// Borrower 1: lines 1 to 25 with a contract each on the first seven, two lines frozen; borrower 2
/// of another originator: line 40 and contract 40. Contract 3 is paid in full.
void make_book(ServerFixture& fixture) {
    const testing::Cast& cast = fixture.cast();
    auto& drafts = fixture.drafts();
    fixture.open_book(1);
    grant_lines(fixture, 25);
    // Whoever assesses has a model of its own.
    const auto model = id_of<ledger::ModelId>(2);
    ledger::Transaction assessment = drafts.assessment(id_of<ledger::BorrowerId>(2));
    std::get<ledger::Assessment>(assessment.body).model = model;
    accept(fixture,
           {drafts.draft(ledger::ModelRegister{model, "score-b", {}}), assessment,
            drafts.grant(id_of<ledger::LineId>(40), id_of<ledger::BorrowerId>(2), 700'000)},
           {&cast.other_originator()});
    for (const std::uint64_t line : {5U, 20U}) {
        accept(fixture,
               {drafts.draft(ledger::LimitFreeze{id_of<ledger::LineId>(line), "a reason"})},
               {&cast.originator()});
    }
    for (const std::uint64_t number : {1U, 2U, 3U, 4U, 6U, 7U, 8U}) {
        accept(fixture,
               {drafts.capture(id_of<ledger::ContractId>(number), id_of<ledger::LineId>(number),
                               cast.funder().id, 90'000)},
               {&cast.originator(), &cast.funder()});
    }
    const auto paid = fixture.apply_proposed(
        drafts.draft(ledger::PrepaySettle{id_of<ledger::ContractId>(3), 0, "settled-1"}),
        {&cast.servicer()});
    REQUIRE(paid.outcome == ledger::Outcome::accepted);
}

std::vector<std::string> ids_of(std::initializer_list<std::uint64_t> numbers) {
    std::vector<std::string> ids;
    for (const std::uint64_t number : numbers) ids.push_back(line_id(number));
    return ids;
}

}  // namespace

// Goal: ascending by id, nothing twice, nothing left out, whatever the size of a page.
TEST_CASE("a list is the same in pages of any size") {
    ServerFixture fixture;
    make_book(fixture);
    const auto lines = walk(fixture, "/v1/lines?limit=200");
    REQUIRE(lines.ids.size() == 26);
    CHECK(lines.pages == 1);
    CHECK(std::is_sorted(lines.ids.begin(), lines.ids.end()));
    for (const std::size_t limit : {1u, 2u, 7u, 13u, 25u, 26u}) {
        const auto again = walk(fixture, "/v1/lines?limit=" + std::to_string(limit));
        CHECK(again.ids == lines.ids);
        CHECK(again.pages == (26 + limit - 1) / limit);  // a full last page is known to be it
    }
    CHECK(walk(fixture, "/v1/contracts?limit=3").ids == ids_of({1, 2, 3, 4, 6, 7, 8}));
    CHECK(walk(fixture, "/v1/borrowers?limit=1").ids == ids_of({1, 2}));
}

// Goal: a row says of an account what its own document says.
TEST_CASE("rows agree with the documents of their accounts") {
    ServerFixture fixture;
    make_book(fixture);
    for (const std::string list : kLists) {
        const object page = page_of(fixture, list);
        CHECK(text_at(page, "as_of") == "2024-01-31");
        for (const auto& item : page.at("items").as_array()) {
            const object& row = item.as_object();
            const object document = page_of(fixture, list + "/" + text_at(row, "id"));
            for (const auto& [name, value] : row) {
                INFO(list << " " << std::string(name));
                if (const auto* same = document.if_contains(name)) CHECK(*same == value);
            }
            const std::string history = list + "/" + text_at(row, "id") + "/history?limit=1000";
            const auto entries = page_of(fixture, history).at("items").as_array();
            CHECK(row.at("entries") == boost::json::value(entries.size()));
            // A borrower's first entry is that of its first line; assessments may stand before it.
            const auto type_of = object_of(
                fixture.get("/v1/entries/" + std::to_string(number_at(row, "first_entry"))));
            CHECK(text_at(type_of, "type") ==
                  (list == "/v1/contracts" ? "CAPTURE" : "LIMIT_GRANT"));
        }
    }
    const object contract =
        page_of(fixture, "/v1/contracts?limit=1").at("items").as_array()[0].as_object();
    CHECK(contract.at("days_past_due") ==
          page_of(fixture, "/v1/contracts/" + line_id(1)).at("ageing").at("days_past_due"));
    CHECK(text_at(contract.at("owner").as_object(), "name") == "lender");
    const object borrower =
        page_of(fixture, "/v1/borrowers?limit=1").at("items").as_array()[0].as_object();
    CHECK(number_at(borrower, "line_count") == 25);
    CHECK(text_at(borrower.at("owners").as_array().at(0).as_object(), "name") == "lender");
}

// Goal: each filter, alone and with others.
TEST_CASE("lists are filtered by owner, servicer, state, borrower and line") {
    ServerFixture fixture;
    make_book(fixture);
    const std::string lender_b = api::id_text(fixture.cast().other_originator().id);
    CHECK(walk(fixture, "/v1/lines?owner=lender-b").ids == ids_of({40}));
    CHECK(walk(fixture, "/v1/lines?owner=" + lender_b).ids == ids_of({40}));
    CHECK(walk(fixture, "/v1/lines?owner=lender&limit=3").ids.size() == 25);
    CHECK(walk(fixture, "/v1/lines?owner=auditor").ids.empty());
    CHECK(walk(fixture, "/v1/lines?state=FROZEN&limit=1").ids == ids_of({5, 20}));
    CHECK(walk(fixture, "/v1/lines?state=FROZEN&owner=lender-b").ids.empty());
    CHECK(walk(fixture, "/v1/lines?borrower=" + line_id(2)).ids == ids_of({40}));
    CHECK(walk(fixture, "/v1/contracts?state=CURRENT&limit=2").ids == ids_of({1, 2, 4, 6, 7, 8}));
    CHECK(walk(fixture, "/v1/contracts?state=ACTIVE").ids == ids_of({1, 2, 4, 6, 7, 8}));
    CHECK(walk(fixture, "/v1/contracts?state=CLOSED_PAID").ids == ids_of({3}));
    CHECK(walk(fixture, "/v1/contracts?state=OVERDUE").ids.empty());
    CHECK(walk(fixture, "/v1/contracts?line=" + line_id(7)).ids == ids_of({7}));
    CHECK(walk(fixture, "/v1/contracts?borrower=" + line_id(2)).ids.empty());
    CHECK(walk(fixture, "/v1/borrowers?owner=lender-b").ids == ids_of({2}));
    CHECK(walk(fixture, "/v1/borrowers?owner=funder").ids.empty());
    // A contract is its servicer's of today.
    const testing::Cast& cast = fixture.cast();
    accept(fixture,
           {fixture.drafts().draft(
               ledger::ServicerChange{id_of<ledger::ContractId>(7), cast.other_servicer().id})},
           {&cast.originator(), &cast.servicer(), &cast.other_servicer()});
    CHECK(walk(fixture, "/v1/contracts?servicer=servicer-b").ids == ids_of({7}));
    CHECK(walk(fixture, "/v1/contracts?servicer=servicer&limit=2").ids ==
          ids_of({1, 2, 3, 4, 6, 8}));
    CHECK(walk(fixture, "/v1/contracts?servicer=auditor").ids.empty());
}

// Goal: a filter that matches nothing costs bounded requests, and the end is still found.
TEST_CASE("a page that finds nothing ends early and goes on where it ended") {
    ServerFixture fixture;
    fixture.open_book(1);
    grant_lines(fixture, 2500);
    accept(fixture,
           {fixture.drafts().draft(ledger::LimitFreeze{id_of<ledger::LineId>(2400), "a reason"})},
           {&fixture.cast().originator()});
    const object first = page_of(fixture, "/v1/lines?state=FROZEN");
    CHECK(first.at("items").as_array().empty());
    REQUIRE_FALSE(first.at("next").is_null());
    const auto frozen = walk(fixture, "/v1/lines?state=FROZEN");
    CHECK(frozen.ids == ids_of({2400}));
    CHECK(frozen.pages == 2);
    const auto closed = walk(fixture, "/v1/lines?state=CLOSED&limit=200");
    CHECK(closed.ids.empty());
    CHECK(closed.pages == 2);
    CHECK(walk(fixture, "/v1/lines?limit=200").ids.size() == 2500);
}

// Goal: accounts that come between two pages shift nothing, and are seen if their place is ahead.
TEST_CASE("a list's cursor stays where it is while accounts are opened") {
    ServerFixture fixture;
    fixture.open_book(1);
    accept(fixture,
           {fixture.drafts().grant(id_of<ledger::LineId>(10), id_of<ledger::BorrowerId>(1), 1),
            fixture.drafts().grant(id_of<ledger::LineId>(20), id_of<ledger::BorrowerId>(1), 1),
            fixture.drafts().grant(id_of<ledger::LineId>(30), id_of<ledger::BorrowerId>(1), 1)},
           {&fixture.cast().originator()});
    const object page = page_of(fixture, "/v1/lines?limit=2");
    accept(fixture,
           {fixture.drafts().grant(id_of<ledger::LineId>(5), id_of<ledger::BorrowerId>(1), 1),
            fixture.drafts().grant(id_of<ledger::LineId>(25), id_of<ledger::BorrowerId>(1), 1)},
           {&fixture.cast().originator()});
    CHECK(walk(fixture, "/v1/lines?limit=2&cursor=" + text_at(page, "next")).ids ==
          ids_of({25, 30}));
}

// Goal: what refused transactions named, and nobody opened, is no account.
TEST_CASE("an empty book has empty lists, and refused names are on none") {
    ServerFixture fixture;
    for (const std::string list : kLists) {
        const object page = page_of(fixture, list);
        CHECK(page.at("items").as_array().empty());
        CHECK(page.at("next").is_null());
        CHECK(page.at("as_of").is_null());
    }
    fixture.open_book(1);
    fixture.service().apply_one(fixture.drafts().change(id_of<ledger::LineId>(9), 5),
                                {&fixture.cast().originator()});
    CHECK(fixture.get("/v1/lines/" + line_id(9) + "/history").status == 200);
    for (const std::string list : kLists) CHECK(walk(fixture, list + "?limit=1").ids.empty());
}

TEST_CASE("a cursor of another list, another filter or nobody's is refused") {
    ServerFixture fixture;
    make_book(fixture);
    const std::string of_lines = text_at(page_of(fixture, "/v1/lines?limit=1"), "next");
    const std::string of_contracts = text_at(page_of(fixture, "/v1/contracts?limit=1"), "next");
    const std::string of_owner =
        text_at(page_of(fixture, "/v1/lines?limit=1&owner=lender"), "next");
    CHECK(fixture.get("/v1/lines?limit=7&cursor=" + of_lines).status == 200);  // limits may change
    std::string upper = of_owner;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char letter) { return letter >= 'a' ? char(letter - 32) : letter; });
    const std::string unknown = line_id(9999) + of_lines.substr(32);
    const std::string history =
        text_at(page_of(fixture, "/v1/lines/" + line_id(1) + "/history?limit=1"), "next");
    for (const std::string& target : std::vector<std::string>{
             "/v1/contracts?cursor=" + of_lines, "/v1/borrowers?cursor=" + of_lines,
             "/v1/lines?cursor=" + of_contracts, "/v1/lines?cursor=" + of_owner,
             "/v1/lines?owner=lender&cursor=" + of_lines,
             "/v1/lines?owner=lender-b&cursor=" + of_owner,
             "/v1/lines?owner=lender&cursor=" + upper, "/v1/lines?cursor=" + unknown,
             "/v1/lines?cursor=" + history, "/v1/lines?cursor=", "/v1/lines?cursor=.",
             "/v1/lines?cursor=" + of_lines + "0", "/v1/lines?cursor=" + of_lines.substr(1),
             "/v1/lines?cursor=" + line_id(1)}) {
        const Reply reply = fixture.get(target);
        INFO(target);
        CHECK(problem_code(reply) == "invalid_argument");
        CHECK(reply.body.find("cursor: ") != std::string::npos);
    }
}

TEST_CASE("parameters of lists are read strictly") {
    ServerFixture fixture;
    make_book(fixture);
    for (const std::string list : kLists) {
        for (const std::string query :
             {"?limit=0", "?limit=201", "?limit=x", "?state=OPEN", "?state=", "?collector=x",
              "?as_of=2024-01-31", "?owner=lender&owner=lender", "?owners=lender"}) {
            INFO(list << query);
            CHECK(problem_code(fixture.get(list + query)) == "invalid_argument");
        }
        CHECK(problem_code(fixture.get(list + "?owner=nobody")) == "not_found");
        CHECK(problem_code(fixture.get(list + "?servicer=nobody")) ==
              (list == "/v1/contracts" ? "not_found" : "invalid_argument"));
        CHECK(problem_code(fixture.get(list + "?min_index=10000")) == "not_ready");
    }
    const std::string id = line_id(1);
    for (const std::string& target : std::vector<std::string>{
             "/v1/lines?state=CLOSED_PAID", "/v1/lines?line=" + id, "/v1/contracts?state=FROZEN",
             "/v1/contracts?state=active", "/v1/contracts?line=abc", "/v1/lines?borrower=abc",
             "/v1/borrowers?borrower=" + id, "/v1/borrowers?state=ACTIVE"}) {
        INFO(target);
        CHECK(problem_code(fixture.get(target)) == "invalid_argument");
    }
    const Reply wrong = fixture.get("/v1/lines?state=OPEN");
    CHECK(wrong.body.find("ACTIVE, FROZEN, CLOSED") != std::string::npos);
}
