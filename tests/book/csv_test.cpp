#include <sstream>

#include "api/errc.h"
#include "base/random.h"
#include "book/csv.h"
#include "tests/support/catch.h"

using tally::book::CsvReader;
using tally::book::CsvRecord;

namespace {

struct Parsed {
    std::vector<CsvRecord> records;
    std::vector<std::string> faults;
};

Parsed parse(const std::string& text) {
    std::istringstream source(text);
    CsvReader reader(source);
    Parsed parsed;
    for (;;) {
        auto record = reader.next();
        if (!record) {
            CHECK(record.error().code == tally::api::errc::invalid_argument);
            parsed.faults.push_back(record.error().context);
            continue;
        }
        if (!*record) return parsed;
        parsed.records.push_back(**record);
    }
}

using Cells = std::vector<std::string>;

}  // namespace

TEST_CASE("A CSV record is cells between commas, with the line it begins on") {
    // Goal: line ends of both kinds, empty lines, a last line without an end.
    const Parsed parsed = parse("a,b\r\n\n1,,2\nx");
    REQUIRE(parsed.faults.empty());
    REQUIRE(parsed.records.size() == 3);
    CHECK(parsed.records[0].cells == Cells{"a", "b"});
    CHECK(parsed.records[1].cells == Cells{"1", "", "2"});
    CHECK(parsed.records[1].line == 3);
    CHECK(parsed.records[2].cells == Cells{"x"});
}

TEST_CASE("A byte order mark before a CSV file changes nothing") {
    const Parsed parsed = parse("\xef\xbb\xbftype,id\n");
    REQUIRE(parsed.records.size() == 1);
    CHECK(parsed.records[0].cells == Cells{"type", "id"});
}

TEST_CASE("Quoted CSV cells hold commas, quotes and line ends") {
    // Goal: RFC 4180, section 2, rules 5 to 7.
    const Parsed parsed = parse("\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"\"\nnext,1,2,3\n");
    REQUIRE(parsed.faults.empty());
    REQUIRE(parsed.records.size() == 2);
    CHECK(parsed.records[0].cells == Cells{"a,b", "say \"hi\"", "two\nlines", ""});
    CHECK(parsed.records[1].line == 3);
}

TEST_CASE("Each bad CSV line is named, and reading goes on behind it") {
    // Goal: one pass names all faults.
    const Parsed parsed = parse("a,b\n1\"2,x\n3,4\n\"5\"6,7\n8,\xff\n9,10\n\"never closed\nmore\n");
    REQUIRE(parsed.faults.size() == 4);
    CHECK(parsed.faults[0] == "line 2: a quote inside a cell that does not begin with one");
    CHECK(parsed.faults[1] == "line 4: text after a closing quote");
    CHECK(parsed.faults[2].starts_with("line 5: not UTF-8: save the file as UTF-8"));
    CHECK(parsed.faults[3] == "line 7: a quote that is never closed");
    CHECK(parsed.records.size() == 3);
}

TEST_CASE("A CSV record beyond its bounds is refused, not swallowed") {
    const std::string long_line(CsvReader::kRecordBytesMax + 10, 'x');
    const std::string many_cells(CsvReader::kCellsMax + 10, ',');
    const Parsed parsed = parse("ok\n" + long_line + "\n" + many_cells + "\nok\n");
    CHECK(parsed.faults.size() == 2);
    CHECK(parsed.records.size() == 2);
}

TEST_CASE("A lone carriage return and a zero byte are faults of a CSV line") {
    const Parsed parsed = parse(std::string("a\rb\nc\0d\n", 8));
    CHECK(parsed.faults.size() == 2);
}

TEST_CASE("Any bytes give CSV records or faults, and written records read back the same") {
    // Goal: total on random bytes from a hostile alphabet; csv_line is the reader's inverse.
    constexpr std::uint64_t kSeed = 20260101;
    INFO("seed " << kSeed);
    tally::Random random(kSeed);
    constexpr std::string_view kAlphabet("a1,,\"\"\n\r\xc3\xa9\xff ;", 14);
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        for (std::uint64_t size = random.below(60); size > 0; --size) {
            text.push_back(kAlphabet[random.below(kAlphabet.size())]);
        }
        INFO("round " << round);
        for (const CsvRecord& record : parse(text).records) {
            if (record.cells == Cells{""}) continue;  // an empty line is no record
            const Parsed again = parse(tally::book::csv_line(record.cells));
            REQUIRE(again.faults.empty());
            REQUIRE(again.records.size() == 1);
            CHECK(again.records[0].cells == record.cells);
        }
    }
}
