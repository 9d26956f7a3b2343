#include <algorithm>
#include <functional>

#include "api/ids.h"
#include "tests/node/http/server_fixture.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::node::http::test;
using testing::id_of;

namespace {

/// The entries of all pages, following cursors.
std::vector<std::uint64_t> walk(ServerFixture& fixture, const std::string& path,
                                std::size_t limit) {
    std::vector<std::uint64_t> entries;
    std::string cursor;
    while (true) {
        const Reply reply = fixture.get(path + "?limit=" + std::to_string(limit) + cursor);
        REQUIRE(reply.status == 200);
        const auto page = object_of(reply);
        const auto& items = page.at("items").as_array();
        REQUIRE(items.size() <= limit);
        for (const auto& item : items) entries.push_back(number_at(item.as_object(), "entry"));
        if (page.at("next").is_null()) return entries;
        REQUIRE_FALSE(items.empty());
        cursor = "&cursor=" + text_at(page, "next");
    }
}

}  // namespace

// Goal: newest first, nothing twice, nothing left out, whatever the size of a page.
TEST_CASE("a history is the same in pages of any size") {
    ServerFixture fixture;
    fixture.make_small_book();
    for (int i = 0; i < 20; ++i) {
        fixture.service().apply_one(fixture.drafts().change(id_of<ledger::LineId>(1), 600'000 + i),
                                    {&fixture.cast().originator()});
    }
    const std::string path = "/v1/lines/" + line_id(1) + "/history";
    const auto all = walk(fixture, path, 1000);
    // The grant, the capture, two payments, a change, and twenty more: every second leaf.
    REQUIRE(all.size() == 25);
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i] == 56 - 2 * i);
    for (const std::size_t limit : {1u, 2u, 7u, 24u, 25u, 26u}) {
        CHECK(walk(fixture, path, limit) == all);
    }
    const auto payments = walk(fixture, "/v1/contracts/" + line_id(1) + "/history", 2);
    CHECK(payments == std::vector<std::uint64_t>{14, 12, 10});
    CHECK(walk(fixture, "/v1/borrowers/" + line_id(1) + "/history", 3).size() == 26);
}

// Goal: a page is bounded in bytes too, and still nothing is left out.
TEST_CASE("a page of large transactions ends early") {
    ServerFixture fixture;
    ledger::Capture large;
    large.contract = id_of<ledger::ContractId>(5);
    large.line = id_of<ledger::LineId>(5);
    large.principal = 1;
    large.schedule.assign(256, {2'000'000, ledger::Amount{1} << 60, ledger::Amount{1} << 60});
    large.shares.assign(256, {fixture.cast().funder().id, 1'000'000});
    for (int block = 0; block < 4; ++block) {
        std::vector<ledger::Transaction> many;
        for (int i = 0; i < 50; ++i)
            many.push_back({fixture.drafts().next_id(), 19'753, 19'753, large});
        fixture.service().apply(fixture.cast().sign(many, {&fixture.cast().originator()}));
    }
    const std::string path = "/v1/contracts/" + line_id(5) + "/history";
    const auto page = object_of(fixture.get(path + "?limit=1000"));
    const std::size_t count = page.at("items").as_array().size();
    CHECK(count > 50);
    CHECK(count < 200);
    CHECK_FALSE(page.at("next").is_null());
    const auto all = walk(fixture, path, 1000);
    REQUIRE(all.size() == 200);
    CHECK(std::is_sorted(all.rbegin(), all.rend()));
}

