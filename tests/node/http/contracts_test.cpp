#include <chrono>
#include <iostream>

#include "api/ids.h"
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

ledger::Day day(const char* text) { return ledger::day_from_text(text).value(); }

/// Opens a day; the rest of the days before it stay as they are.
void open_day(ServerFixture& fixture, ledger::Day date) {
    const auto result =
        fixture.service().apply_one(fixture.drafts().open_day(date), {&fixture.cast().servicer()});
    REQUIRE(result.outcome == ledger::Outcome::accepted);
}

/// By the servicer, claims filled in; the entry.
std::uint64_t serve(ServerFixture& fixture, ledger::TransactionBody body, ledger::Day date) {
    const auto result = fixture.apply_proposed(fixture.drafts().draft(std::move(body), date),
                                               {&fixture.cast().servicer()});
    REQUIRE(ledger::outcome_code(result.outcome) == "accepted");
    return result.entry;
}

ledger::Repayment payment(ledger::Amount amount, std::string source_ref) {
    return {kContract, amount, std::move(source_ref), {}};
}

/// The life of one contract: 1000.00 over three months, nothing paid in
/// March, a part in April.
struct Life {
    std::uint64_t first_payment = 0;
    std::uint64_t penalty = 0;
    std::uint64_t part_payment = 0;
};

