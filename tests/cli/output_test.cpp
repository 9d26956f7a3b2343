#include <limits>
#include <sstream>

#include "api/errc.h"
#include "cli/display_width.h"
#include "cli/output.h"

#include "cli/columns.h"
#include "client/errors.h"
#include "ledger/errc.h"
#include "tests/support/catch.h"

using namespace tally;
using cli::Exit;

TEST_CASE("Codes end as the exit codes that the documentation promises") {
    CHECK(cli::exit_of(make_error_code(api::errc::no_quorum)) == Exit::no_quorum);
    CHECK(cli::exit_of(make_error_code(client::errc::outcome_unknown)) == Exit::no_quorum);
    CHECK(cli::exit_of(make_error_code(client::errc::unreachable)) == Exit::no_quorum);
    CHECK(cli::exit_of(make_error_code(client::errc::bad_url)) == Exit::usage);
    CHECK(cli::exit_of(make_error_code(api::errc::invalid_argument)) == Exit::usage);
    CHECK(cli::exit_of(make_error_code(api::errc::not_found)) == Exit::failed);
    CHECK(cli::exit_of(make_error_code(ledger::errc::bad_signature)) == Exit::failed);
    CHECK(cli::exit_of(client::api_code("something_new")) == Exit::failed);
    CHECK(api::error_name(client::api_code("something_new")) == "something_new");
    CHECK(api::error_name(std::make_error_code(std::errc::io_error)) == "io_failed");
}

