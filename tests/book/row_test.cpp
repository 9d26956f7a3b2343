#include "book/row.h"

#include <set>
#include <sstream>

#include "base/random.h"
#include "book/columns.h"
#include "book/made_up/generator.h"
#include "ledger/genesis.h"
#include "ledger/type_table.h"
#include "tests/support/catch.h"

using namespace tally;
using book::BookRow;
using book::Format;

namespace {

std::optional<ledger::MemberId> resolve(std::string_view name) {
    if (name == "funder" || name == "funder-b" || name == "lender") {
        return ledger::member_id_of(name);
    }
    return std::nullopt;
}

const std::string kId(32, 'a');
const std::string kOther(32, 'b');
const std::string kDigest(64, 'c');

struct Read {
    std::vector<BookRow> rows;
    std::vector<std::string> faults;
};

Read read(const std::string& text, std::optional<Format> format = std::nullopt) {
    std::istringstream source(text);
    Read result;
    const auto reader = book::RowReader::open(source, format, resolve);
    if (!reader) {
        result.faults.push_back(reader.error().context);
        return result;
    }
    for (;;) {
        auto row = (*reader)->next();
        if (!row) {
            result.faults.push_back(row.error().context);
        } else if (*row) {
            result.rows.push_back(std::move(**row));
        } else {
            return result;
        }
    }
}

BookRow one(const std::string& text) {
    Read result = read(text);
    INFO((result.faults.empty() ? "" : result.faults.front()));
    REQUIRE(result.faults.empty());
    REQUIRE(result.rows.size() == 1);
    return result.rows.front();
}

std::string fault_of(const std::string& text) {
    const Read result = read(text);
    REQUIRE(result.faults.size() == 1);
    return result.faults.front();
}

template <typename Body>
Body body_of(const BookRow& row) {
    return std::get<Body>(book::skeleton_of(row, resolve).body);
}

const std::string kChange = "type,business_date,line,limit\n";

}  // namespace

