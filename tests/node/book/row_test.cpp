#include <set>
#include <sstream>

#include "ledger/dates.h"
#include "ledger/genesis.h"
#include "node/book/row.h"
#include "tests/support/catch.h"

using namespace tally;
using book::BookRow;

namespace {

std::optional<ledger::MemberId> resolve(std::string_view name) {
    if (name == "funder" || name == "funder-b") return ledger::member_id_of(name);
    return std::nullopt;
}

constexpr const char* kHeader =
    "type,business_date,line,borrower,currency,limit,valid_from,valid_to,contract,principal,"
    "fee_ppm,periods,shares,amount,source_ref\n";
const std::string kId(32, 'a');

/// The only row, or the fault.
Result<std::optional<BookRow>> one(const std::string& header, const std::string& line) {
    std::istringstream source(header + line);
    auto reader = book::RowReader::open(source, resolve);
    if (!reader) return reader.error();
    return reader->next();
}

std::string fault_of(const std::string& line) {
    const auto row = one(kHeader, line);
    REQUIRE_FALSE(row.has_value());
    return row.error().context;
}

}  // namespace

TEST_CASE("A row of each type is read from its columns") {
    const auto grant = one(kHeader, "LIMIT_GRANT,2025-01-02," + kId + "," + kId +
                                        ",CNY,500000,2025-01-02,2026-01-01,,,,,,,\n");
    REQUIRE(grant.has_value());
    const auto& body = std::get<ledger::LimitGrant>((*grant)->body);
    CHECK(body.limit == 500'000);
    CHECK(body.currency == "CNY");
    CHECK((*grant)->value_date == (*grant)->business_date);
    CHECK((*grant)->line == 2);

    const auto capture = one(kHeader, "CAPTURE,2025-01-02," + kId + ",,,,,," + kId +
                                          ",10000,5000,3,funder:600000;funder-b:400000,,\n");
    REQUIRE(capture.has_value());
    const auto& purchase = std::get<book::CaptureRow>((*capture)->body);
    REQUIRE(purchase.shares.size() == 2);
    CHECK(purchase.shares[1].funder == ledger::member_id_of("funder-b"));
    CHECK(purchase.shares[1].share == 400'000);

    const auto change = one(kHeader, "LIMIT_CHANGE,2025-01-02," + kId + ",,,-5,,,,,,,,,\n");
    REQUIRE(change.has_value());
    CHECK(std::get<ledger::LimitChange>((*change)->body).limit == -5);

    const auto repayment =
        one(kHeader, "REPAYMENT,2025-01-02,,,,,,," + kId + ",,,,,120,\"ref, 1\"\n");
    REQUIRE(repayment.has_value());
    CHECK(std::get<book::RepaymentRow>((*repayment)->body).source_ref == "ref, 1");
}

TEST_CASE("A bad cell is named with its line and column") {
    const std::string rest = ",,,,,,,,,\n";
    CHECK(fault_of("GRANT,2025-01-02," + kId + ",,,1" + rest) ==
          "line 2: type: \"GRANT\" is not LIMIT_GRANT, LIMIT_CHANGE, CAPTURE or REPAYMENT");
    CHECK(fault_of("LIMIT_CHANGE,2025-02-30," + kId + ",,,1" + rest) ==
          "line 2: business_date: \"2025-02-30\" is not a date, write YYYY-MM-DD");
    CHECK(fault_of("LIMIT_CHANGE,2025-01-02,xyz,,,1" + rest) ==
          "line 2: line: \"xyz\" is not 32 hexadecimal digits");
    CHECK(fault_of("LIMIT_CHANGE,2025-01-02," + kId + ",,,1.50" + rest) ==
          "line 2: limit: \"1.50\" is not a whole number in range");
    CHECK(fault_of("LIMIT_CHANGE,2025-01-02," + kId + ",,,99999999999999999999" + rest) ==
          "line 2: limit: \"99999999999999999999\" is not a whole number in range");
    CHECK(fault_of("LIMIT_CHANGE,2025-01-02," + kId + ",,," + rest) == "line 2: limit: is missing");
    CHECK(fault_of("LIMIT_CHANGE,2025-01-02," + kId + ",,CNY,1" + rest) ==
          "line 2: currency: a LIMIT_CHANGE has none, leave it empty");
    CHECK(fault_of("LIMIT_CHANGE,2025-01-02\n") == "line 2: has 2 cells, the header names 15");
    CHECK(fault_of("CAPTURE,2025-01-02," + kId + ",,,,,," + kId + ",1,1,3,nobody:1000000,,\n") ==
          "line 2: shares: there is no member \"nobody\"");
    CHECK(fault_of("CAPTURE,2025-01-02," + kId + ",,,,,," + kId + ",1,1,3,funder,,\n") ==
          "line 2: shares: write member:ppm, several with ; between them");
}

TEST_CASE("A header with an unknown, repeated or missing column is refused") {
    CHECK(one("type,colour\n", "").error().context ==
          "line 1: \"colour\" is not a column of a book");
    CHECK(one("type,id,id\n", "").error().context == "line 1: the column \"id\" stands twice");
    CHECK(one("id\n", "").error().context == "line 1: the column \"type\" is missing");
    CHECK(one("", "").error().context ==
          "line 1: the file is empty, the first line names the columns");
}

TEST_CASE("A row's id follows from its content, not from its place or the order of columns") {
    const auto left =
        one("type,business_date,line,limit\n", "LIMIT_CHANGE,2025-01-02," + kId + ",700\n");
    const auto right = one("limit,line,type,business_date,expect\n",
                           "\n700," + kId + ",LIMIT_CHANGE,2025-01-02,line_unknown\n");
    REQUIRE(left.has_value());
    REQUIRE(right.has_value());
    CHECK((*left)->content == (*right)->content);
    CHECK((*right)->expect == ledger::Outcome::line_unknown);

    std::set<ledger::TransactionId> ids;
    for (std::uint64_t i = 0; i < 50; ++i) ids.insert(book::derived_id((*left)->content, i));
    CHECK(ids.size() == 50);
    CHECK((ids.begin()->bytes[6] & 0xF0) == 0x80);  // UUID version 8
    CHECK((ids.begin()->bytes[8] & 0xC0) == 0x80);  // RFC 9562 variant

    const auto other =
        one("type,business_date,line,limit\n", "LIMIT_CHANGE,2025-01-02," + kId + ",701\n");
    CHECK((*other)->content != (*left)->content);
}