Life live(ServerFixture& fixture) {
    fixture.open_book(1);
    const testing::Cast& cast = fixture.cast();
    const auto line = id_of<ledger::LineId>(1);
    fixture.service().apply_one(fixture.drafts().grant(line, id_of<ledger::BorrowerId>(1), 500'000),
                                {&cast.originator()});
    fixture.service().apply_one(
        fixture.drafts().capture(kContract, line, cast.funder().id, 100'000),
        {&cast.originator(), &cast.funder()});
    Life life;
    open_day(fixture, day("2024-02-29"));
    life.first_payment = serve(fixture, payment(33'833, "feb-1"), day("2024-02-29"));
    open_day(fixture, day("2024-04-10"));
    life.penalty = serve(fixture, ledger::PenaltyAssess{kContract, 0}, day("2024-04-10"));
    life.part_payment = serve(fixture, payment(20'000, "april-1"), day("2024-04-10"));
    return life;
}

object contract_at(ServerFixture& fixture, const std::string& query) {
    const Reply reply = fixture.get("/v1/contracts/" + line_id(1) + query);
    INFO(reply.body);
    REQUIRE(reply.status == 200);
    return object_of(reply);
}

std::uint64_t number_in(const object& document, std::string_view part, std::string_view name) {
    return number_at(document.at(part).as_object(), name);
}

}  // namespace

// Goal: identity, terms, schedule and sums of a contract, dated with the book's newest day.
TEST_CASE("a contract is shown with its terms, schedule and totals") {
    ServerFixture fixture;
    live(fixture);
    const object contract = contract_at(fixture, "");
    CHECK(text_at(contract, "status") == "ACTIVE");
    CHECK(text_at(contract, "state") == "OVERDUE");
    CHECK(text_at(contract, "currency") == "CNY");
    CHECK(text_at(contract, "ruleset") == api::id_text(Drafts::kRuleset));
    CHECK(text_at(contract, "product") == api::id_text(Drafts::product(5000)));
    CHECK(text_at(contract.at("owner").as_object(), "name") == "lender");
    CHECK(number_at(contract, "apr_ppm") == 89'777);
    CHECK(number_at(contract, "plan") == 0);
    CHECK(text_at(contract, "as_of") == "2024-04-10");
    CHECK(text_at(contract.at("terms").as_object(), "method") == "equal_principal");
    CHECK(number_in(contract, "terms", "periods") == 3);
    const auto& rows = contract.at("schedule").as_array();
    REQUIRE(rows.size() == 3);
    const object& second = rows[1].as_object();
    CHECK(text_at(second, "due") == "2024-03-31");
    CHECK(number_in(second, "agreed", "penalty") == 169);
    CHECK(number_in(second, "paid", "principal") == 19'331);
    CHECK(number_in(second, "outstanding", "principal") == 14'002);
    const object& totals = contract.at("totals").as_object();
    CHECK(number_in(totals, "repaid", "fee") == 1'000);
    CHECK(number_in(totals, "billed", "penalty") == 169);
    CHECK(number_at(totals, "credit") == 0);
    CHECK(number_at(contract, "payable") == 47'836);
    CHECK(number_in(contract, "outstanding", "principal") == 47'336);
    CHECK(contract.at("open_requests").as_array().empty());
    CHECK(number_at(contract, "last_entry") == number_at(contract, "known_at"));
}

// Goal: the statement accounts for every event, with what it covered and what was left after it.
TEST_CASE("a statement has allocation, running balance and days past due") {
    ServerFixture fixture;
    const Life life = live(fixture);
    const object contract = contract_at(fixture, "");
    const auto& statement = contract.at("statement").as_array();
    REQUIRE(statement.size() == 4);
    const object& capture = statement[0].as_object();
    CHECK(text_at(capture, "kind") == "CAPTURE");
    CHECK(number_at(capture, "amount") == 100'000);
    CHECK(number_at(capture, "balance") == 101'500);
    const object& paid = statement[1].as_object();
    CHECK(number_at(paid, "entry") == life.first_payment);
    CHECK(text_at(paid, "value_date") == "2024-02-29");
    CHECK(number_at(paid, "days_past_due") == 0);
    CHECK(number_at(paid, "balance") == 67'667);
    const object& penalty = statement[2].as_object();
    CHECK(text_at(penalty, "kind") == "PENALTY_ASSESS");
    CHECK(number_at(penalty, "amount") == 169);
    CHECK(number_at(penalty, "balance") == 67'836);
    const object& part = statement[3].as_object();
    CHECK(number_at(part, "days_past_due") == 10);
    CHECK(number_at(part, "balance") == 47'836);
    CHECK(part.at("reversed_by").is_null());
    const auto& allocation = part.at("allocation").as_array();
    REQUIRE(allocation.size() == 3);
    CHECK(text_at(allocation[0].as_object(), "component") == "penalty");
    CHECK(number_at(allocation[2].as_object(), "amount") == 19'331);
    std::uint64_t sum = 0;
    for (const auto& one : allocation) sum += number_at(one.as_object(), "amount");
    CHECK(sum == 20'000);
}

// Goal: ageing, penalty and settlement are those of the date that is asked for.
TEST_CASE("a contract ages by the date of the question") {
    ServerFixture fixture;
    live(fixture);
    struct Aged {
        const char* as_of;
        std::uint64_t days;
        const char* bucket;
        const char* asset_class;
        const char* state;
        std::uint64_t to_assess;
    };
    for (const Aged& aged : {Aged{"2024-04-09", 9, "M1", "special_mention", "OVERDUE", 152},
                             Aged{"2024-03-31", 0, "M0", "normal", "CURRENT", 0},
                             Aged{"2024-04-30", 30, "M1", "special_mention", "OVERDUE", 140},
                             Aged{"2024-05-01", 31, "M2", "special_mention", "OVERDUE", 164},
                             Aged{"2024-06-29", 90, "M3", "special_mention", "OVERDUE", 1'575},
                             Aged{"2024-06-30", 91, "M4", "substandard", "OVERDUE", 1'599},
                             Aged{"2025-01-01", 276, "M7+", "loss", "OVERDUE", 6'024}}) {
        INFO(aged.as_of);
        const object contract = contract_at(fixture, std::string("?as_of=") + aged.as_of);
        CHECK(text_at(contract, "as_of") == aged.as_of);
        CHECK(number_in(contract, "ageing", "days_past_due") == aged.days);
        CHECK(number_in(contract, "ageing", "delinquent_days") == aged.days);
        CHECK(text_at(contract.at("ageing").as_object(), "bucket") == aged.bucket);
        CHECK(text_at(contract.at("ageing").as_object(), "class") == aged.asset_class);
        CHECK(text_at(contract, "state") == aged.state);
        CHECK(number_in(contract, "penalty", "to_assess") == aged.to_assess);
    }
    // Before the first due date the fees of the later periods would lapse.
    const object early = contract_at(fixture, "?as_of=2024-02-10");
    CHECK(number_at(early, "payable") == 101'500);
    CHECK(number_at(early, "settlement") == 100'500);
    CHECK(early.at("statement").as_array().size() == 1);
    CHECK(number_in(early, "ageing", "bucket_number") == 0);
}

// Goal: what was known at an entry does not change with what came later, reversals included.
TEST_CASE("a contract is shown as it was known") {
    ServerFixture fixture;
    const Life life = live(fixture);
    const std::string known = "?known_at=" + std::to_string(life.part_payment);
    const object before = contract_at(fixture, known + "&as_of=2024-04-10");
    const ledger::Reversal reversal{fixture.cast().servicer().id, ledger::TransactionId{},
                                    kContract, "wrong account"};
    ledger::Reversal of = reversal;
    const auto entry = object_of(fixture.get("/v1/entries/" + std::to_string(life.part_payment)));
    of.target = *api::id_from_text<ledger::TransactionId>(
        text_at(entry.at("transaction").as_object(), "id"));
    const std::uint64_t reversed = serve(fixture, of, day("2024-04-10"));

    object then = contract_at(fixture, known + "&as_of=2024-04-10");
    object expected = before;
    for (object* document : {&then, &expected}) {  // the account's log is that of today
        document->erase("entries");
        document->erase("last_entry");
    }
    CHECK(then == expected);

    const object now = contract_at(fixture, "");
    CHECK(number_at(now, "payable") == 67'836);
    const auto& statement = now.at("statement").as_array();
    REQUIRE(statement.size() == 4);
    const object& taken_back = statement[3].as_object();
    CHECK(number_at(taken_back, "reversed_by") == reversed);
    CHECK(taken_back.at("balance").is_null());
    CHECK(taken_back.at("days_past_due").is_null());
    CHECK(taken_back.at("allocation").as_array().empty());
}

// Goal: a point before the beginning says so, and a point that cannot be is refused by name.
TEST_CASE("a contract is shown with its owner of the date, all owners, pledge and offer") {
    ServerFixture fixture;
    live(fixture);
    const testing::Cast& cast = fixture.cast();
    const auto accept = [&](ledger::TransactionBody body, const char* date,
                            std::initializer_list<const testing::Party*> signers) {
        const auto result =
            fixture.apply_proposed(fixture.drafts().draft(std::move(body), day(date)), signers);
        REQUIRE(ledger::outcome_code(result.outcome) == "accepted");
        return result.entry;
    };
    const object before = contract_at(fixture, "");
    CHECK(before.at("pledge").is_null());
    CHECK(before.at("sale").is_null());
    CHECK(before.at("owners").as_array().size() == 1);
    accept(ledger::Pledge{kContract, cast.funder().id}, "2024-04-10",
           {&cast.originator(), &cast.funder()});
    const object pledged = contract_at(fixture, "");
    const object& pledge = pledged.at("pledge").as_object();
    CHECK(text_at(pledge.at("funder").as_object(), "name") == "funder");
    CHECK(text_at(pledge, "since") == "2024-04-10");
    accept(ledger::Release{kContract}, "2024-04-10", {&cast.originator(), &cast.funder()});
    const std::uint64_t offered =
        accept(ledger::TransferInit{kContract, cast.funder().id, 45'000, day("2024-04-12")},
               "2024-04-10", {&cast.originator()});
    const object on_offer = contract_at(fixture, "");
    const object& sale = on_offer.at("sale").as_object();
    CHECK(text_at(sale.at("buyer").as_object(), "name") == "funder");
    CHECK(number_at(sale, "price") == 45'000);
    CHECK(text_at(sale, "valid_until") == "2024-04-12");
    CHECK_FALSE(sale.at("expired").as_bool());
    const object later = contract_at(fixture, "?as_of=2024-04-13");
    CHECK(later.at("sale").as_object().at("expired").as_bool());
    accept(ledger::TransferSettle{kContract, "sale-1"}, "2024-04-10",
           {&cast.originator(), &cast.funder()});

    const auto owner_of = [&](const std::string& query) {
        return text_at(contract_at(fixture, query).at("owner").as_object(), "name");
    };
    CHECK(owner_of("?as_of=2024-04-10") == "lender");
    CHECK(owner_of("?as_of=2024-04-11") == "funder");
    CHECK(owner_of("?as_of=2024-04-11&known_at=" + std::to_string(offered)) == "lender");
    const object sold = contract_at(fixture, "?as_of=2024-04-11");
    CHECK(text_at(sold.at("originator").as_object(), "name") == "lender");
    CHECK(sold.at("sale").is_null());
    const auto& owners = sold.at("owners").as_array();
    REQUIRE(owners.size() == 2);
    CHECK(text_at(owners[0].as_object(), "to") == "2024-04-10");
    CHECK(text_at(owners[1].as_object(), "from") == "2024-04-11");
    CHECK(owners[1].as_object().at("to").is_null());
    const object& settled = sold.at("statement").as_array().back().as_object();
    CHECK(text_at(settled, "kind") == "TRANSFER_SETTLE");
    CHECK(number_at(settled, "amount") == 45'000);
    CHECK(text_at(settled.at("buyer").as_object(), "name") == "funder");
    // Lists go by who owns it by now, references by whose book they are in.
    const auto listed = [&](const std::string& owner) {
        return object_of(fixture.get("/v1/contracts?owner=" + owner)).at("items").as_array().size();
    };
    CHECK(listed("lender") == 0);
    CHECK(listed("funder") == 1);
    CHECK(fixture.get("/v1/payments?source_ref=sale-1&member=lender").status == 200);
    CHECK(fixture.get("/v1/payments?source_ref=sale-1&member=funder").status == 404);
}

TEST_CASE("points in time are validated") {
    ServerFixture fixture;
    live(fixture);
    for (const std::string kind : {"lines", "contracts", "borrowers"}) {
        const std::string path = "/v1/" + kind + "/" + line_id(1);
        const Reply early = fixture.get(path + "?as_of=2024-01-30");
        CHECK(problem_code(early) == "not_found");
        CHECK(text_at(object_of(early), "detail").find("as of 2024-01-30") != std::string::npos);
        const Reply unknown = fixture.get(path + "?known_at=3");
        CHECK(problem_code(unknown) == "not_found");
        CHECK(text_at(object_of(unknown), "detail").find("as known at entry 3") !=
              std::string::npos);
        CHECK(problem_code(fixture.get(path + "?known_at=99999")) == "not_found");
        for (const std::string query :
             {"?as_of=2024-02-30", "?as_of=", "?as_of=2024-2-1", "?as_of=10000-01-01",
              "?known_at=-1", "?known_at=x", "?known_at=18446744073709551615",
              "?as_of=2024-02-01&as_of=2024-02-01", "?asof=2024-02-01"}) {
            INFO(kind << query);
            CHECK(problem_code(fixture.get(path + query)) == "invalid_argument");
        }
    }
}

// Goal: a line and a borrower at a point, with the line's own changes.
TEST_CASE("a line is shown at a point in time") {
    ServerFixture fixture;
    live(fixture);
    const auto change = fixture.drafts().draft(
        ledger::LimitFreeze{id_of<ledger::LineId>(1), "watch"}, day("2024-04-10"));
    REQUIRE(fixture.service().apply_one(change, {&fixture.cast().originator()}).outcome ==
            ledger::Outcome::accepted);
    const std::string path = "/v1/lines/" + line_id(1);
    const object now = object_of(fixture.get(path));
    CHECK(text_at(now, "status") == "FROZEN");
    CHECK(number_at(now, "used") == 47'336);
    CHECK(text_at(now, "as_of") == "2024-04-10");
    CHECK(number_at(now, "band") == 1);
    CHECK(text_at(now, "assessment") ==
          api::id_text(Drafts::assessment_of(id_of<ledger::BorrowerId>(1))));
    CHECK(now.at("whole").as_bool());
    const auto& events = now.at("events").as_array();
    REQUIRE(events.size() == 2);
    CHECK(text_at(events[1].as_object(), "kind") == "LIMIT_FREEZE");
    CHECK(number_at(events[1].as_object(), "limit") == 500'000);

    object then = object_of(fixture.get(path + "?as_of=2024-03-01"));
    CHECK(text_at(then, "status") == "ACTIVE");
    CHECK(number_at(then, "used") == 66'667);
    CHECK(number_at(then, "reserved") == 0);
    CHECK(number_at(then, "available") == 433'333);
    CHECK(then.at("events").as_array().size() == 1);
    const object borrower =
        object_of(fixture.get("/v1/borrowers/" + line_id(1) + "?as_of=2024-03-01"));
    CHECK(then.erase("alerts") == 1);
    CHECK(then.erase("alerts_whole") == 1);
    CHECK(borrower.at("lines").as_array()[0] == boost::json::value(then));
}

// Goal: the longest plan with a hundred events is answered; how long that takes is reported only.
TEST_CASE("a statement of 36 instalments and 100 events is computed and serialised") {
    ServerFixture fixture;
    fixture.open_book(1);
    const testing::Cast& cast = fixture.cast();
    const auto line = id_of<ledger::LineId>(1);
    fixture.service().apply_one(
        fixture.drafts().grant(line, id_of<ledger::BorrowerId>(1), 50'000'000),
        {&cast.originator()});
    const auto captured = fixture.service().apply_one(
        fixture.drafts().capture(kContract, line, cast.funder().id, 36'000'000, 5000, 36),
        {&cast.originator(), &cast.funder()});
    REQUIRE(captured.outcome == ledger::Outcome::accepted);
    std::vector<ledger::Transaction> none;
    for (int event = 1; event < 100; ++event) {
        serve(fixture, payment(400'000, "payment " + std::to_string(event)), Drafts::kToday);
    }
    HttpClient client(fixture.port());
    const std::string path = "/v1/contracts/" + line_id(1);
    const object contract = object_of(client.get(path));
    CHECK(contract.at("schedule").as_array().size() == 36);
    REQUIRE(contract.at("statement").as_array().size() == 100);
    CHECK(number_at(contract.at("statement").as_array()[99].as_object(), "balance") ==
          number_at(contract, "payable"));
    constexpr int kReads = 50;
    const auto begin = std::chrono::steady_clock::now();
    std::size_t bytes = 0;
    for (int read = 0; read < kReads; ++read) bytes = client.get(path).body.size();
    const auto each = std::chrono::duration_cast<std::chrono::microseconds>(
                          std::chrono::steady_clock::now() - begin) /
                      kReads;
    std::cout << "statement of 36 instalments and 100 events: " << bytes << " bytes in "
              << each.count() << " us a read\n";
}