TEST_CASE("A row of CSV is a draft: scalars by their names, lists in one cell") {
    const BookRow grant = one(
        "type,business_date,line,borrower,currency,limit,valid_from,valid_to,assessment,amount\n"
        "LIMIT_GRANT,2025-01-02," +
        kId + "," + kId + ",CNY,500000,2025-01-02,2026-01-01," + kOther + ",\n");
    CHECK(body_of<ledger::LimitGrant>(grant).limit == 500'000);
    CHECK(grant.line == 2);
    CHECK(grant.draft.at("value_date") == grant.draft.at("business_date"));
    CHECK_FALSE(grant.id);
    CHECK_FALSE(grant.expect);

    const BookRow capture =
        one("type,business_date,contract,line,principal,product,terms_hash,periods,shares,group\n"
            "CAPTURE,2025-01-02," +
            kId + "," + kId + ",10000," + kId + "," + kDigest +
            ",3,funder:600000;funder-b:400000,g1\n");
    const auto purchase = body_of<ledger::Capture>(capture);
    REQUIRE(purchase.shares.size() == 2);
    CHECK(purchase.shares[1] == ledger::FundingShare{ledger::member_id_of("funder-b"), 400'000});
    CHECK(purchase.schedule.size() == 3);
    CHECK(capture.group == "g1");

    const BookRow waive = one("type,business_date,contract,parts\nWAIVE,2025-01-02," + kId +
                              ",0:fee:500;1:penalty:20\n");
    const auto parts = body_of<ledger::Waive>(waive).parts;
    REQUIRE(parts.size() == 2);
    CHECK(parts[1] == ledger::Allocation{1, ledger::Component::penalty, 20});

    const BookRow close =
        one("type,business_date,balances\nDAY_CLOSE,2025-01-02,lender:CNY:1:-5\n");
    CHECK(body_of<ledger::DayClose>(close).balances ==
          std::vector<ledger::BookBalance>{{ledger::member_id_of("lender"), "CNY", 1, -5}});
}

TEST_CASE("What spreadsheets make of a book has a hint of its own") {
    const auto change = [](const std::string& cells) { return kChange + "LIMIT_CHANGE," + cells; };
    for (const char* date : {"31/01/2025", "1/2/25", "31.01.2025"}) {
        INFO(date);
        CHECK(fault_of(change(std::string(date) + "," + kId + ",1\n"))
                  .starts_with("line 2: business_date: \"" + std::string(date) +
                               "\" can be read in several ways: write YYYY-MM-DD"));
    }
    CHECK(
        fault_of(change("45688," + kId + ",1\n"))
            .starts_with("line 2: business_date: \"45688\" is how a spreadsheet counts days, this "
                         "one is 2025-01-31: write YYYY-MM-DD"));
    CHECK(fault_of(change("2025-01-02," + kId + ",1\n,,,\n")) ==
          "line 3: is an empty row, as spreadsheets leave them: remove it");
    CHECK(fault_of("sep=;\ntype;business_date\n").starts_with("line 1: `sep=;` is for"));
    CHECK(fault_of("sep=,\r\ntype,business_date\n").starts_with("line 1: `sep=,` is for"));
    CHECK(fault_of("PK\x03\x04 and more").starts_with("line 1: is a spreadsheet's own file"));
}

TEST_CASE("A bad cell is named with its line and column") {
    const auto change = [](const std::string& cells) { return kChange + "LIMIT_CHANGE," + cells; };
    CHECK(fault_of(kChange + "GRANT,2025-01-02," + kId + ",1\n") ==
          "line 2: type: unknown type \"GRANT\"");
    CHECK(fault_of(change("2025-02-30," + kId + ",1\n")) ==
          "line 2: business_date: not a date YYYY-MM-DD that exists");
    CHECK(fault_of(change("20250102," + kId + ",1\n")) ==
          "line 2: business_date: not a date YYYY-MM-DD that exists");
    CHECK(fault_of(change("2025-01-02,xyz,1\n")).starts_with("line 2: line: not an id"));
    CHECK(fault_of(change("2025-01-02," + kId + ",1.50\n")) ==
          "line 2: limit: \"1.50\" is not a whole number in range: amounts are whole minor units, "
          "138.33 CNY is 13833");
    CHECK(fault_of(change("2025-01-02," + kId + ",99999999999999999999\n")) ==
          "line 2: limit: \"99999999999999999999\" is not a whole number in range");
    CHECK(fault_of(change("2025-01-02," + kId + ",\n")) == "line 2: limit: missing");
    CHECK(fault_of(change("2025-01-02\n")) == "line 2: has 2 cells, the header names 4");
    CHECK(
        fault_of(change("2025-01-02," + kId + ",33,833\n"))
            .starts_with("line 2: has 5 cells, the header names 4; a comma in a number makes two"));
    for (const char* limit : {"\"33,833\"", "33'833", "33 833"}) {
        CHECK(fault_of(change("2025-01-02," + kId + "," + limit + "\n"))
                  .ends_with(": amounts are whole minor units without separators: 33833"));
    }
    CHECK(fault_of(change("2025-01-02," + kId + ",\"1,833.50\"\n")).ends_with("is 13833"));
    CHECK(fault_of("type,business_date,line,limit,currency\nLIMIT_CHANGE,2025-01-02," + kId +
                   ",1,CNY\n") == "line 2: currency: a LIMIT_CHANGE has none, leave it empty");
    CHECK(fault_of("type,business_date,contract,parts\nWAIVE,2025-01-02," + kId + ",0:500\n") ==
          "line 2: parts: write instalment:component:amount, several with ; between them");
    CHECK(fault_of("type,business_date,contract,parts\nWAIVE,2025-01-02," + kId + ",0:tax:5\n")
              .starts_with("line 2: parts[0].component: not one of"));
    CHECK(fault_of("type,business_date,expect\nDAY_OPEN,2025-01-02,perhaps\n") ==
          "line 2: expect: \"perhaps\" is not an outcome code");
    CHECK(fault_of("type,id,business_date\nDAY_OPEN,7,2025-01-02\n").starts_with("line 2: id: "));
    CHECK(fault_of("type,business_date,group\nDAY_OPEN,2025-01-02," + std::string(65, 'g') + "\n")
              .starts_with("line 2: group: "));
}

TEST_CASE("A header with an unknown, repeated or missing column is refused") {
    CHECK(fault_of("type,colour\n") == "line 1: \"colour\" is not a column of a book");
    CHECK(fault_of("type,id,id\n") == "line 1: the column \"id\" stands twice");
    CHECK(fault_of("id\n") == "line 1: the column \"type\" is missing");
    CHECK(fault_of("") == "line 1: the file is empty, the first line names the columns");
}

TEST_CASE("A row of NDJSON has the same names with full nesting, and either line end") {
    const std::string mark = "\xef\xbb\xbf";
    const Read result =
        read(mark + R"({"type":"DAY_OPEN","business_date":"2025-01-02"})" + "\r\n\n" +
             R"({"type":"WAIVE","business_date":"2025-01-02","contract":")" + kId +
             R"(","parts":[{"instalment":0,"component":"fee","amount":5}],)" +
             R"("expect":"waiver_invalid","group":"g"})");
    REQUIRE(result.faults.empty());
    REQUIRE(result.rows.size() == 2);
    CHECK(result.rows[1].line == 3);
    CHECK(result.rows[1].expect == ledger::Outcome::waiver_invalid);
    CHECK(body_of<ledger::Waive>(result.rows[1]).parts.front().amount == 5);
}

TEST_CASE("Each bad line of NDJSON is named, and reading goes on behind it") {
    const std::string good = R"({"type":"DAY_OPEN","business_date":"2025-01-02"})";
    const std::string close = R"({"type":"DAY_CLOSE","business_date":"2025-01-02","balances":)";
    const Read result = read(
        good + "\n[1]\n{\"type\":\n" + R"({"type":"DAY_OPEN","business_date":"2025-01-02","x":1})" +
            "\n" + std::string(book::RowReader::kJsonLineBytesMax + 10, ' ') + "\n\xff\n" + close +
            "[{\"lender\":\"" + kId + "\",\"currency\":\"CNY\",\"account\":1.0,\"balance\":1}]}\n" +
            close + "[[[[[[[1]]]]]]]}\n" +
            R"({"type":"DAY_OPEN","business_date":"2025-01-02","id":null})" + "\n" + good + "\n",
        Format::ndjson);
    CHECK(result.rows.size() == 2);
    REQUIRE(result.faults.size() == 8);
    CHECK(result.faults[0] == "line 2: not a JSON object");
    CHECK(result.faults[1].starts_with("line 3: not JSON: "));
    CHECK(result.faults[2] == "line 4: x: unknown field");
    CHECK(result.faults[3] == "line 5: a line above 256 KiB");
    CHECK(result.faults[4].starts_with("line 6: not UTF-8"));
    CHECK(result.faults[5] == "line 7: balances[0].account: not an integer");
    CHECK(result.faults[6].starts_with("line 8: not JSON: "));
    CHECK(result.faults[7] == "line 9: id: not a text");
}

// Goal: who gives another kind of file is told which one it is.
TEST_CASE("A file of another kind or encoding is named as what it is") {
    const auto said = [](const std::string& text, const std::string& part,
                         std::optional<Format> format = Format::csv) {
        const Read result = read(text, format);
        REQUIRE_FALSE(result.faults.empty());
        INFO(result.faults.front());
        CHECK(result.rows.empty());
        CHECK(result.faults.front().starts_with("line 1: "));
        CHECK(result.faults.front().find(part) != std::string::npos);
    };
    const std::string json = R"({"type":"DAY_OPEN","business_date":"2025-01-02"})";
    said(json + "\n", "is JSON, not CSV: `tallystick submit` takes");
    said("\xef\xbb\xbf[" + json + "]", "is JSON, not CSV", std::nullopt);
    said("[" + json + "]", "`tallystick submit` takes a list", Format::ndjson);
    said("{\n\"type\": 1}\n", "`tallystick submit` takes a list", Format::ndjson);
    said("type\tbusiness_date\nDAY_OPEN\t2025-01-02\n", "separated by tabs");
    said("\"type\";\"business_date\"\n", "separated by semicolons");
    using namespace std::string_literals;
    said("\xff\xfet\0y\0"s, "is UTF-16");
    said("\0t\0y"s, "is UTF-16", std::nullopt);
    said("{\0\"\0"s, "is UTF-16", Format::ndjson);
}

// Goal: no date goes on record as the day number that its digits are.
TEST_CASE("A date of a row is text, wherever it stands") {
    const Read result = read(
        R"({"type":"DAY_OPEN","business_date":20250102})"
        "\n"
        R"({"type":"DAY_OPEN","business_date":"2025-01-02","value_date":20250102})"
        "\n"
        R"({"type":"RESCHEDULE","business_date":"2025-01-02","schedule":[{"due":"2025-02-02"},)"
        R"({"due":20250302}]})"
        "\n",
        Format::ndjson);
    CHECK(result.rows.empty());
    REQUIRE(result.faults.size() == 3);
    const std::string what = ": a number is no date: write YYYY-MM-DD, as text";
    CHECK(result.faults[0] == "line 1: business_date" + what);
    CHECK(result.faults[1] == "line 2: value_date" + what);
    CHECK(result.faults[2] == "line 3: schedule[1].due" + what);
}

TEST_CASE("A name that stands twice in an object is a fault, however it is written") {
    CHECK(fault_of(R"({"type":"DAY_OPEN","business_date":"2025-01-02","t\u0079pe":"DAY_CLOSE"})") ==
          R"(line 1: the name "type" stands twice in one object at column 59)");
    const std::string parts = R"([{"instalment":0,"component":"fee","amount":5,"amount": 6}])";
    CHECK(fault_of(R"({"type":"WAIVE","business_date":"2025-01-02","contract":")" + kId +
                   R"(","parts":)" + parts + "}") ==
          R"(line 1: the name "amount" stands twice in one object at column 153)");
    // The same name in two objects, and a value that looks like a name, are none.
    const BookRow row = one(R"({"type":"LIMIT_FREEZE","business_date":"2025-01-02","line":")" +
                            kId + R"(","reason":"\"reason\": {\\"})");
    CHECK(body_of<ledger::LimitFreeze>(row).reason == R"("reason": {\)");
}