// Goal: entries that arrive between two pages do not shift the second.
TEST_CASE("a cursor stays where it is while the log grows") {
    ServerFixture fixture;
    fixture.make_small_book();
    const std::string path = "/v1/lines/" + line_id(1) + "/history";
    const auto first = object_of(fixture.get(path + "?limit=2"));
    fixture.service().apply_one(fixture.drafts().change(id_of<ledger::LineId>(1), 700'000),
                                {&fixture.cast().originator()});
    const auto second = object_of(fixture.get(path + "?limit=9&cursor=" + text_at(first, "next")));
    const auto& items = second.at("items").as_array();
    REQUIRE(items.size() == 3);
    CHECK(number_at(items[0].as_object(), "entry") == 12);
    CHECK(second.at("next").is_null());
}

// Goal: items are whole transaction documents, refused ones included.
TEST_CASE("history items show refused transactions with their outcome") {
    ServerFixture fixture;
    fixture.make_small_book();
    fixture.service().apply_one(fixture.drafts().change(id_of<ledger::LineId>(1), 0),
                                {&fixture.cast().originator()});
    const auto page = object_of(fixture.get("/v1/lines/" + line_id(1) + "/history?limit=1"));
    const auto& item = page.at("items").as_array()[0].as_object();
    CHECK(text_at(item, "outcome") == "amount_not_positive");
    CHECK(text_at(item, "type") == "LIMIT_CHANGE");
    CHECK(item == object_of(fixture.get("/v1/transactions/lender/" +
                                        text_at(item.at("transaction").as_object(), "id"))));
}

// Goal: members have histories by id and by name, also before their first transaction.
TEST_CASE("a member's history is found by id and by name") {
    ServerFixture fixture;
    fixture.make_small_book();
    const auto by_name = fixture.get("/v1/members/lender/history");
    const auto by_id =
        fixture.get("/v1/members/" + api::id_text(fixture.cast().originator().id) + "/history");
    CHECK(by_name.body == by_id.body);
    CHECK_FALSE(object_of(by_name).at("items").as_array().empty());
    const auto none = object_of(fixture.get("/v1/members/auditor/history"));
    CHECK(none.at("items").as_array().empty());
    CHECK(none.at("next").is_null());
    CHECK(problem_code(fixture.get("/v1/members/nobody/history")) == "not_found");
}

// Goal: whoever signed finds it in its history, also where the transaction does not name it.
TEST_CASE("a member's history has what it signed for others") {
    ServerFixture fixture;
    fixture.make_small_book();
    const testing::Cast& cast = fixture.cast();
    const auto line = id_of<ledger::LineId>(1);
    // Entries of the servicer: signed for the lender, submitted itself, and both interleaved.
    std::vector<std::uint64_t> expected = walk(fixture, "/v1/members/servicer/history", 1000);
    const auto add = [&](const ledger::SubmissionResult& result) {
        for (const auto& transaction : result.transactions) {
            expected.insert(expected.begin(), transaction.entry);
        }
    };
    for (int round = 0; round < 3; ++round) {
        std::vector<ledger::Transaction> several;
        for (int i = 0; i < 3; ++i) several.push_back(fixture.drafts().change(line, 700'000 + i));
        add(fixture.service()
                .apply(cast.sign(several, {&cast.originator(), &cast.servicer(), &cast.auditor()}))
                .result);
        fixture.service().apply_one(fixture.drafts().change(line, 650'000), {&cast.originator()});
        add(fixture.service()
                .apply(cast.sign(std::vector{fixture.drafts().change(line, 1)},
                                 {&cast.servicer(), &cast.servicer_second_key()}))
                .result);
    }
    const std::string path = "/v1/members/servicer/history";
    CHECK(walk(fixture, path, 1000) == expected);
    for (const std::size_t limit : {1u, 2u, 3u, 5u, 7u}) {
        CHECK(walk(fixture, path, limit) == expected);
    }
    const auto auditor = walk(fixture, "/v1/members/auditor/history", 2);
    CHECK(auditor.size() == 9);
    CHECK(std::includes(expected.begin(), expected.end(), auditor.begin(), auditor.end(),
                        std::greater<>()));
    // The funder signed a purchase that names it: one entry, once.
    CHECK(walk(fixture, "/v1/members/funder/history", 1).size() ==
          walk(fixture, "/v1/members/funder/history", 9).size());
    for (const std::string cursor : {".", "..", ".8", "x.9", ".18446744073709551615", "1."}) {
        INFO(cursor);
        CHECK(problem_code(fixture.get(path + "?cursor=" + cursor)) == "invalid_argument");
        CHECK(problem_code(fixture.get("/v1/lines/" + line_id(1) + "/history?cursor=" + cursor)) ==
              "invalid_argument");
    }
}

// Goal: what is not there is not an empty list, and a made-up cursor is no place.
TEST_CASE("unknown accounts and foreign cursors are refused") {
    ServerFixture fixture;
    fixture.make_small_book();
    fixture.service().apply_one(
        fixture.drafts().grant(id_of<ledger::LineId>(2), id_of<ledger::BorrowerId>(2), 1000),
        {&fixture.cast().originator()});
    for (const std::string kind : {"lines", "contracts", "borrowers"}) {
        const Reply reply = fixture.get("/v1/" + kind + "/" + line_id(77) + "/history");
        CHECK(problem_code(reply) == "not_found");
        CHECK(problem_code(fixture.get("/v1/" + kind + "/" + line_id(77))) == "not_found");
        CHECK(problem_code(fixture.get("/v1/" + kind + "/xyz/history")) == "invalid_argument");
    }
    const std::string path = "/v1/lines/" + line_id(1) + "/history";
    // A header, a transaction of another line, beyond the end, and no numbers.
    for (const std::string cursor : {"0", "18", "17", "19", "99999", "abc", "", "-1", "1.5"}) {
        INFO(cursor);
        CHECK(problem_code(fixture.get(path + "?cursor=" + cursor)) == "invalid_argument");
    }
    // The grant is an entry of the line and before the contract's last, but not the contract's.
    CHECK(problem_code(fixture.get("/v1/contracts/" + line_id(1) + "/history?cursor=8")) ==
          "invalid_argument");
    for (const std::string limit : {"0", "1001", "x"}) {
        CHECK(problem_code(fixture.get(path + "?limit=" + limit)) == "invalid_argument");
    }
}
