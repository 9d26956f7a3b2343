#include "api/problem.h"

#include <fstream>
#include <sstream>

#include "api/errc.h"
#include "consensus/errc.h"
#include "ledger/errc.h"
#include "storage/errc.h"
#include "tests/support/catch.h"

using namespace tally;

// Goal: the codes that clients build on keep their statuses.
TEST_CASE("codes have the statuses that the documents promise") {
    const auto status = [](std::error_code code) {
        return api::problem_of(Error{code, ""}).status;
    };
    CHECK(status(ledger::errc::malformed) == 400);
    CHECK(status(ledger::errc::bad_signature) == 403);
    CHECK(status(ledger::errc::unknown_member) == 403);
    CHECK(status(api::errc::not_found) == 404);
    CHECK(status(storage::errc::not_found) == 404);
    CHECK(status(api::errc::not_certified) == 409);
    CHECK(status(ledger::errc::id_reused) == 409);
    CHECK(status(ledger::errc::too_large) == 413);
    CHECK(status(ledger::errc::expired) == 422);
    for (const std::error_code code :
         {make_error_code(api::errc::no_quorum), make_error_code(api::errc::outcome_unknown),
          make_error_code(api::errc::overloaded), make_error_code(api::errc::storage_full),
          make_error_code(api::errc::corrupt_block), make_error_code(api::errc::halted),
          make_error_code(api::errc::shutting_down), make_error_code(api::errc::not_ready),
          make_error_code(storage::errc::corrupt_block), make_error_code(consensus::errc::busy)}) {
        const api::Problem problem = api::problem_of(Error{code, ""});
        INFO(problem.code);
        CHECK(problem.status == 503);
        CHECK(problem.retry_after_s > 0);
    }
    CHECK(api::problem_of("no_such_code", "").status == 500);
    CHECK(api::problem_of(Error{std::make_error_code(std::errc::io_error), ""}).status == 500);
}

// Goal: a document says everything that a client needs to decide, and reads back.
TEST_CASE("a problem document reads back") {
    const ledger::TransactionId id{{1, 2, 3}};
    const api::Problem before =
        api::problem_of_unknown(fail(api::errc::outcome_unknown, "no answer in time"), {id});
    CHECK(before.detail.find("retry the same ids") != std::string::npos);
    const auto after = api::problem_from_json(api::to_json(before));
    REQUIRE(after);
    CHECK(after->code == "outcome_unknown");
    CHECK(after->status == 503);
    CHECK(after->ids == std::vector{id});
    CHECK(after->detail == before.detail);
    CHECK(after->retry_after_s == before.retry_after_s);

    auto more = api::to_json(before);
    more["instance"] = "/x";
    CHECK(api::problem_from_json(more));
    const auto short_one = api::problem_from_json(boost::json::object{{"code", "overloaded"}});
    REQUIRE(short_one);
    CHECK(short_one->status == 503);
    CHECK_FALSE(api::problem_from_json(boost::json::object{{"code", 1}}));
    more["ids"] = boost::json::array{"xyz"};
    CHECK_FALSE(api::problem_from_json(more));
    CHECK_FALSE(api::problem_from_json(boost::json::object{}));
    CHECK_FALSE(api::problem_from_json(boost::json::value(1)));
}

// Goal: what a client sent is never echoed as anything but plain text.
TEST_CASE("details are plain text") {
    CHECK(api::problem_of("not_found", "a\nb\x01\xff").detail == "a\\u000ab\\u0001\\ufffd");
    CHECK(api::problem_of("not_found", "\xe5\xbc\xa0").detail == "\xe5\xbc\xa0");
}

// Goal: the table in docs/API.md is the table in the code.
TEST_CASE("every code is documented with its status") {
    std::ifstream file(std::string(TALLY_SOURCE_DIR) + "/docs/API.md");
    REQUIRE(file);
    std::stringstream text;
    text << file.rdbuf();
    std::size_t rows = 0;
    std::string line;
    while (std::getline(text, line)) {
        // | 503 | `no_quorum` `overloaded` | ... |
        if (line.size() < 8 || line.substr(0, 2) != "| " || line.substr(5, 3) != " | ") continue;
        const auto status = static_cast<unsigned>(std::stoul(line.substr(2, 3)));
        std::size_t at = line.find('`');
        const std::size_t end = line.find(" |", 7);
        while (at != std::string::npos && at < end) {
            const std::size_t close = line.find('`', at + 1);
            const std::string code = line.substr(at + 1, close - at - 1);
            INFO(code);
            CHECK(api::http_status_of(code) == status);
            ++rows;
            at = line.find('`', close + 1);
        }
    }
    CHECK(rows == api::known_codes().size());
}