TEST_CASE("A row's id follows from what it says, not from place, order of columns or format") {
    const BookRow left = one(kChange + "LIMIT_CHANGE,2025-01-02," + kId + ",700\n");
    const BookRow right = one("limit,line,type,value_date,business_date,expect\n\n700," + kId +
                              ",LIMIT_CHANGE,2025-01-02,2025-01-02,line_unknown\n");
    const BookRow json = one(R"({"limit":700,"line":")" + kId +
                             R"(","business_date":"2025-01-02","type":"LIMIT_CHANGE"})");
    CHECK(left.content == right.content);
    CHECK(left.content == json.content);
    CHECK(right.expect == ledger::Outcome::line_unknown);
    CHECK(one(kChange + "LIMIT_CHANGE,2025-01-02," + kId + ",701\n").content != left.content);

    std::set<ledger::TransactionId> ids;
    for (std::uint64_t i = 0; i < 50; ++i) ids.insert(book::derived_id(left.content, i));
    CHECK(ids.size() == 50);
    CHECK((ids.begin()->bytes[6] & 0xF0) == 0x80);  // UUID version 8
    CHECK((ids.begin()->bytes[8] & 0xC0) == 0x80);  // RFC 9562 variant
}

TEST_CASE("A written row reads back the same, in both formats") {
    const std::string schedule = R"([{"due":"2025-02-02","principal":5000,"fee":50,"interest":0},)"
                                 R"({"due":"2025-03-02","principal":5000,"fee":50,"interest":0}])";
    const std::vector<std::string> lines{
        R"({"type":"CAPTURE","id":")" + kOther + R"(","business_date":"2025-01-02","contract":")" +
            kId + R"(","line":")" + kId + R"(","principal":10000,"product":")" + kId +
            R"(","terms_hash":")" + kDigest + R"(","schedule":)" + schedule +
            R"(,"shares":[{"funder":"funder","share":1000000}],"expect":"accepted","group":"a,b"})",
        R"({"type":"RULESET_REGISTER","business_date":"2025-01-02","ruleset":")" + kId +
            R"(","bucket_days":[30,60],"class_days":[1,91,121,181],"order":["penalty","fee",)"
            R"("interest","principal"],"principal_first_after":0,"penalty_ppm_day":500,)"
            R"("penalty_cap_ppm":1,"grace_days":0,"grace_grants_max":2,"grace_grant_days_max":60,)"
            R"("reschedules_max":2,"backdating_days_max":30,"overpayment":"refuse"})",
        R"({"type":"REVERSAL","business_date":"2025-01-02","submitter":"lender","target":")" + kId +
            R"(","contract":")" + kId + R"(","reason":"say \"no\", twice"})"};
    for (const std::string& line : lines) {
        const BookRow row = one(line);
        for (const Format format : {Format::csv, Format::ndjson}) {
            const BookRow again = one(book::header_of(format) + book::line_of(row, format));
            CHECK(again.draft == row.draft);
            CHECK(again.content == row.content);
            CHECK(again.id == row.id);
            CHECK(again.group == row.group);
            CHECK(again.expect == row.expect);
        }
    }
}

