#include <set>
#include <string>

#include "ledger/errc.h"
#include "ledger/outcome.h"
#include "tests/support/catch.h"

using namespace tally::ledger;

TEST_CASE("Every outcome has a number, a code and a sentence of its own", "[ledger]") {
    // Goal: codes are stable identifiers; two outcomes with one code would be one for programs.
    std::set<std::string> codes;
    std::set<std::string> texts;
    for (std::uint16_t number = 0; number <= 30; ++number) {
        const auto outcome = outcome_from(number);
        REQUIRE(outcome);
        CHECK(static_cast<std::uint16_t>(*outcome) == number);
        CHECK(codes.insert(std::string(outcome_code(*outcome))).second);
        CHECK(texts.insert(std::string(outcome_text(*outcome))).second);
    }
    CHECK_FALSE(outcome_from(31));
    CHECK_FALSE(outcome_from(0xFFFF));
    CHECK(outcome_code(Outcome::accepted) == "accepted");
    CHECK(outcome_code(Outcome::source_ref_used) == "source_ref_used");
    CHECK(outcome_code(Outcome::repeated) == "repeated");
    CHECK(outcome_code(static_cast<Outcome>(999)) == "unknown");
}

TEST_CASE("Every error code has a name of its own", "[ledger]") {
    // Goal: an Error shown to a person names its code.
    std::set<std::string> names;
    for (int code = 1; code <= static_cast<int>(errc::id_reused); ++code) {
        CHECK(names.insert(make_error_code(static_cast<errc>(code)).message()).second);
    }
    CHECK(std::string(category().name()) == "ledger");
    CHECK(make_error_code(errc::corrupt_record).message() == "corrupt_record");
}