TEST_CASE("Money is written with its currency's own decimals") {
    CHECK(cli::money(33'833, "CNY") == "338.33 CNY");
    CHECK(cli::money(5, "CNY") == "0.05 CNY");
    CHECK(cli::money(-5, "CNY") == "-0.05 CNY");
    CHECK(cli::money(123'456'789, "CNY") == "1,234,567.89 CNY");
    CHECK(cli::money(1'234, "JPY") == "1,234 JPY");
    CHECK(cli::money(1'234, "KWD") == "1.234 KWD");
    CHECK(cli::money(std::numeric_limits<std::int64_t>::min(), "JPY") ==
          "-9,223,372,036,854,775,808 JPY");
    CHECK(cli::amount_text(-33'833, "CNY") == "-338.33");
    CHECK(cli::percent(89'777) == "8.9777 %");
    CHECK(cli::percent(5'000) == "0.5 %");
    CHECK(cli::percent(0) == "0 %");
    CHECK(cli::grouped(0) == "0");
    CHECK(cli::grouped(1'000) == "1,000");
    CHECK(cli::decimal(2.25) == "2.2");
}

TEST_CASE("A table aligns its columns, numbers to the right, and leaves no space at line ends") {
    cli::Table table({"name", ">count", "note"});
    table.add({"n1", "7", ""});
    table.add({"longer", "1,234", "x"});
    std::ostringstream out;
    table.print(out);
    CHECK(out.str() ==
          "name    count  note\n"
          "n1          7\n"
          "longer  1,234  x\n");
}

// Goal: nothing that a node, a file or a name says moves the cursor, turns a line round or makes a
// line that looks like one of ours, whatever the command printed it with.
TEST_CASE("A console escapes what is no text for people, and JSON keeps its meaning") {
    std::ostringstream out;
    std::ostringstream err;
    const std::string hostile = "\x1b[2J\xc2\x9b\xe2\x80\xae\xff";
    const std::string shown = "\\u001b[2J\\u009b\\u202e\\ufffd";
    {
        cli::Console console(out, err, false);
        console.out << "first\n" << hostile << '\n';
        // A character in two parts is one character.
        console.out << "\xe5"
                    << "\xbc\xa0" << std::string("\xe2\x80") << '\xae' << std::flush;
        CHECK(out.str() == "first\n" + shown + "\n\xe5\xbc\xa0\\u202e");
        console.print(boost::json::object{{"name",
                                           "a\x1b\xc2\x9b\xe2\x80\xae"
                                           "b"}});
        console.out << "\xe2\x80";
        CHECK(console.fail(Exit::failed, "co\nde", "what\nVERIFIED: accepted\n\x1b[1A") ==
              Exit::failed);
    }
    const std::string text = out.str();
    const std::size_t json = text.find('{');
    const std::size_t end = text.find('\n', json);
    CHECK(boost::json::parse(text.substr(json, end - json)).at("name").as_string() ==
          "a\x1b\xc2\x9b\xe2\x80\xae"
          "b");
    CHECK(text.ends_with("\\ufffd"));
    CHECK(err.str() == "error[co\\u000ade]: what\n  VERIFIED: accepted\n  \\u001b[1A\n");
}

TEST_CASE("A cell and a value stay on their line") {
    std::ostringstream out;
    cli::Table table({"a", "b"});
    table.add({"x\ny", "\t"});
    table.print(out);
    cli::print_fields(out, {{"label", "v\nlabel  w"}});
    CHECK(out.str() ==
          "a         b\n"
          "x\\u000ay  \\u0009\n"
          "label  v\\u000alabel  w\n");
}

TEST_CASE("Display width counts wide characters twice and combining marks not at all") {
    CHECK(cli::display_width("") == 0);
    CHECK(cli::display_width("fee 5.00") == 8);
    CHECK(cli::display_width("期数") == 4);
    CHECK(cli::display_width("（ＣＮＹ）") == 10);  // fullwidth forms
    CHECK(cli::display_width("한글 かな カナ") == 14);
    CHECK(cli::display_width("ｶﾅ") == 2);              // halfwidth
    CHECK(cli::display_width("é") == 1);               // one code point
    CHECK(cli::display_width("e\xCC\x81") == 1);       // two: a combining acute
    CHECK(cli::display_width("か\xE3\x82\x99") == 2);  // a combining voicing mark
    CHECK(cli::display_width("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB") == 2);  // conjoining Hangul
    CHECK(cli::display_width("a\xE2\x80\x8D"
                             "b") == 2);   // a joiner
    CHECK(cli::display_width("𠮷") == 2);  // beyond the first plane
    CHECK(cli::display_width("— ·") == 3);
    // Not UTF-8: a column for each byte.
    CHECK(cli::display_width("\xFF\xFE") == 2);
    CHECK(cli::display_width("\xE6\x9C") == 2);
    CHECK(cli::display_width("\xE6x") == 2);
}

TEST_CASE("A table aligns Chinese and Latin cells alike") {
    cli::Table table({"借款人", ">金额", "note"});
    table.add({"王", "1.00", "x"});
    table.add({"Wang Li", "1,000.00", "备注"});
    std::ostringstream out;
    table.print(out);
    CHECK(out.str() ==
          "借款人       金额  note\n"
          "王           1.00  x\n"
          "Wang Li  1,000.00  备注\n");
    std::ostringstream fields;
    cli::print_fields(fields, {{"币种", "CNY"}, {"status", "有效"}});
    CHECK(fields.str() == "币种    CNY\nstatus  有效\n");
}

TEST_CASE("An error is one line for people, and a document as well for machines") {
    std::ostringstream out;
    std::ostringstream err;
    cli::Console console(out, err, true);
    CHECK(console.fail(fail(api::errc::bad_config, "a.key: no such file")) == Exit::failed);
    CHECK(err.str() == "error[bad_config]: a.key: no such file\n");
    CHECK(out.str().empty());
    console.json = true;
    CHECK(console.fail(fail(api::errc::no_quorum, "nobody")) == Exit::no_quorum);
    CHECK(out.str() == "{\"error\":{\"code\":\"no_quorum\",\"detail\":\"nobody\"}}\n");
}

TEST_CASE("Progress is drawn for a person who watches, and wiped") {
    std::ostringstream out;
    std::ostringstream err;
    cli::Console console(out, err, true);
    {
        cli::Progress progress(console, "importing");
        progress.show(5, 10);
    }
    CHECK(err.str().find("importing  5 of 10  50 %") != std::string::npos);
    CHECK(err.str().ends_with("\r\x1b[K"));
    std::ostringstream silent;
    cli::Console script(out, silent, false);
    cli::Progress(script, "importing").show(5, 10);
    CHECK(silent.str().empty());
}

TEST_CASE("A table gives way to the terminal: text folds, numbers do not") {
    cli::Table table({">entry", "what", "id"});
    table.add({"1,000", "limit 5,000.00 CNY, line 1111", "0123456789abcdef"});
    std::ostringstream wide;
    table.print(wide);
    CHECK(wide.str() ==
          "entry  what                           id\n"
          "1,000  limit 5,000.00 CNY, line 1111  0123456789abcdef\n");
    std::ostringstream narrow;
    cli::set_columns(narrow, 44);
    table.print(narrow);
    CHECK(narrow.str() ==
          "entry  what                 id\n"
          "1,000  limit 5,000.00 CNY,  0123456789abcdef\n"
          "       line 1111\n");
    std::ostringstream tiny;
    cli::set_columns(tiny, 10);  // no table fits: it is as narrow as it can be
    table.print(tiny);
    CHECK(tiny.str().find("01234567\n") != std::string::npos);
    CHECK(cli::folded("借款人借款人", 6) == std::vector<std::string>{"借款人", "借款人"});
    CHECK(cli::folded("", 6) == std::vector<std::string>{""});
}

TEST_CASE("Errors are coloured where a terminal shows them, and only there") {
    std::ostringstream out;
    std::ostringstream err;
    cli::Console console(out, err, true);
    console.colour = true;
    (void)console.fail(fail(api::errc::no_quorum, "nobody"));
    CHECK(err.str() == "\x1b[1;31merror[no_quorum]:\x1b[0m nobody\n");
}