TEST_CASE("Every type's fields are columns") {
    for (const std::string_view type : ledger::kTransactionTypes) {
        const auto fields = api::fields_of(type);
        REQUIRE(fields.has_value());
        for (const api::Field& field : *fields) {
            const auto& all = book::columns();
            CHECK(std::count(all.begin(), all.end(), field.name) == 1);
            CHECK(book::field_of(type, field.name) != nullptr);
        }
    }
    CHECK(book::field_of("DAY_OPEN", "limit") == nullptr);
    CHECK(book::field_of("NONSENSE", "limit") == nullptr);
}

TEST_CASE("Any bytes give rows or faults with their line") {
    // Goal: total on a book of every type with bytes changed, taken out and put in.
    constexpr std::uint64_t kSeed = 20260102;
    INFO("seed " << kSeed);
    Random random(kSeed);
    constexpr std::string_view kBytes("0,;:\"{}[]\n\xff-1", 14);
    for (const Format format : {Format::csv, Format::ndjson}) {
        book::made_up::GeneratorOptions options;
        options.transactions = 300;
        options.borrowers = 30;
        std::string book = book::header_of(format);
        book::made_up::generate_book(
            options, [&](const BookRow& row) { book += book::line_of(row, format); });
        for (int round = 0; round < 60; ++round) {
            INFO("round " << round);
            std::string text = book;
            for (std::uint64_t changes = 1 + random.below(40); changes > 0; --changes) {
                const std::size_t place = random.below(text.size());
                const char byte = kBytes[random.below(kBytes.size())];
                if (random.below(3) == 0) {
                    text.erase(place, 1 + random.below(5));
                } else if (random.below(2) == 0) {
                    text.insert(place, 1, byte);
                } else {
                    text[place] = byte;
                }
            }
            const Read result = read(text, format);
            for (const std::string& fault : result.faults) CHECK(fault.starts_with("line "));
            for (const BookRow& row : result.rows) CHECK_FALSE(row.type().empty());
        }
    }
}
